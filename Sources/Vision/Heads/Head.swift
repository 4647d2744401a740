import Tensors

/// Turns a model's outputs into objects, classes or an embedding. Pure: the same outputs give the same result.
///
/// No output traps: undefined scores and boxes are dropped, infinite edges clipped, and outputs of another shape than
/// the head reads are an error that names both.
public protocol Head: Sendable {
    /// - Parameters:
    ///   - placement: where the frame lies in the model's input; boxes come back through it.
    ///   - minimumScore: 0…1; objects and classes that score less are left out. Embeddings have no score.
    func decode(_ outputs: [NamedTensor], placement: Placement, minimumScore: Float) throws(VisionError) -> HeadResult

    /// Where in the model's input, and how easily, a small error in the outputs could change the result.
    ///
    /// - Parameter minimumScore: 0…1; no plausible error makes an object of what scores less.
    func decisionRegions(_ outputs: [NamedTensor], minimumScore: Float) throws(VisionError) -> DecisionRegions

    /// How far a class is ahead of all others; for `nil`, the class that leads. Nil for heads whose answer is more than one
    /// class, and for outputs that have none.
    func margin(of classID: Int?, _ outputs: [NamedTensor]) throws(VisionError) -> ClassMargin?

    /// How unsure the outputs are of what they say: an entropy in nats. Nil for what is neither sure nor unsure.
    ///
    /// - Parameter minimumScore: 0…1; objects that score less do not count.
    func uncertainty(_ outputs: [NamedTensor], minimumScore: Float) throws(VisionError) -> Double?

    /// What a squared change in each channel of an output that has this many is worth, all of them about 1; nil: all alike.
    func channelWeights(_ channels: Int) -> [Float]?
}

extension Head {
    public func decisionRegions(_ outputs: [NamedTensor], minimumScore: Float) throws(VisionError) -> DecisionRegions { .everywhere }
    public func margin(of classID: Int?, _ outputs: [NamedTensor]) throws(VisionError) -> ClassMargin? { nil }
    public func uncertainty(_ outputs: [NamedTensor], minimumScore: Float) throws(VisionError) -> Double? { nil }
    public func channelWeights(_ channels: Int) -> [Float]? { nil }

    /// Throws what `decode` would throw on outputs of these shapes, so that a wrong card shows before the first frame.
    ///
    /// Outputs with open extents past the batch, or whose shapes depend on data, are not checked.
    public func validate(_ outputs: [TensorSignature]) throws(VisionError) {
        var blank: [NamedTensor] = []
        for output in outputs {
            let dims = output.dims.enumerated().map { axis, extent in extent ?? (axis == 0 ? 1 : -1) }
            if output.dependsOnData || dims.contains(where: { $0 < 0 }) { return }
            let tensor =
                output.isWhole
                ? Tensor(Shape(dims), of: Int64.self) { _ in } : Tensor(Shape(dims), of: Float.self) { $0.update(repeating: .nan) }
            blank.append(NamedTensor(output.name, tensor))
        }
        let placement = ResizeMode.stretch.placement(width: 1, height: 1, modelWidth: 1, modelHeight: 1)
        _ = try decode(blank, placement: placement, minimumScore: 0.5)
    }
}

/// A model output under the name that the model gives it; logical shape, as ONNX has it (NCHW, batch 1).
public struct NamedTensor: Sendable {
    public let name: String
    public let tensor: Tensor

    public init(_ name: String, _ tensor: Tensor) { (self.name, self.tensor) = (name, tensor) }
}

/// What a head reads out of a model's outputs.
public enum HeadResult: Sendable, Hashable {
    /// By falling score.
    case detections([Detection])
    /// By falling probability.
    case classes([Classification])
    case embedding([Float])
    case semantic(SemanticMap)
    case depth(DepthMap)
}

/// An object in a frame.
public struct Detection: Sendable, Hashable {
    public let classID: Int
    public let label: String
    /// 0…1.
    public let score: Float
    /// Source pixels, inside the frame.
    public let box: Box
    /// Its pixels, keypoints or turned box, from models that say so.
    public var shape: ObjectShape?
    /// The same object has the same number in every frame, from 1; nil while nothing follows it.
    public var trackID: Int?
    /// Whether it is followed, and has not moved since it was first seen, so that nothing is made of it; false where such objects count.
    public var isStatic = false
    /// Names of the zones that it is in; nil while nothing watches zones.
    public var zones: [String]?
    /// What second models say of it; nil where none was asked.
    public var answer: ObjectAnswer?

    public init(classID: Int, label: String, score: Float, box: Box, shape: ObjectShape? = nil) {
        (self.classID, self.label, self.score, self.box, self.shape) = (classID, label, score, box, shape)
    }
}

/// A class that the whole frame may be of.
public struct Classification: Sendable, Hashable {
    public let classID: Int
    public let label: String
    /// Probability, 0…1.
    public let score: Float

    public init(classID: Int, label: String, score: Float) {
        (self.classID, self.label, self.score) = (classID, label, score)
    }
}

/// Where small errors in a model's outputs could change the result.
public enum DecisionRegions: Sendable {
    /// Around each of these boxes, more easily the nearer its score is to the least reported one; nowhere else.
    case candidates([Candidate])
    /// The whole picture has one answer, which is ahead of the next by this difference of logits.
    case margin(Float)
    /// The head cannot tell.
    case everywhere
}

/// A class, and how far it is ahead of all others.
public struct ClassMargin: Sendable {
    public let classID: Int
    /// Difference of logits to the best other class; negative where that one leads.
    public let margin: Float
}
