import Models
import Tracking
import Video
import Vision

/// An embedding model by which objects that are followed are known again after they were out of sight, and what is asked of it.
public struct ReidModel: Sendable {
    package let model: ThenModel
    /// For how long one that is missing is looked for, in seconds.
    public let age: Double
    /// Cosine distance from which two views are not of one object, 0…1.
    public let distance: Double

    public static let defaultClasses = ["person"]
    /// Long enough to walk round a parked van or through a room next door, short enough for clothes to tell who it is.
    public static let defaultAge = 30.0
    /// Of person-reidentification-retail-0288 (benchmarks/results/2026-11-29-reid.md). Other models have other distances.
    public static let defaultDistance = 0.15
    /// The crops that such models are trained on are the boxes themselves.
    private static let margin = 0.0

    /// Labels of the objects that are told apart.
    public var classes: [String] { model.classes ?? [] }
    /// As the records name it.
    public var name: String { model.name }
    /// One line for people.
    public var summary: String { model.summary }

    /// - Parameter path: of an ONNX file, whose card is beside it if it needs one.
    /// - Throws: when the model cannot be used, or gives no embedding.
    public init(
        _ path: String, on classes: [String] = Self.defaultClasses, age: Double = Self.defaultAge, distance: Double = Self.defaultDistance
    ) throws(DeepVidError) {
        (self.age, self.distance) = (age, distance)
        model = try ThenModel(path, on: classes, margin: Self.margin, flag: "--reid")
        guard !model.isClassifier else {
            throw DeepVidError(
                .invalidOptions,
                "--reid \(model.name): a classifier says what an object is, and not which one: name an embedding model, "
                    + "whose card says \"head\": \"embedding\"")
        }
    }

    /// What the tracker is to know of it.
    var rule: Reidentification { Reidentification(labels: classes, age: age, distance: distance) }
}

/// A `ReidModel` with its activations. One for each input.
final class AppearanceModel {
    private let model: ReidModel
    private let threads: Int
    /// Made when the first crop comes.
    private var network: CropNetwork?

    /// - Parameter threads: that compute one crop.
    init(_ model: ReidModel, threads: Int) { (self.model, self.threads) = (model, threads) }

    /// A vector for each box.
    func look(at boxes: [Box], in frame: Frame, _ counts: inout ThenCounts) throws(DeepVidError) -> [[Float]] {
        let network: CropNetwork
        if let made = self.network { network = made } else { network = try CropNetwork(model.model, threads: threads) }
        self.network = network
        let said = try network.answer(boxes.map { .init(box: $0, isAudit: false) }, in: frame, &counts)
        return said.map { if case .embedding(let vector) = $0.result { vector } else { [] } }
    }
}
