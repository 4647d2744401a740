import Foundation

/// A model's card, with where it came from.
public struct ResolvedCard: Sendable {
    public let card: ModelCard
    public let labels: Labels
    /// A path, or what the model was recognised as: for `deepvid models` and the begin record.
    public let origin: String
}

extension ResolvedCard {
    /// Finds the card of a model: the one given, else `<model>.json` beside it, else that of a known model.
    ///
    /// - Parameters:
    ///   - modelPath: the `.onnx` file.
    ///   - cardPath: a card chosen by hand.
    ///   - labelsPath: a label file that overrides the card's labels.
    public init(
        modelPath: String, cardPath: String? = nil, labelsPath: String? = nil, inputs: [TensorSignature], outputs: [TensorSignature]
    ) throws(VisionError) {
        let beside = Self.cardPath(besideModel: modelPath)
        if let path = cardPath ?? (FileManager.default.fileExists(atPath: beside) ? beside : nil) {
            (card, origin) = (try ModelCard(file: path), path)
        } else if let guess = HeadGuess.guess(inputs: inputs, outputs: outputs) {
            (card, origin) = (guess.card, guess.description)
        } else {
            throw Self.cardNeeded(modelPath, beside, inputs, outputs)
        }
        if let labelsPath {
            labels = try Labels(file: labelsPath)
        } else {
            labels = try Labels(card.labels, relativeTo: URL(fileURLWithPath: origin).deletingLastPathComponent().path)
        }
    }

    /// `models/a.onnx` has its card at `models/a.json`.
    public static func cardPath(besideModel path: String) -> String {
        (path.hasSuffix(".onnx") ? String(path.dropLast(5)) : path) + ".json"
    }

    private static func cardNeeded(
        _ model: String, _ beside: String, _ inputs: [TensorSignature], _ outputs: [TensorSignature]
    ) -> VisionError {
        let signature = ModelSignature(inputs: inputs, outputs: outputs)
        let head = likelyHead(outputs)
        let template = ModelCard.template(for: head, width: signature?.width, height: signature?.height)
        let shapes =
            "inputs \(inputs.map(\.description).joined(separator: ", ")); outputs \(outputs.map(\.description).joined(separator: ", "))"
        return VisionError(
            .cardNeeded,
            """
            \(model) is none of the models that deepvid knows (\(shapes)), and how its pictures must be prepared cannot be \
            read from the file. Write \(beside), starting from this, and correct color, mean, std and resize to what the \
            model was trained with (heads: \(HeadKind.allCases.map(\.rawValue).joined(separator: ", "))):
            \(template.json())
            """)
    }

    /// Which template to show; never used to run a model.
    private static func likelyHead(_ outputs: [TensorSignature]) -> HeadKind {
        let dims = outputs.first?.dims ?? []
        if outputs.count == 1, dims.dropFirst(2).allSatisfy({ $0 == 1 }) { return .classification }
        if outputs.count == 2 { return .ssd }
        if outputs.count > 2 { return outputs.count == 8 ? .picodet : .nanodet }
        if dims.count == 3, let rows = dims[1], let columns = dims[2], rows < columns { return .yolov8 }
        return .yolov5
    }
}
