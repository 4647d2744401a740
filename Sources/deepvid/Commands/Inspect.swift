import Models
import ArgumentParser
import Glibc
import DeepVid
import Video

struct Inspect: DeepvidCommand {
    static let configuration = CommandConfiguration(
        commandName: "inspect", abstract: "Describe a model or a video, or draw what reuse does with a video.",
        discussion: """
            What ends in .onnx is a model; anything else is tried as a video. With --matches, every frame becomes a \
            picture of what changed, how the codec says it moved, and what the model's layers computed again.
            """)

    @Argument(help: ArgumentHelp("An ONNX model, or a video as 'infer' takes it.", valueName: "model|video"), completion: .file())
    var subject: String

    @Flag(help: "Print one JSON object instead of text.")
    var json = false

    @Flag(help: "List a model's layers with their shapes and multiply-accumulates.")
    var layers = false

    @Flag(help: "Write a picture of each frame of a video into the folder that --output names.")
    var matches = false

    @Option(name: [.short, .long], help: ArgumentHelp("The folder for the pictures.", valueName: "folder"), completion: .directory)
    var output: String?

    @OptionGroup(title: "Model") var model: ModelFlags
    @OptionGroup(title: "Frames, with --matches") var frames: FrameFlags
    @OptionGroup(title: "Reuse, with --matches, 'adaptive' if not told otherwise") var reuse: ReuseFlags
    @OptionGroup(title: "Progress, with --matches") var console: ConsoleFlags

    private var isModel: Bool { subject.lowercased().hasSuffix(".onnx") }

    func validate() throws {
        guard matches else {
            if output != nil { throw ValidationError("--output is for the pictures of --matches; otherwise inspect prints.") }
            if model.model != nil { throw ValidationError("--model goes with --matches; to describe a model, name it alone.") }
            return
        }
        if output == nil { throw ValidationError("--matches writes pictures: name a folder for them with --output.") }
        if json || layers { throw ValidationError("--matches writes pictures; --json and --layers describe. Run inspect twice.") }
        if isModel { throw ValidationError("--matches draws the frames of a video; name the model with --model.") }
        if reuse.cache == .off { throw ValidationError("with --cache off there are no matches to draw; name another policy.") }
        try reuse.validate(usual: .adaptive)
    }

    mutating func perform() throws -> ExitStatus {
        try checkInput(subject)
        if let output { return try drawMatches(into: output) }
        if isModel { return try inspectModel() }
        do throws(VideoError) {
            let info = try VideoReader(subject).info
            let source = InputName(subject).redacted
            return printToStandardOutput(json ? VideoDescription.json(info, source: source) : VideoDescription.text(info, source: source))
        } catch {
            throw Complaint.unusable(error.description)
        }
    }

    private func drawMatches(into folder: String) throws -> ExitStatus {
        let options = InferenceOptions(
            model: model.options, video: frames.options, threads: InferenceOptions.availableCPUs, cache: reuse.active)
        return try InspectMatches(input: subject, options: options, folder: folder, flags: console).run()
    }

    private func inspectModel() throws -> ExitStatus {
        var options = model.options
        options.model = subject
        do throws(DeepVidError) {
            let report = try ModelReport(options)
            return printToStandardOutput(
                json ? ModelDescription.json(report, layers: layers) : ModelDescription.text(report, layers: layers))
        } catch {
            throw Complaint.unusable(error.message)
        }
    }
}
