/// Turns a model's outputs into objects, classes or an embedding. Pure: the same outputs give the same result.
///
/// No output traps: undefined scores and boxes are dropped, infinite edges clipped, and outputs of another shape than
/// the head reads are an error that names both.
public protocol Head: Sendable {
    /// - Parameter placement: where the frame lies in the model's input; boxes come back through it.
    func decode(_ outputs: [NamedTensor], placement: Placement) throws(VisionError) -> HeadResult
    /// What in the outputs could change the answer.
    func watch(_ outputs: [NamedTensor]) throws(VisionError) -> Watch
    /// How far a class is ahead of all others, in logits, negative where another leads; nil for the class that leads. Nil for
    /// heads with more than one answer, and for outputs that have none.
    func lead(of classID: Int?, _ outputs: [NamedTensor]) throws(VisionError) -> Lead?
    /// How unsure the outputs are of what they say, in nats: see `Entropy`. Nil for what is neither sure nor unsure.
    func uncertainty(_ outputs: [NamedTensor]) throws(VisionError) -> Double?
    /// Relative worth of the channels of an output that has this many; nil: all alike.
    func channelWeights(_ channels: Int) -> [Float]?
}

/// Where an answer hangs by a thread, and where it does not.
public enum Watch: Sendable {
    /// Everything that might be an object; nothing elsewhere comes near.
    case candidates([Candidate])
    /// The whole picture has one answer, ahead of the next by this difference of logits.
    case margin(Float)
    /// Nothing is known.
    case everything
}

/// A class and by how much it is ahead of all others, in logits.
public struct Lead: Sendable {
    public let classID: Int
    public let margin: Float
}

extension Head {
    public func lead(of classID: Int?, _ outputs: [NamedTensor]) throws(VisionError) -> Lead? { nil }
    public func watch(_ outputs: [NamedTensor]) throws(VisionError) -> Watch { .everything }
    public func uncertainty(_ outputs: [NamedTensor]) throws(VisionError) -> Double? { nil }
    public func channelWeights(_ channels: Int) -> [Float]? { nil }
}
