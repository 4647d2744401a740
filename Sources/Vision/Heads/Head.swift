/// Turns a model's outputs into objects, classes or an embedding. Pure: the same outputs give the same result.
///
/// No output traps: undefined scores and boxes are dropped, infinite edges clipped, and outputs of another shape than
/// the head reads are an error that names both.
public protocol Head: Sendable {
    /// - Parameter placement: where the frame lies in the model's input; boxes come back through it.
    func decode(_ outputs: [NamedTensor], placement: Placement) throws(VisionError) -> HeadResult
}
