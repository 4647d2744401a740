import ArgumentParser
import DeepVid

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
    var checkpoint = 1000

    @OptionGroup var console: ConsoleFlags

    func validate() throws {
        if output.isEmpty { throw ValidationError("--output needs the name of a folder.") }
        if let jobs, !(1...256).contains(jobs) { throw ValidationError("--jobs must be 1 to 256, not \(jobs).") }
        if checkpoint < 1 { throw ValidationError("--checkpoint must be 1 or more, not \(checkpoint).") }
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
