/// A kind of model output that deepvid can read, with everything that is special to it.
///
/// Each head states its own rules in its own file, beside the type that does the reading; `allCases` lists them all.
/// `docs/add-a-head.md` shows how to add one.
public struct HeadKind: RawRepresentable, CaseIterable, Hashable, Codable, Sendable {
    /// The registry, in the order in which published models are looked for.
    public static let allCases: [HeadKind] = [
        .yolox, .yolov5, .yolov8, .nanodet, .picodet, .fastestdet, .ssd, .yunet, .classification, .embedding,
    ]

    /// The name that cards and `--head` use.
    public let rawValue: String
    /// One line for people: which models have it, and what their outputs are.
    public let summary: String
    /// Whether it finds boxes, rather than one answer for the whole frame.
    public let isDetector: Bool
    /// The values of the published code, which a card may override.
    public let defaults: (score: Double, nmsIoU: Double)
    /// The card keys that this head reads, besides `head` and `input`.
    let keys: Set<ModelCard.CodingKeys>
    /// How published models with this head want their input.
    let input: InputCard
    /// Completes the card that is offered as a template.
    let template: @Sendable (inout ModelCard) -> Void
    /// Published models with this head.
    let knownModels: [KnownModel]
    /// Whether outputs like these make this head's template the best one to offer; never used to run a model.
    let resembles: @Sendable ([TensorSignature]) -> Bool
    let makeHead: MakeHead

    typealias MakeHead = @Sendable (ModelCard, HeadSettings) throws(VisionError) -> any Head

    /// A head that finds boxes. It reads `labels`, `score`, `nms_iou`, `max_detections` and `num_classes` as all of them do.
    static func detector(
        _ name: String, _ summary: String, defaults: (score: Double, nmsIoU: Double), keys: Set<ModelCard.CodingKeys> = [],
        input: InputCard, template: @escaping @Sendable (inout ModelCard) -> Void = { $0.labels = .coco80 }, known: [KnownModel] = [],
        resembles: @escaping @Sendable ([TensorSignature]) -> Bool = { _ in false }, makeHead: @escaping MakeHead
    ) -> HeadKind {
        HeadKind(
            rawValue: name, summary: summary, isDetector: true, defaults: defaults,
            keys: keys.union([.labels, .score, .nmsIoU, .maxDetections, .numClasses]), input: input, template: template, knownModels: known,
            resembles: resembles, makeHead: makeHead)
    }

    /// A head with one answer for the whole frame.
    static func wholeFrame(
        _ name: String, _ summary: String, keys: Set<ModelCard.CodingKeys>, template: @escaping @Sendable (inout ModelCard) -> Void,
        known: [KnownModel] = [], resembles: @escaping @Sendable ([TensorSignature]) -> Bool = { _ in false }, makeHead: @escaping MakeHead
    ) -> HeadKind {
        HeadKind(
            rawValue: name, summary: summary, isDetector: false, defaults: (0, 1), keys: keys,
            input: InputCard(mean: InputCard.imageNetMean, std: InputCard.imageNetStd, resize: .centerCrop, cropResize: 256),
            template: template, knownModels: known, resembles: resembles, makeHead: makeHead)
    }
}

extension HeadKind {
    public init?(rawValue: String) {
        guard let kind = Self.allCases.first(where: { $0.rawValue == rawValue }) else { return nil }
        self = kind
    }

    public static func == (a: HeadKind, b: HeadKind) -> Bool { a.rawValue == b.rawValue }
    public func hash(into hasher: inout Hasher) { hasher.combine(rawValue) }
}

/// What is still to be applied to a model's scores.
public enum Activation: String, Sendable, Codable, CaseIterable { case none, sigmoid, softmax }
