import DeepVid

/// Lets go of the program's pages that only starting up needs: once the model is loaded, before a run takes its memory, and once the first
/// frames are answered, after which little runs for the first time.
final class StartUp {
    private static let firstFrames = 10
    private var frames = 0

    init() { FreeMemory.releaseProgram() }

    func note(_ output: RunOutput) {
        guard frames < Self.firstFrames, case .frame = output else { return }
        frames += 1
        if frames == Self.firstFrames { FreeMemory.releaseProgram() }
    }
}
