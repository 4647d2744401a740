/// The card of a classifier that is none of the published ones and says itself what its classes are: by names in the file, or by being as
/// many as ImageNet has, or at least that they are classes. What the file does not say of the pictures is assumed, and said to be.
struct GuessedClassifier {
    let card: ModelCard
    let description: String

    /// Nil where the outputs are not those of a classifier, or nothing tells the names of its classes.
    init?(_ model: ModelSignature, _ metadata: [String: String]) {
        let hints = model.hints
        guard model.outputs.count == 1, let classes = Self.classes(model.outputs[0]),
            let (labels, names) = Self.labels(classes, model, metadata)
        else { return nil }
        var (input, assumption) = Self.input(model, hints, isBackgroundFirst: labels == .carried(.imagenet1001))
        // As torchvision and most of timm's models have it: of a picture whose short side is 1/0.875 of the input, the middle.
        if model.width == model.height { input.cropResize = Int((Double(model.width) / 0.875).rounded()) }
        var card = ModelCard(head: .classification, input: input, labels: labels)
        card.activation = hints.ending == .other ? .softmax : Activation.none
        let outputs =
            switch hints.ending {
            case .softmax: "probabilities"
            case .sigmoid: "probabilities of classes that do not exclude each other"
            case .other: "softmax of its output"
            }
        self.card = card
        description = "classifier of \(classes) classes (\(names); \(outputs); \(assumption))"
    }

    /// The extent of [1, C] or [1, C, 1, 1].
    private static func classes(_ output: TensorSignature) -> Int? {
        guard output.hasShape(1, nil) || output.hasShape(1, nil, 1, 1), let classes = output.dims[1], classes > 1 else { return nil }
        return classes
    }

    /// Nil where nobody says what the classes are; no source where they are given beside the file.
    private static func labels(
        _ classes: Int, _ model: ModelSignature, _ metadata: [String: String]
    ) -> (source: LabelSource?, origin: String)? {
        for key in MetadataLabels.keys {
            guard let names = metadata[key].flatMap(MetadataLabels.names), names.count == classes else { continue }
            return (.names(names), "names: '\(key)' in the file")
        }
        if classes == model.nameCount { return (nil, "names as given") }
        switch classes {
        case 1000: return (.carried(.imagenet1000), "names: ImageNet's, by their number")
        case 1001: return (.carried(.imagenet1001), "names: background and ImageNet's, by their number")
        default: return isClassifier(model) ? (nil, "no names in the file: class_0 and so on; --labels FILE names them") : nil
        }
    }

    /// Whether the output is called what classifiers' are, or ends as theirs do: rows of other numbers may be embeddings.
    private static func isClassifier(_ model: ModelSignature) -> Bool {
        // Names of another number are those of something else.
        guard model.nameCount == nil else { return false }
        let name = model.outputs[0].name.lowercased()
        return model.hints.ending != .other || ["logit", "prob", "softmax", "class", "score"].contains { name.contains($0) }
    }

    private static func input(_ model: ModelSignature, _ hints: GraphHints, isBackgroundFirst: Bool) -> (
        card: InputCard, assumption: String
    ) {
        let color: InputCard.Color = model.channels == 1 ? .gray : .rgb
        if let range = hints.scaling?.pictureRange {
            let card = InputCard(color: color, std: [Double](repeating: range == 255 ? 1 : 255, count: color.channels), resize: .centerCrop)
            return (card, "the graph itself normalises pictures of 0…\(Int(range)); assumed: \(color.rawValue)")
        }
        if model.channels == 1 {
            return (InputCard(color: .gray, std: [255], resize: .centerCrop), "assumed: gray/255")
        }
        if isBackgroundFirst {
            let half = [127.5, 127.5, 127.5]
            return (InputCard(mean: half, std: half, resize: .centerCrop), "assumed, as of TensorFlow's models: RGB, x/127.5 - 1")
        }
        return (
            InputCard(mean: InputCard.imageNetMean, std: InputCard.imageNetStd, resize: .centerCrop),
            "assumed: RGB, ImageNet's mean and std; models of timm that were trained with 0.5 and 0.5 need a card"
        )
    }
}
