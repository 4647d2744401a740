import ArgumentParser
import DeepVid
import Models
import Video

struct Inspect: DeepvidCommand {
    static let configuration = CommandConfiguration(
        commandName: "inspect", abstract: "Describe a model or a video, or draw what reuse does with a video.",
        discussion: """
            What ends in .onnx is a model; anything else is tried as a video. With --visualize-reuse, every frame becomes \
            a picture of what changed, how the codec says it moved, and what the model's layers computed again.
            """)

    @Argument(help: ArgumentHelp("An ONNX model, or a video as 'infer' takes it.", valueName: "model|video"), completion: .file())
    var subject: String

    @Flag(help: "Print one JSON object instead of text.")
    var json = false

    @Flag(help: "List a model's layers with their shapes and multiply-accumulates.")
    var layers = false

    @Option(
        help: ArgumentHelp("Write a picture of what reuse does with each frame of a video into this folder.", valueName: "folder"),
        completion: .directory)
    var visualizeReuse: String?

    @OptionGroup(title: "Model") var model: ModelFlags
    @OptionGroup(title: "Frames, with --visualize-reuse") var frames: FrameFlags
    @OptionGroup(title: "Reuse, with --visualize-reuse") var reuse: ReuseFlags
    @OptionGroup(title: "Progress, with --visualize-reuse") var console: ConsoleFlags

    private var isModel: Bool { subject.lowercased().hasSuffix(".onnx") }

    func validate() throws {
        guard visualizeReuse != nil else {
            if model.model != nil { throw ValidationError("--model goes with --visualize-reuse; to describe a model, name it alone.") }
            return
        }
        if json || layers { throw ValidationError("--visualize-reuse writes pictures; --json and --layers describe. Run inspect twice.") }
        if isModel { throw ValidationError("--visualize-reuse draws the frames of a video; name the model with --model.") }
        if reuse.cache?.policy == .off { throw ValidationError("with --cache off there is no reuse to draw; name another policy.") }
    }

    mutating func perform() throws -> ExitStatus {
        try checkInput(subject, isVideo: false)
        if let folder = visualizeReuse {
            let options = RunOptions(
                model: model.options, video: frames.options, threads: RunOptions.availableCPUs, reuse: reuse.options)
            return try InspectReuse(input: subject, options: options, folder: folder, flags: console).run()
        }
        if isModel { return try inspectModel() }
        do throws(VideoError) {
            let info = try VideoReader(subject).info, source = displayName(of: subject)
            return printToStandardOutput(json ? VideoDescription.json(info, source: source) : VideoDescription.text(info, source: source))
        } catch {
            throw CLIError.unusable(error.description)
        }
    }

    private func inspectModel() throws -> ExitStatus {
        var options = model.options
        options.model = subject
        let report = try usable { () throws(DeepVidError) in try ModelReport(options) }
        return printToStandardOutput(json ? ModelDescription.json(report, layers: layers) : ModelDescription.text(report, layers: layers))
    }
}
