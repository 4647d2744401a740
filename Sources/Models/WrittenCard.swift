import FoundationEssentials
import Inference
import Vision

/// The card that a model is read by, and where it comes from.
package struct WrittenCard {
    package let card: ModelCard
    /// A path, or what the model was taken for.
    package let origin: String
    /// Whether somebody wrote it or chose its head; else it was recognized.
    let isWritten: Bool

    /// The card that the options, or a file beside the model, say, before the model's shapes are known: it may say the input size.
    /// Nil when nothing does.
    package init?(for file: ModelFile, _ options: ModelOptions) throws(DeepVidError) {
        isWritten = true
        if let card = options.bundleCard {
            (self.card, origin) = (card, "bundle.json")
        } else if let name = options.head {
            guard options.card == nil else {
                throw DeepVidError(.invalidOptions, "`head` and `card` both say how to read the outputs; give one of them")
            }
            guard let head = HeadKind(rawValue: name) else {
                throw DeepVidError(
                    .invalidOptions, "there is no head '\(name)'; the heads are \(ModelOptions.headNames.joined(separator: ", "))")
            }
            // Labels belong to one model, not to all with this head.
            var template = ModelCard.template(for: head)
            template.labels = nil
            (card, origin) = (template, "--head \(name)")
        } else if let path = options.card {
            (card, origin) = (try vision(file) { () throws(VisionError) in try ModelCard(file: path) }, path)
        } else if let beside = file.cardPath {
            guard FileManager.default.fileExists(atPath: beside) else { return nil }
            (card, origin) = (try vision(file) { () throws(VisionError) in try ModelCard(file: beside) }, beside)
        } else {
            card = try vision(file) { () throws(VisionError) in try ModelCard(json: ModelFile.embeddedCard, name: "the embedded card") }
            origin = "embedded"
        }
    }

    /// The card of a published model, recognised by its metadata, inputs and outputs.
    package init(
        recognizing file: ModelFile, _ inputs: [TensorSignature], _ outputs: [TensorSignature], _ metadata: [String: String],
        _ ultralytics: UltralyticsMetadata?, _ hints: GraphHints, labelsFile: String?
    ) throws(DeepVidError) {
        let found = try vision(file) { () throws(VisionError) in
            try KnownModels.find(
                inputs: inputs, outputs: outputs, metadata: metadata, ultralytics: ultralytics, hints: hints,
                labelCount: try labelsFile.map { path throws(VisionError) in try Labels(named: path).names.count })
        }
        guard let known = found else {
            let model = file.path ?? file.name
            throw DeepVidError(
                .unusableModel,
                KnownModels.unknown(model, card: file.cardPath ?? "\(model).json", inputs: inputs, outputs: outputs).description)
        }
        (card, origin, isWritten) = (known.card, known.description, false)
    }

    /// Width and height where the card says both, or how many pixels, in most cameras' shape.
    var inputSize: (width: Int, height: Int)? {
        if let pixels = card.input.pixels { return InputShape.pixels(pixels).size(for: InputShape.usualFrame) }
        guard let width = card.input.width, let height = card.input.height else { return nil }
        return (width, height)
    }

    /// What the card has the model computed in; nil where it does not say.
    var precision: Precision? { card.precision.flatMap { Precision(rawValue: $0.rawValue) } }

    /// The labels that the options name, else the card's, whose file is beside the card.
    func labels(_ options: ModelOptions, _ file: ModelFile) throws(DeepVidError) -> Labels {
        try vision(file) { () throws(VisionError) in
            if let path = options.labels { return try Labels(named: path) }
            return try Labels(card.labels, relativeTo: URL(fileURLWithPath: origin).deletingLastPathComponent().path)
        }
    }
}

/// Runs `body`; its `VisionError` becomes one that names the model.
package func vision<T>(_ file: ModelFile, _ body: () throws(VisionError) -> T) throws(DeepVidError) -> T {
    do throws(VisionError) {
        return try body()
    } catch {
        let known = error.description.contains(file.name)
        throw DeepVidError(.unusableModel, known ? error.description : "\(file.name): \(error.description)", cause: error)
    }
}
