import ArgumentParser
import DeepVid
import Vision

/// `deepvid models`.
struct ModelsCommand: DeepvidCommand {
    static let configuration = CommandConfiguration(
        commandName: "models", abstract: "List the model heads that deepvid can read, or print a model card to fill in.",
        discussion: "A card lies beside its model: yolox.json for yolox.onnx.")

    @Option(help: ArgumentHelp("Print a model card for this head.", valueName: "head"), completion: .list(ModelOptions.headNames))
    var card: String?

    mutating func perform() throws -> ExitStatus {
        guard let card else {
            let heads = Formatting.list(HeadKind.allCases.map { ($0.rawValue, $0.summary) })
            let advice = "deepvid models --card HEAD prints a model card; save it beside the model as <model>.json."
            return printToStandardOutput((heads + ["", advice]).joined(separator: "\n"))
        }
        guard let head = HeadKind(rawValue: card) else {
            throw unknown("there is no head '\(card)'", card, "the heads are", ModelOptions.headNames)
        }
        return printToStandardOutput(ModelCard.template(for: head).json())
    }
}
