import Models
import ArgumentParser
import DeepVid
import Vision

struct Models: DeepvidCommand {
    static let configuration = CommandConfiguration(
        commandName: "models", abstract: "List the model heads that deepvid can read, or print a model card to fill in.",
        discussion: "A card lies beside its model: yolox.json for yolox.onnx.")

    @Option(help: ArgumentHelp("Print a model card for this head.", valueName: "head"), completion: .list(ModelOptions.headNames))
    var card: String?

    mutating func perform() throws -> ExitStatus {
        guard let card else { return printToStandardOutput(Self.list) }
        guard let head = HeadKind(rawValue: card) else {
            let hint = closest(to: card, among: ModelOptions.headNames).map { " Did you mean '\($0)'?" } ?? ""
            throw Complaint.unusable("there is no head '\(card)'.\(hint) The heads are \(ModelOptions.headNames.joined(separator: ", ")).")
        }
        return printToStandardOutput(ModelCard.template(for: head).json())
    }

    private static var list: String {
        let width = HeadKind.allCases.map(\.rawValue.count).max() ?? 0
        let rows = HeadKind.allCases.map { "\($0.rawValue.padded(to: width))  \($0.summary)" }
        return (rows + ["", "deepvid models --card HEAD prints a model card; save it beside the model as <model>.json."]).joined(
            separator: "\n")
    }
}
