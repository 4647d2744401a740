/// A kind of model output that deepvid can read, with everything that is special to it.
///
/// Each head states its own rules in its own file, beside the type that does the reading; `allCases` lists them all.
/// `docs/add-a-head.md` shows how to add one.
public struct HeadKind: RawRepresentable, CaseIterable, Hashable, Codable, Sendable {
    /// The registry, in the order in which published models are looked for.
    public static let allCases: [HeadKind] = [
        .yolox, .yolov5, .yolov8, .endToEnd, .paddle, .boxes, .detr, .nanodet, .picodet, .fastestdet, .ssd, .yunet, .scrfd, .blazeface,
        .text, .semantic, .depth,
        .classification, .embedding,
    ]

    /// The name that cards and `--head` use.
    public let rawValue: String
    /// One line for people: which models have it, and what their outputs are.
    public let summary: String
    /// Whether it finds boxes, rather than one answer for the whole frame.
    public let isDetector: Bool
    /// The values of the published code, which a card may override.
    public let defaults: (score: Double, nmsIoU: Double)
    /// Boxes of a frame at most, where a card does not say it.
    let maxDetections: Int
    /// The card keys that this head reads, besides `head` and `input`.
    let keys: Set<ModelCard.CodingKeys>
    /// How most published models with this head want their input.
    let input: InputCard
    /// Completes the card that is offered as a template.
    let template: @Sendable (inout ModelCard) -> Void
    /// Published models with this head.
    let knownModels: [KnownModel]
    /// Whether outputs like these make this head's template the best one to offer; never used to run a model.
    let resembles: @Sendable ([TensorSignature]) -> Bool
    let makeHead: MakeHead

    typealias MakeHead = @Sendable (ModelCard, HeadSettings) throws(VisionError) -> any Head

    /// - Parameters:
    ///   - keys: besides those that all detectors read: `labels`, `score`, `score_shifts`, `nms_iou`, `max_detections` and `num_classes`.
    ///   - template: sets what is special to the head; a detector's scores and limits are set already.
    init(
        _ name: String, _ summary: String, isDetector: Bool = true, defaults: (score: Double, nmsIoU: Double) = (0, 1),
        maxDetections: Int = 100, keys: Set<ModelCard.CodingKeys> = [], input: InputCard,
        template: @escaping @Sendable (inout ModelCard) -> Void = { $0.labels = .coco80 }, known: [KnownModel] = [],
        resembles: @escaping @Sendable ([TensorSignature]) -> Bool = { _ in false }, makeHead: @escaping MakeHead
    ) {
        (rawValue, self.summary, self.isDetector, self.defaults, self.input) = (name, summary, isDetector, defaults, input)
        self.maxDetections = maxDetections
        self.keys = isDetector ? keys.union([.labels, .score, .scoreShifts, .nmsIoU, .maxDetections, .numClasses]) : keys
        (self.template, knownModels, self.resembles, self.makeHead) = (template, known, resembles, makeHead)
    }
}

extension HeadKind {
    /// As Ultralytics' programs have it (`max_det`).
    static let ultralyticsDetections = 300

    public init?(rawValue: String) {
        guard let kind = Self.allCases.first(where: { $0.rawValue == rawValue }) else { return nil }
        self = kind
    }

    public static func == (a: HeadKind, b: HeadKind) -> Bool { a.rawValue == b.rawValue }
    public func hash(into hasher: inout Hasher) { hasher.combine(rawValue) }
}

/// What is still to be applied to a model's scores.
public enum Activation: String, Sendable, Codable, CaseIterable { case none, sigmoid, softmax }
