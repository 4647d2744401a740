import Tensors

/// An operator that sees the elements of input 0 under another shape. O(1).
public protocol ReshapingOperator: Operator {}

extension ReshapingOperator {
    public func evaluate(_ inputs: [Tensor?]) throws(OperatorError) -> [Tensor] {
        let shape = try resultShape(inputs)
        return [try inputs.required(0, "data").reshaped(to: shape)]
    }

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
        let target = try inputs.operand(1, "shape", ElementType.integers)
        guard let wanted = try target.integers("shape"), let shape = data.shape else { return [ValueFacts(data.elementType, nil)] }
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
        let split = axis < 0 ? axis + shape.rank : axis
        guard split >= 0, split <= shape.rank else { throw OperatorError("axis \(axis) is outside of shape \(shape)") }
        let (rows, columns) = (Shape(Array(shape.dims[..<split])), Shape(Array(shape.dims[split...])))
        return [ValueFacts(data.elementType, [rows.elementCount, columns.elementCount])]
    }
}

/// ONNX Squeeze: data, axes (optional input; all axes of extent 1 when omitted).
public struct Squeeze: ReshapingOperator {
    public init() {}

    public func outputs(for inputs: [ValueFacts?]) throws(OperatorError) -> [ValueFacts] {
        let data = try inputs.operand(0, "data")
        let axisFacts = try inputs.optionalOperand(1, "axes", ElementType.integers)
        let given = try axisFacts?.integers("axes")
        guard let shape = data.shape, axisFacts == nil || given != nil else { return [ValueFacts(data.elementType, nil)] }
        var dropped = Set(shape.dims.indices.filter { shape[$0] == 1 })
        if let given {
            let axes = try shape.checked(axes: given)
            for axis in axes where shape[axis] != 1 { throw OperatorError("axis \(axis) of \(shape) is not 1 and cannot be squeezed") }
            dropped = Set(axes)
        }
        return [ValueFacts(data.elementType, Shape(shape.dims.indices.filter { !dropped.contains($0) }.map { shape[$0] }))]
    }
}

/// ONNX Unsqueeze: data, axes (input; positions in the output).
public struct Unsqueeze: ReshapingOperator {
    public init() {}

    public func outputs(for inputs: [ValueFacts?]) throws(OperatorError) -> [ValueFacts] {
        let data = try inputs.operand(0, "data")
        let axisFacts = try inputs.operand(1, "axes", ElementType.integers)
        guard let shape = data.shape, let given = try axisFacts.integers("axes") else { return [ValueFacts(data.elementType, nil)] }
        let result = Shape([Int](repeating: 1, count: shape.rank + given.count))
        let axes = Set(try result.checked(axes: given))
        var rest = shape.dims.makeIterator()
        return [ValueFacts(data.elementType, Shape(result.dims.indices.map { axes.contains($0) ? 1 : rest.next() ?? 1 }))]
    }
}
