import Inference
import Vision

/// Which model to run and how to read its outputs; nil leaves it to the model's card, and then to the head.
public struct ModelOptions: Sendable {
    /// Path of an ONNX file; nil is the embedded detector.
    public var model: String?
    /// Path of a card, JSON that says how pictures are prepared and outputs read (deepvid-card(5)); nil is the file beside the model.
    public var card: String?
    /// A text file with class names, one a line, or a list that deepvid carries, such as `coco80`.
    public var labels: String?
    /// How the outputs are read, one of `headNames`, of a model that has no card and is not recognised.
    public var head: String?
    /// In pixels, for models that leave height and width free; each 1 or more.
    public var inputSize: (width: Int, height: Int)?
    /// What the input has become for the frames of a video (`LoadedModel.shaped`); `inputSize` comes before it.
    package var shapedSize: (width: Int, height: Int)?
    /// Least score of a reported object or class, 0…1.
    public var score: Double?
    /// Overlap above which the weaker of two boxes of a class goes, 0…1.
    public var nmsIoU: Double?
    /// Labels to report; nil reports all.
    public var classes: [String]?
    /// Classes reported by a classifier, 1 or more.
    public var topK: Int?
    /// What its answers are called among those of other models; nil is the file's name without its ending.
    public var name: String?

    /// What convolutions and products with constant matrices are computed in; one that this CPU lacks is refused. Nil is the card's, or
    /// `fp32` where the CPU lacks that.
    public var precision: Precision?

    /// Which capacity of a file that holds several.
    public var capacity = CapacityChoice.largest

    /// Which capacity of a nested model runs.
    public enum CapacityChoice: Sendable, Equatable {
        /// The graph of the file, as of any other.
        case largest
        /// One by its name; a file that does not hold it is refused.
        case named(String)
        /// Before each frame the one that the machine has time for. Of a file without capacities it is its graph.
        case any

        /// Of one by its name.
        package var name: String? { if case .named(let name) = self { name } else { nil } }
    }

    /// Whether the loaded model can be joined with others, and whether `classes` may be known to others only (`ModelSet`).
    package var keepsGraph = false
    package var mayLackClasses = false

    /// The card of a bundle, which serves all its models.
    package var bundleCard: ModelCard?

    public init(
        model: String? = nil, card: String? = nil, labels: String? = nil, head: String? = nil,
        inputSize: (width: Int, height: Int)? = nil, score: Double? = nil, nmsIoU: Double? = nil, classes: [String]? = nil,
        topK: Int? = nil, name: String? = nil
    ) {
        (self.model, self.card, self.labels, self.head, self.inputSize) = (model, card, labels, head, inputSize)
        (self.score, self.nmsIoU, self.classes, self.topK, self.name) = (score, nmsIoU, classes, topK, name)
    }

    /// What `head` may be.
    public static var headNames: [String] { HeadKind.allCases.map(\.rawValue) }

    /// - Throws: code `invalidOptions` for a number that no model can be asked for.
    package func check() throws(DeepVidError) {
        try OptionCheck.within(0...1, score, "score", "a number from 0 to 1, such as 0.4")
        try OptionCheck.within(0...1, nmsIoU, "nmsIoU", "a share from 0 to 1, such as 0.6")
        try OptionCheck.within(1...Int.max, topK, "topK", "1 or more")
        if let precision, !precision.isAvailable {
            throw DeepVidError(
                .invalidOptions,
                "`precision` is \(precision.rawValue), for which this CPU lacks the instructions (\(precision.instructions)): leave it out")
        }
        if let (width, height) = inputSize, !(Self.sides.contains(width) && Self.sides.contains(height)) {
            throw DeepVidError(
                .invalidOptions, "`inputSize` is \(width)x\(height): give sides of 1 to \(Self.sides.upperBound) pixels")
        }
    }

    /// Pixels. Of a larger picture not even its tensor would fit.
    private static let sides = 1...16_384
}
