import Tensors

/// Which scale (and zero point) each element of a quantised tensor has: one for all, one for each index of an axis, or one for each block
/// of indices.
struct ScaleLayout {
    private let outer, extent, inner: Int
    /// Indices of the axis that share a scale.
    private let block: Int
    private enum Kind { case single, perAxis, blocked }
    private let kind: Kind

    /// - Parameters:
    ///   - axis: looked at only where there are several scales.
    ///   - block: what the model states as `block_size`; 0 where it states none.
    init(_ shape: Shape, scale: Shape, axis: Int, block: Int) throws(OperatorError) {
        if block == 0, scale.rank <= 1, scale.elementCount == 1 {
            (outer, extent, inner, self.block, kind) = (1, 1, shape.elementCount, 1, .single)
            return
        }
        let axis = try shape.checked(axis: axis)
        (outer, extent, inner) = shape.split(at: axis)
        if block == 0 {
            guard scale == [extent] else { throw OperatorError("scale has shape \(scale), which does not fit axis \(axis) of \(shape)") }
            (self.block, kind) = (1, .perAxis)
        } else {
            var blocks = shape
            if block > 0 { blocks[axis] = extent / block + (extent % block == 0 ? 0 : 1) }
            guard block > 0, scale == blocks else {
                throw OperatorError("scale has shape \(scale), which does not fit blocks of \(block) on axis \(axis) of \(shape)")
            }
            (self.block, kind) = (block, .blocked)
        }
    }

    /// Runs of elements and the scale of their first; in blocks every element of a run has the scale after that of the one before it.
    @inline(__always)
    func forEachRun(_ body: (_ elements: Range<Int>, _ scale: Int, _ step: Int) -> Void) {
        let blocks = extent / block + (extent % block == 0 ? 0 : 1)
        for o in 0..<outer {
            for i in 0..<extent {
                let start = (o * extent + i) * inner
                switch kind {
                case .single: body(start..<start + inner, 0, 0)
                case .perAxis: body(start..<start + inner, i, 0)
                case .blocked: body(start..<start + inner, (o * blocks + i / block) * inner, 1)
                }
            }
        }
    }
}

extension Array where Element == ValueFacts? {
    /// Checks scale (input 1) and zero point (input 2, where there is one, of type `type`) of the tensor in input 0.
    func checkScale(axis: Int, block: Int, zeroPoint type: ElementType) throws(OperatorError) {
        let scale = try operand(1, "scale", [.float32])
        let zeroPoint = try optionalOperand(2, "zero_point", [type])
        guard let shape = scale.shape else { return }
        // A scalar and a list of one element are the same.
        if let other = zeroPoint?.shape, other != shape, other.elementCount != 1 || shape.elementCount != 1 {
            throw OperatorError("scale has shape \(shape), but zero_point \(other)")
        }
        if let input = try operand(0, "x").shape { _ = try ScaleLayout(input, scale: shape, axis: axis, block: block) }
    }
}

/// The nearest integer to a float between −2²² and 2²², halves to the even one: adding 1.5 · 2²³ leaves no bits for a fraction. The
/// compiler makes vectors of it on every processor, which it does of `rounded` only on some.
@inline(__always)
func roundedToEven(_ x: Float) -> Float { (x + 12_582_912) - 12_582_912 }
