import ArgumentParser
import DeepVid

struct Compare: DeepvidCommand {
    static let configuration = CommandConfiguration(
        commandName: "compare", abstract: "Run a model over a video with and without reuse, and say what reuse gains and costs.",
        discussion: """
            Both run on the same decoded frames and take turns in going first. Agreement is the F1 of boxes: one with \
            the least score on either side must find one of its class, with at least three quarters of that score and an \
            overlap (IoU) of at least 0.5, on the other; averaged over the frames with such a box.
            """)

    @Argument(help: ArgumentHelp("A video, as 'infer' takes it.", valueName: "input"), completion: .file())
    var input: String

    @OptionGroup(title: "Model") var model: ModelFlags
    @OptionGroup(title: "Model") var threads: ThreadFlags
    @OptionGroup(title: "Results") var results: ResultFlags
    @OptionGroup(title: "Frames") var frames: FrameFlags
    @OptionGroup(title: "Reuse") var reuse: ReuseFlags
    @OptionGroup(title: "Output") var output: ComparisonFlags

    func validate() throws {
        if reuse.cache?.policy == .off { throw ValidationError("--cache off is what compare compares with; name another policy.") }
    }

    mutating func perform() throws -> ExitStatus {
        try checkInput(input)
        var choice = model.options
        results.apply(to: &choice)
        let options = RunOptions(model: choice, video: frames.options, threads: threads.count, reuse: reuse.options)
        return try CompareRunner(input: input, options: options, flags: output).run()
    }
}

/// What a comparison prints and draws.
struct ComparisonFlags: ParsableArguments {
    enum Format: String, ExpressibleByArgument, CaseIterable { case table, json }

    @Option(help: ArgumentHelp("'table' for people or 'json' for programs. (default: table)", valueName: "format"))
    var format: Format?

    @Flag(help: "The same as --format json.")
    var json = false

    @Option(
        help: ArgumentHelp("Write pictures of the frames that agree least into this folder.", valueName: "folder"), completion: .directory)
    var saveWorst: String?

    @Option(help: ArgumentHelp("How many frames those are.", valueName: "n"))
    var worstCount = 5

    @OptionGroup var console: ConsoleFlags

    func validate() throws {
        if json, format == .table { throw ValidationError("--json and --format table contradict each other; give one of them.") }
        // Decoded frames are kept for the pictures: a bound on memory.
        if !(0...100).contains(worstCount) { throw ValidationError("--worst-count must be 0 to 100, not \(worstCount).") }
    }

    var printsJSON: Bool { json || format == .json }
}
