import ArgumentParser
import Glibc
import Pipeline
import Video

struct Inspect: DeepvidCommand {
    static let configuration = CommandConfiguration(
        commandName: "inspect", abstract: "Describe a model or a video.",
        discussion: "What ends in .onnx is a model; anything else is tried as a video.")

    @Argument(help: ArgumentHelp("An ONNX model, or a video as 'infer' takes it.", valueName: "model|video"), completion: .file())
    var subject: String

    @Flag(help: "Print one JSON object instead of text.")
    var json = false

    @Flag(help: "List a model's layers with their shapes and multiply-accumulates.")
    var layers = false

    @Option(help: ArgumentHelp("Input size of a model with free height and width.", valueName: "WxH"))
    var inputSize: InputSize?

    mutating func perform() throws -> ExitStatus {
        try checkInput(subject)
        if subject.lowercased().hasSuffix(".onnx") { return try inspectModel() }
        do throws(VideoError) {
            let info = try VideoReader(subject).info
            return printToStandardOutput(json ? VideoDescription.json(info, source: subject) : VideoDescription.text(info, source: subject))
        } catch {
            throw Complaint.unusable(error.description)
        }
    }

    private func inspectModel() throws -> ExitStatus {
        var options = ModelOptions()
        options.model = subject
        options.inputSize = inputSize.map { (width: $0.width, height: $0.height) }
        do throws(PipelineError) {
            let report = try ModelReport(options)
            return printToStandardOutput(
                json ? ModelDescription.json(report, layers: layers) : ModelDescription.text(report, layers: layers))
        } catch {
            throw Complaint.unusable(error.message)
        }
    }
}
