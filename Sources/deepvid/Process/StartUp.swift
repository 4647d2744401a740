import DeepVid

/// Lets go of the program's pages that only starting up needs: once the model is loaded, before a run takes its memory, and once the first
/// input is open, before its pictures come.
final class StartUp {
    private var isOver = false

    init() { FreeMemory.releaseProgram() }

    func note(_ output: RunOutput) {
        guard !isOver, case .begin = output else { return }
        isOver = true
        FreeMemory.releaseProgram()
    }
}
