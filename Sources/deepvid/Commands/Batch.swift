import Batch
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
    @OptionGroup(title: "Model") var threads: ThreadFlags
    @OptionGroup(title: "Results") var results: ResultFlags
    @OptionGroup(title: "Tracking") var tracking: TrackFlags
    @OptionGroup(title: "Frames") var frames: FrameFlags
    @OptionGroup(title: "Reuse") var reuse: ReuseFlags
    @OptionGroup(title: "CacheNet bundles") var bundle: BundleFlags
    @OptionGroup(title: "Batch") var batch: BatchFlags

    func validate() throws { try bundle.validate(model, isRouted: bundle.bundle != nil) }

    mutating func perform() throws -> ExitStatus { try BatchRunner(self).run() }
}

/// Where a batch's records go, and how much is done at a time.
struct BatchFlags: ParsableArguments {
    @Option(
        name: [.short, .long],
        help: ArgumentHelp("The folder for the records: a file for each input, and the manifest.", valueName: "folder"),
        completion: .directory)
    var output: String

    @Option(help: ArgumentHelp("Clips at the same time. (default: one a CPU)", valueName: "n"))
    var jobs: Int?

    @Flag(help: "Go on with what is in the folder: leave out what is complete, do what is not.")
    var resume = false

    @Option(help: ArgumentHelp("Do part i of n only: 1/4 to 4/4 on four machines do everything once.", valueName: "i/n"))
    var shard: Shard?

    @Flag(help: "Begin no other clip once one has failed.")
    var failFast = false

    @Flag(help: "Write the records compressed by zstd, as .jsonl.zst.")
    var compress = false

    @Option(help: ArgumentHelp("Frames from which a clip gets a checkpoint, at a key frame, to resume from.", valueName: "n"))
    var checkpointInterval = 1000

    @OptionGroup var console: ConsoleFlags

    func validate() throws {
        if output.isEmpty { throw ValidationError("--output needs the name of a folder.") }
        if let jobs, !(1...256).contains(jobs) { throw ValidationError("--jobs must be 1 to 256, not \(jobs).") }
        if checkpointInterval < 1 { throw ValidationError("--checkpoint-interval must be 1 or more, not \(checkpointInterval).") }
    }
}

extension Shard: ExpressibleByArgument {
    public init?(argument: String) {
        let parts = argument.split(separator: "/", omittingEmptySubsequences: false).map { Int($0) }
        guard parts.count == 2, let index = parts[0], let count = parts[1], (1...100_000).contains(count), (1...count).contains(index)
        else { return nil }
        self.init(index: index, count: count)
    }
}
