import Tensors

/// An operator that sees the elements of input 0 under another shape. O(1).
public protocol ReshapingOperator: Operator {}

extension ReshapingOperator {
    public func evaluate(_ inputs: Operands) -> [Tensor] { [inputs[0].reshaped(to: inputs.shape)] }

    public var movesElements: Bool { true }

    /// [N, C, 1, 1] as [N, C] and the other way round, which are the same memory.
    public func spatialLowering(of node: PlannedNode) -> SpatialLowering? {
        let to = node.outputShape
        guard to.rank == 2 || to.rank == 4, let input = node.input(0), node.isSpatial(0), let from = node.shape(0),
            from[0] == to[0], from[1] == to[1], from.elementCount == from[0] * from[1]
        else { return nil }
        return .view(of: input)
    }
}

/// ONNX Reshape: data, shape. 0 copies the extent unless `allowZero`; −1 is inferred.
public struct Reshape: ReshapingOperator {
    public var allowZero: Bool
    public init(allowZero: Bool = false) { self.allowZero = allowZero }

    public func outputs(for inputs: [ValueFacts?]) throws(OperatorError) -> [ValueFacts] {
        let data = try inputs.operand(0, "data")
        guard let wanted = try inputs.integers(1, "shape"), let shape = data.shape else { return [ValueFacts(data.elementType, nil)] }
        return [ValueFacts(data.elementType, try resolve(wanted, shape))]
    }

    private func resolve(_ wanted: [Int], _ shape: Shape) throws(OperatorError) -> Shape {
        var dims = wanted
        var inferred: Int?
        for (axis, extent) in wanted.enumerated() {
            if extent == 0 && !allowZero {
                guard axis < shape.rank else { throw OperatorError("shape \(wanted) copies axis \(axis), which \(shape) has not") }
                dims[axis] = shape[axis]
            } else if extent == -1 {
                guard inferred == nil else { throw OperatorError("shape \(wanted) leaves more than one extent open") }
                inferred = axis
                dims[axis] = 1
            }
        }
        let known = try Shape(checking: dims).elementCount
        if let inferred {
            guard known > 0, shape.elementCount % known == 0 else {
                throw OperatorError("\(shape) (\(shape.elementCount) elements) cannot be reshaped to \(wanted)")
            }
            dims[inferred] = shape.elementCount / known
        } else if known != shape.elementCount {
            throw OperatorError("\(shape) (\(shape.elementCount) elements) cannot be reshaped to \(wanted) (\(known))")
        }
        return try Shape(checking: dims)
    }
}

/// ONNX Flatten: to two axes, split at `axis`.
public struct Flatten: ReshapingOperator {
    public var axis: Int
    public init(axis: Int = 1) { self.axis = axis }

    public func outputs(for inputs: [ValueFacts?]) throws(OperatorError) -> [ValueFacts] {
        let data = try inputs.operand(0, "input")
        guard let shape = data.shape else { return [ValueFacts(data.elementType, nil)] }
        let (rows, columns) = try shape.cut(before: axis)
        return [ValueFacts(data.elementType, [rows.elementCount, columns.elementCount])]
    }
}

/// ONNX Squeeze: data, axes (optional input; all axes of extent 1 when omitted).
public struct Squeeze: ReshapingOperator {
    public init() {}

    public func outputs(for inputs: [ValueFacts?]) throws(OperatorError) -> [ValueFacts] {
        let data = try inputs.operand(0, "data")
        let ones = data.shape?.dims.indices.filter { data.shape![$0] == 1 }
        guard let given = try inputs.integers(1, "axes", else: ones ?? []), let shape = data.shape else {
            return [ValueFacts(data.elementType, nil)]
        }
        let axes = try shape.checked(axes: given)
        for axis in axes where shape[axis] != 1 { throw OperatorError("axis \(axis) of \(shape) is not 1 and cannot be squeezed") }
        return [ValueFacts(data.elementType, Shape(shape.dims.indices.filter { !axes.contains($0) }.map { shape[$0] }))]
    }
}

/// ONNX Unsqueeze: data, axes (input; positions in the output).
public struct Unsqueeze: ReshapingOperator {
    public init() {}

    public func outputs(for inputs: [ValueFacts?]) throws(OperatorError) -> [ValueFacts] {
        let data = try inputs.operand(0, "data")
        guard let given = try inputs.integers(1, "axes"), let shape = data.shape else { return [ValueFacts(data.elementType, nil)] }
        let result = Shape([Int](repeating: 1, count: shape.rank + given.count))
        let axes = Set(try result.checked(axes: given))
        var rest = shape.dims.makeIterator()
        return [ValueFacts(data.elementType, Shape(result.dims.indices.map { axes.contains($0) ? 1 : rest.next() ?? 1 }))]
    }
}
