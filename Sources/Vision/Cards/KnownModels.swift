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
    /// - Parameters:
    ///   - metadata: the file's own properties. What they say goes before what the shapes look like.
    ///   - ultralytics: what an Ultralytics export says in them.
    ///   - hints: what the graph tells.
    ///   - labelCount: of labels that are given beside the file.
    /// - Throws: where they name a task that no head reads, and where the outputs may be those of two heads.
    package static func find(
        inputs: [TensorSignature], outputs: [TensorSignature], metadata: [String: String], ultralytics: UltralyticsMetadata?,
        hints: GraphHints, labelCount: Int? = nil
    ) throws(VisionError) -> (card: ModelCard, description: String)? {
        guard var signature = ModelSignature(inputs: inputs, outputs: outputs, hints: hints) else { return nil }
        let said = MetadataLabels.names(in: metadata)
        signature.nameCount = labelCount ?? said?.count
        if let said = try ultralytics?.card(signature) { return said }
        let fitting = HeadKind.allCases.flatMap { head in
            head.knownModels.filter { $0.matches(signature) }.map { (head: head, known: $0) }
        }
        if fitting.count > 1 {
            throw VisionError(
                .cardNeeded,
                "its outputs (\(signature.outputs.map(\.description).joined(separator: ", "))) may be those of "
                    + fitting.map { "'\($0.head.rawValue)' (\($0.known.description))" }.joined(separator: " and of ")
                    + ": say which: \(fitting.map { "--head \($0.head.rawValue)" }.joined(separator: " or ")), or a card")
        }
        if let (head, known) = fitting.first {
            var card = ModelCard(head: head, input: known.input ?? head.input, labels: known.labels)
            known.adjust(&card, signature)
            // A number of names that is not that of the classes is an error of its own.
            if let names = ultralytics == nil ? said : ultralytics?.names { card.labels = .names(names) }
            return (card, known.description)
        }
        return GuessedClassifier(signature, metadata).map { ($0.card, $0.description) }
    }

    /// The same for a model whose metadata nobody has read yet.
    public static func find(
        inputs: [TensorSignature], outputs: [TensorSignature], metadata: [String: String] = [:], hints: GraphHints = GraphHints()
    ) throws(VisionError) -> (card: ModelCard, description: String)? {
        try find(inputs: inputs, outputs: outputs, metadata: metadata, ultralytics: UltralyticsMetadata(metadata), hints: hints)
    }

    /// For a model that is none of the known ones and has no card: says how it may run all the same, and shows a card to start from.
    ///
    /// - Parameter card: where the card should be.
    public static func unknown(
        _ model: String, card path: String, inputs: [TensorSignature], outputs: [TensorSignature]
    ) -> VisionError {
        let shapes =
            "inputs \(inputs.map(\.description).joined(separator: ", ")); outputs \(outputs.map(\.description).joined(separator: ", "))"
        let problem = "\(model) is none of the models that deepvid knows (\(shapes)), and "
        guard let card = offeredCard(ModelSignature(inputs: inputs, outputs: outputs), outputs) else {
            return VisionError(
                .cardNeeded,
                problem
                    + "none of deepvid's heads reads such outputs: 'deepvid models' lists what they read; export the model so that it gives that, "
                    + "and then write \(path), or give --head NAME")
        }
        let labels = card.head.keys.contains(.labels) ? " --labels names.txt" : ""
        return VisionError(
            .cardNeeded,
            """
            \(problem)how its pictures must be prepared cannot be read from the file. If it was trained as most such models are, give \
            --head \(card.head.rawValue)\(labels)\(labels.isEmpty ? "" : ", a file with the name of a class a line"). Otherwise save \
            this as \(path), or anywhere with --card FILE, and correct color, mean, std and resize to what the model was trained with:
            \(card.json())
            """)
    }

    /// The card of a head that reads such outputs, with labels only where there are as many as classes; nil where none does.
    private static func offeredCard(_ signature: ModelSignature?, _ outputs: [TensorSignature]) -> ModelCard? {
        func fitting(_ heads: [HeadKind]) -> [ModelCard] {
            heads.flatMap { head -> [ModelCard] in
                let card = ModelCard.template(for: head, width: signature?.width, height: signature?.height)
                var unnamed = card
                unnamed.labels = nil
                guard reads(outputs, unnamed, Labels(names: [])) else { return [] }
                // Names only where the outputs tell that the classes are as many, so that one less is refused.
                guard case .carried(let list)? = card.labels, reads(outputs, card, Labels(names: list.names)),
                    !reads(outputs, card, Labels(names: list.names.dropLast()))
                else { return [unnamed] }
                return [card]
            }
        }
        let alike = fitting(HeadKind.allCases.filter { $0.resembles(outputs) })
        // What has no look of its own is mostly rows of one of these.
        let cards = alike.isEmpty ? fitting([.yolov5, .detr]) : alike
        return cards.first { $0.labels != nil } ?? cards.first
    }

    private static func reads(_ outputs: [TensorSignature], _ card: ModelCard, _ labels: Labels) -> Bool {
        do {
            // Where the size is open, so are the extents that it decides, and nothing is checked.
            let (width, height) = (card.input.width ?? 640, card.input.height ?? 640)
            try card.makeHead(labels: labels, modelWidth: width, modelHeight: height).validate(outputs)
            return true
        } catch {
            return false
        }
    }
}
