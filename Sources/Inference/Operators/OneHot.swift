import Tensors

/// ONNX OneHot: indices, depth (a scalar), values [off, on]: a new axis of `depth` at `axis` that is on where the index says so. Negative
/// indices count from the end; others outside are off everywhere. O(output).
public struct OneHot: Operator {
    public var axis: Int
    public init(axis: Int = -1) { self.axis = axis }

    public func outputs(for inputs: [ValueFacts?]) throws(OperatorError) -> [ValueFacts] {
        let indices = try inputs.operand(0, "indices", ElementType.numeric)
        let depth = try inputs.operand(1, "depth", ElementType.numeric)
        let values = try inputs.operand(2, "values")
        if let shape = values.shape, shape != [2] { throw OperatorError("values has shape \(shape) instead of 2") }
        if let shape = depth.shape, shape.elementCount != 1 { throw OperatorError("depth has shape \(shape) instead of one element") }
        guard let shape = indices.shape, let depth = depth.constant.map(Self.depth) else { return [ValueFacts(values.elementType, nil)] }
        let position = axis < 0 ? axis + shape.rank + 1 : axis
        guard position >= 0, position <= shape.rank else {
            throw OperatorError("axis \(axis) is outside of indices \(shape) and one axis more")
        }
        guard depth >= 0 else { throw OperatorError("depth \(depth) is negative") }
        let dims = Array(shape.dims[..<position]) + [depth] + Array(shape.dims[position...])
        return [ValueFacts(values.elementType, try Shape(checking: dims))]
    }

    public func evaluate(_ inputs: [Tensor?]) throws(OperatorError) -> [Tensor] {
        let shape = try resultShape(inputs)
        let indices = try inputs.required(0, "indices")
        let values = try inputs.required(2, "values")
        let places =
            indices.elementType == .float32
            ? indices.elements(of: Float.self).map { Int(clamping: Int64(clamping: Double($0))) }
            : indices.integerElements
        let position = axis < 0 ? axis + indices.shape.rank + 1 : axis
        switch values.elementType {
        case .float32: return [fill(shape, position, places, values, Float.self)]
        case .int32: return [fill(shape, position, places, values, Int32.self)]
        case .int64: return [fill(shape, position, places, values, Int64.self)]
        case .bool: return [fill(shape, position, places, values, Bool.self)]
        }
    }

    private static func depth(_ tensor: Tensor) -> Int {
        tensor.elementType == .float32 ? Int(Int64(clamping: Double(tensor.elements(of: Float.self)[0]))) : tensor.integerElements[0]
    }

    private func fill<T: TensorElement>(_ shape: Shape, _ axis: Int, _ places: [Int], _ values: Tensor, _: T.Type) -> Tensor {
        let (_, depth, inner) = shape.split(at: axis)
        return Tensor(shape, of: T.self) { out in
            values.withElements(of: T.self) { values in
                guard !out.isEmpty else { return }
                out.update(repeating: values[0])
                for (index, place) in places.enumerated() where place >= -depth && place < depth {
                    out[(index / inner * depth + (place < 0 ? place + depth : place)) * inner + index % inner] = values[1]
                }
            }
        }
    }
}
