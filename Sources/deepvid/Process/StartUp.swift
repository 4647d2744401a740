import DeepVid

/// Lets go of the program's pages that only starting up needs: once the model is loaded, before a run takes its memory; once the first input
/// is open, before its pictures come; and once its first pictures are answered, after which little runs for the first time.
final class StartUp {
    private static let firstFrames = 10
    private var frames: Int?

    init() { FreeMemory.releaseProgram() }

    func note(_ output: RunOutput) {
        switch output {
        case .begin where frames == nil:
            frames = 0
            FreeMemory.releaseProgram()
        case .frame where frames.map { $0 < Self.firstFrames } ?? false:
            frames! += 1
            if frames == Self.firstFrames { FreeMemory.releaseProgram() }
        default: break
        }
    }
}
