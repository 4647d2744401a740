import ArgumentParser
import DeepVid

struct Batch: DeepvidCommand {
    static let configuration = CommandConfiguration(
        commandName: "batch", abstract: "Run a model over many videos, a file of records for each; can be interrupted and resumed.",
        discussion: """
            An input is a file, a folder (searched for videos, with its subfolders), a quoted pattern, or @list.txt with an \
            input a line. The records of dir/clip.mp4 go to OUT/dir/clip.mp4.jsonl; OUT/manifest.jsonl says what became of each.
            """)

    @Argument(help: ArgumentHelp("Video files, folders, patterns, @list.txt.", valueName: "input"), completion: .file())
    var inputs: [String]

    @OptionGroup(title: "Model") var model: ModelFlags
    @OptionGroup(title: "Results") var results: ResultFlags
    @OptionGroup(title: "Tracking") var tracking: TrackFlags
    @OptionGroup(title: "Frames") var frames: FrameFlags

    @Option(help: ArgumentHelp("Threads for the model of each job. (default: 1; more if clips are fewer than CPUs)", valueName: "n"))
    var threads: Int?

    @OptionGroup(title: "Reuse") var reuse: ReuseFlags
    @OptionGroup(title: "CacheNet bundles") var bundle: BundleFlags
    @OptionGroup(title: "Batch") var batch: BatchFlags

    func validate() throws {
        if let threads, !(1...256).contains(threads) { throw ValidationError("--threads must be 1 to 256, not \(threads).") }
        try reuse.validate(usual: CacheOptions().policy)
        try bundle.validate(model, isRouted: bundle.bundle != nil)
    }

    mutating func perform() throws -> ExitStatus { try BatchRunner(self).run() }
}
