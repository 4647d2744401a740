import Tensors

/// An object in a frame.
public struct Detection: Sendable, Hashable {
    public let classID: Int
    public let label: String
    /// 0…1.
    public let score: Float
    /// Source pixels, inside the frame.
    public let box: Box

    public init(classID: Int, label: String, score: Float, box: Box) {
        (self.classID, self.label, self.score, self.box) = (classID, label, score, box)
    }
}

/// What a whole frame shows.
public struct Classification: Sendable, Hashable {
    public let classID: Int
    public let label: String
    /// Probability, 0…1.
    public let score: Float

    public init(classID: Int, label: String, score: Float) {
        (self.classID, self.label, self.score) = (classID, label, score)
    }
}

/// What a head reads out of a model's outputs.
public enum HeadResult: Sendable, Hashable {
    /// By falling score.
    case detections([Detection])
    /// By falling probability.
    case classes([Classification])
    case embedding([Float])
}

/// A model output under the name that the model gives it; logical shape, as ONNX has it (NCHW, batch 1).
public struct NamedTensor: Sendable {
    public let name: String
    public let tensor: Tensor

    public init(_ name: String, _ tensor: Tensor) { (self.name, self.tensor) = (name, tensor) }
}
