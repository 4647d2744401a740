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
    @OptionGroup(title: "Results") var results: ResultFlags
    @OptionGroup(title: "Frames") var frames: FrameFlags

    @Option(help: ArgumentHelp("Threads for the model. (default: one a CPU)", valueName: "n"))
    var threads: Int?

    @OptionGroup(title: "Reuse, 'adaptive' if not told otherwise") var reuse: ReuseFlags
    @OptionGroup(title: "Output") var output: ComparisonFlags

    func validate() throws {
        if let threads, !(1...256).contains(threads) { throw ValidationError("--threads must be 1 to 256, not \(threads).") }
        if reuse.cache == .off { throw ValidationError("--cache off is what compare compares with; name another policy.") }
        try reuse.validate(usual: .adaptive)
    }

    mutating func perform() throws -> ExitStatus {
        try checkInput(input)
        var choice = model.options
        results.apply(to: &choice)
        let options = InferenceOptions(
            model: choice, video: frames.options, threads: threads ?? InferenceOptions.availableCPUs, cache: reuse.active)
        return try CompareRunner(input: input, options: options, flags: output).run()
    }
}

extension ReuseFlags {
    /// The options for a command that is about reuse: adaptive if none was named.
    var active: CacheOptions {
        var options = options
        options.policy = cache ?? .adaptive
        return options
    }
}
