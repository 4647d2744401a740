import Vision

/// Which model to run and how to read its outputs; nil leaves it to the model's card, and then to the head.
public struct ModelOptions: Sendable {
    /// Path of an ONNX file; nil is the embedded detector.
    public var model: String?
    public var card: String?
    /// A text file with class names, one a line.
    public var labels: String?
    public var head: String?
    /// For models that leave height and width free.
    public var inputSize: (width: Int, height: Int)?
    public var score: Double?
    public var nmsIoU: Double?
    /// Labels to report; nil reports all.
    public var classes: [String]?
    public var topK: Int?

    /// Whether every activation keeps its own memory, as an incremental session needs.
    public var keepsActivations = false

    /// The card of a bundle, which serves all its models.
    package var bundleCard: ModelCard?

    public init() {}

    /// What `head` may be.
    public static var headNames: [String] { HeadKind.allCases.map(\.rawValue) }
}
