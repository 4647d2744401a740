import CacheNet
import ArgumentParser
import DeepVid
import Glibc
import Results
import Video

struct Infer: DeepvidCommand {
    static let configuration = CommandConfiguration(
        commandName: "infer", abstract: "Run a model over videos and print one JSON object a frame.",
        discussion: """
            An input is a file, a URL (rtsp://, http://, …), an image sequence ('frames/%04d.png' or a quoted glob) \
            or - for standard input. Several inputs are read one after the other; with --live, all at once.
            """)

    @Argument(help: ArgumentHelp("Video files, URLs, image sequences, or -.", valueName: "input"), completion: .file())
    var inputs: [String]

    @OptionGroup(title: "Model") var model: ModelFlags
    @OptionGroup(title: "Model") var threads: ThreadFlags
    @OptionGroup(title: "Results") var results: ResultFlags
    @OptionGroup(title: "Tracking") var tracking: TrackFlags
    @OptionGroup(title: "Frames") var frames: FrameFlags
    @OptionGroup(title: "Reuse") var reuse: ReuseFlags
    @OptionGroup(title: "CacheNet bundles") var bundle: BundleFlags
    @OptionGroup(title: "CacheNet bundles") var edge: EdgeFlags
    @OptionGroup(title: "Live input") var live: LiveFlags
    @OptionGroup(title: "Semantic memory, of classifiers") var memory: MemoryFlags
    @OptionGroup(title: "Output") var output: OutputFlags

    func validate() throws {
        try live.validate(inputs: inputs, start: frames.start)
        try bundle.validate(model, isRouted: bundle.bundle != nil || edge.edge != nil)
        try edge.validate(bundle)
        if memory.memory != nil, bundle.bundle != nil || edge.edge != nil {
            throw ValidationError("--memory is for one classifier, and not for a bundle: leave one of them out.")
        }
        if inputs.filter({ $0 == "-" }).count > 1 { throw ValidationError("standard input (-) can be read only once.") }
        if live.isLive(inputs), memory.memorySave != nil {
            throw ValidationError("--memory-save is not for live input, where each input learns for itself: leave it out.")
        }
    }

    mutating func perform() throws -> ExitStatus { try InferRunner(InferConfiguration(self)).run() }
}

/// What `infer` will do, checked: nothing in here can turn out contradictory later.
struct InferConfiguration {
    let inputs: [String]
    private(set) var options: RunOptions
    /// Nil for a single model.
    let routing: RouteOptions?
    /// Nil is standard output.
    let output: String?
    /// Seconds of an output file; nil is one file.
    let segment: Double?
    /// What is done when a live input breaks off; nil unless the run is live.
    let reconnection: Reconnection?
    let showsProgress: Bool
    let console: Console

    /// - Throws: `CLIError` with status 2 for inputs or an output that cannot work, before anything slow starts.
    init(_ command: Infer) throws(CLIError) {
        inputs = command.inputs
        console = command.output.console.makeConsole()
        var model = command.model.options
        command.results.apply(to: &model)
        var video = command.frames.options
        command.live.apply(to: &video)
        options = RunOptions(
            model: model, video: video, threads: command.threads.count, reuse: command.reuse.options,
            memory: command.memory.options(target: command.reuse.targetAgreement))
        options.output = try command.tracking.options()
        (output, segment) = (command.output.path, command.output.segment?.seconds)
        reconnection = command.live.isLive(inputs) ? command.live.reconnect?.value ?? .forever : nil
        showsProgress = command.output.console.showsProgress(besideOutput: output == nil && isatty(STDOUT_FILENO) == 1)
        try Self.check(inputs)
        routing = try command.edge.options(command.bundle) ?? command.bundle.options
        if let output, segment == nil {
            try checkOutputFile(output, inputs: inputs)
            try checkHoldsRecords(output)
        }
    }

    /// Refuses inputs of which none can be used. One that cannot among others fails at its turn: the others are done.
    private static func check(_ inputs: [String]) throws(CLIError) {
        for input in inputs { try checkIsNoModel(input) }
        var first: CLIError?
        for input in inputs {
            do throws(CLIError) {
                try checkInput(input)
                return
            } catch { first = first ?? error }
        }
        if let first { throw first }
    }
}
