import FoundationEssentials
import Vision

/// Finds the card of a model and applies what the command line says on top.
package struct CardChoice {
    package let card: ModelCard
    package let labels: Labels
    /// A path, or what the model was taken for.
    package let origin: String

    /// The card that stands in a file, before the model's shapes are known: it may say the input size.
    package static func written(for file: ModelFile, _ options: ModelOptions) throws(DeepVidError) -> (card: ModelCard, path: String)? {
        if let card = options.bundleCard { return (card, "bundle.json") }
        if options.head != nil, options.card != nil {
            throw DeepVidError(.invalidOptions, "--head and --card both say how to read the outputs; give one of them")
        }
        if options.head != nil { return nil }
        return try vision(file) { () throws(VisionError) in
            if let path = options.card { return (try ModelCard(file: path), path) }
            guard let beside = file.cardPath else {
                return (try ModelCard(json: ModelFile.embeddedCard, name: "the embedded card"), "embedded")
            }
            return FileManager.default.fileExists(atPath: beside) ? (try ModelCard(file: beside), beside) : nil
        }
    }

    package init(
        for file: ModelFile, written: (card: ModelCard, path: String)?, _ options: ModelOptions, inputs: [TensorSignature],
        outputs: [TensorSignature]
    ) throws(DeepVidError) {
        if let written {
            (card, origin) = written
        } else if let name = options.head {
            (card, origin) = (try Self.template(name), "--head \(name)")
        } else {
            let found = try vision(file) { () throws(VisionError) in
                try ResolvedCard(modelPath: file.path ?? file.name, inputs: inputs, outputs: outputs)
            }
            (card, origin) = (found.card, found.origin)
        }
        let (card, origin) = (self.card, self.origin)
        labels = try vision(file) { () throws(VisionError) in
            if let path = options.labels { return try Labels(file: path) }
            return try Labels(card.labels, relativeTo: URL(fileURLWithPath: origin).deletingLastPathComponent().path)
        }
    }

    /// The published values of a head. Labels are left out: they belong to one model.
    private static func template(_ name: String) throws(DeepVidError) -> ModelCard {
        guard let head = HeadKind(rawValue: name) else {
            throw DeepVidError(
                .invalidOptions, "there is no head '\(name)'; the heads are \(ModelOptions.headNames.joined(separator: ", "))")
        }
        var card = ModelCard.template(for: head)
        card.labels = nil
        return card
    }
}

/// Runs `body`; its `VisionError` becomes one that names the model.
package func vision<T>(_ file: ModelFile, _ body: () throws(VisionError) -> T) throws(DeepVidError) -> T {
    do throws(VisionError) {
        return try body()
    } catch {
        let known = error.description.contains(file.name)
        throw DeepVidError(.unusableModel, known ? error.description : "\(file.name): \(error.description)")
    }
}
