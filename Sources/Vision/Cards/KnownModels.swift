/// A published model, with the signature that it is recognised by.
///
/// A signature must leave no doubt about the pre-processing too: wrong colors do not fail, they just make a model worse.
struct KnownModel: Sendable {
    /// What a model is taken for, with the values used where exports do not tell.
    let description: String
    /// Nil: as most models with the head.
    let input: InputCard?
    let labels: LabelSource?
    /// Sets the rest of the card.
    let adjust: @Sendable (inout ModelCard, ModelSignature) -> Void
    let matches: @Sendable (ModelSignature) -> Bool

    init(
        _ description: String, _ input: InputCard? = nil, labels: LabelSource? = nil,
        adjust: @escaping @Sendable (inout ModelCard, ModelSignature) -> Void = { _, _ in },
        matches: @escaping @Sendable (ModelSignature) -> Bool
    ) {
        (self.description, self.input, self.labels) = (description, input, labels)
        (self.adjust, self.matches) = (adjust, matches)
    }
}

/// The cards of published models, recognised by the names and shapes of their inputs and outputs; never by file name.
public enum KnownModels {
    /// The card of a known model, and what it was taken for; nil when the model needs a card of its own.
    ///
    /// - Parameter metadata: the file's own properties. What they say goes before what the shapes look like.
    /// - Throws: where they name a task that no head reads.
    public static func find(
        inputs: [TensorSignature], outputs: [TensorSignature], metadata: [String: String] = [:]
    ) throws(VisionError) -> (card: ModelCard, description: String)? {
        guard let signature = ModelSignature(inputs: inputs, outputs: outputs) else { return nil }
        let ultralytics = UltralyticsMetadata(metadata)
        if let said = try ultralytics?.card(signature) { return said }
        for head in HeadKind.allCases {
            guard let known = head.knownModels.first(where: { $0.matches(signature) }) else { continue }
            var card = ModelCard(head: head, input: known.input ?? head.input, labels: known.labels)
            known.adjust(&card, signature)
            if let names = ultralytics?.names { card.labels = .names(names) }
            return (card, known.description)
        }
        return nil
    }

    /// For a model that is none of the known ones and has no card: shows one to start from.
    ///
    /// - Parameter card: where the card should be.
    public static func unknown(
        _ model: String, card path: String, inputs: [TensorSignature], outputs: [TensorSignature]
    ) -> VisionError {
        let signature = ModelSignature(inputs: inputs, outputs: outputs)
        let head = HeadKind.allCases.first { $0.resembles(outputs) } ?? .yolov5
        let template = ModelCard.template(for: head, width: signature?.width, height: signature?.height)
        let shapes =
            "inputs \(inputs.map(\.description).joined(separator: ", ")); outputs \(outputs.map(\.description).joined(separator: ", "))"
        return VisionError(
            .cardNeeded,
            """
            \(model) is none of the models that deepvid knows (\(shapes)), and how its pictures must be prepared cannot be \
            read from the file. Write \(path), starting from this, and correct color, mean, std and resize to what the \
            model was trained with (heads: \(HeadKind.allCases.map(\.rawValue).joined(separator: ", "))):
            \(template.json())
            """)
    }
}
