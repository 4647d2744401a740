import Tensors

/// ONNX OneHot: indices, depth (a scalar), values [off, on]: a new axis of `depth` at `axis` that is on where the index says so. Negative
/// indices count from the end; others outside are off everywhere. O(output).
public struct OneHot: NumericOperator {
    public var axis: Int
    public init(axis: Int = -1) { self.axis = axis }

    public func outputs(for inputs: [ValueFacts?]) throws(OperatorError) -> [ValueFacts] {
        let indices = try inputs.operand(0, "indices", ElementType.numeric)
        let depth = try inputs.operand(1, "depth", ElementType.numeric)
        let values = try inputs.operand(2, "values")
        if let shape = values.shape, shape != [2] { throw OperatorError("values has shape \(shape) instead of 2") }
        if let shape = depth.shape, shape.elementCount != 1 { throw OperatorError("depth has shape \(shape) instead of one element") }
        guard let shape = indices.shape, let depth = depth.constant.map(Self.depth) else { return [ValueFacts(values.elementType, nil)] }
        let (before, after) = try cut(shape)
        guard depth >= 0 else { throw OperatorError("depth \(depth) is negative") }
        return [ValueFacts(values.elementType, try Shape(checking: before.dims + [depth] + after.dims))]
    }

    func evaluate<T: NumericElement>(_ inputs: Operands, _: T.Type) throws(OperatorError) -> [Tensor] {
        let shape = inputs.shape, indices: [T] = inputs[0].elements(), inner = try cut(inputs[0].shape).1.elementCount
        let depth = shape.elementCount / indices.count
        var picks = [Int](repeating: 0, count: shape.elementCount)
        for (index, place) in indices.enumerated() {
            let place = Int(place.asInteger)
            guard place >= -depth, place < depth else { continue }
            picks[(index / inner * depth + (place < 0 ? place + depth : place)) * inner + index % inner] = 1
        }
        return [IndexedCopy(from: [2], tables: [picks])(inputs[2]).reshaped(to: shape)]
    }

    private static func depth(_ tensor: Tensor) -> Int {
        tensor.converted(to: .int64).integerElements[0]
    }

    /// The indices' axes before the new one and after.
    private func cut(_ indices: Shape) throws(OperatorError) -> (Shape, Shape) {
        try indices.cut(before: axis < 0 ? axis &+ indices.rank &+ 1 : axis)
    }
}
