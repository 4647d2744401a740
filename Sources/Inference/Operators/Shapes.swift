import Tensors

/// ONNX Shape (with opset-15 start/end). Known as soon as the input's shape is.
public struct ShapeOf: Operator {
    public var start: Int
    public var end: Int?
    public init(start: Int = 0, end: Int? = nil) { (self.start, self.end) = (start, end) }

    public func outputs(for inputs: [ValueFacts?]) throws(OperatorError) -> [ValueFacts] {
        let data = try inputs.operand(0, "data")
        guard let shape = data.shape else { return [ValueFacts(.int64, nil)] }
        return [ValueFacts(constant: extents(shape))]
    }

    public func evaluate(_ inputs: [Tensor?]) throws(OperatorError) -> [Tensor] {
        [extents(try inputs.required(0, "data").shape)]
    }

    private func extents(_ shape: Shape) -> Tensor {
        func clamp(_ axis: Int) -> Int { min(max(axis < 0 ? axis + shape.rank : axis, 0), shape.rank) }
        let first = clamp(start)
        let last = max(end.map(clamp) ?? shape.rank, first)
        return Tensor([last - first], shape.dims[first..<last].map { Int64($0) })
    }
}

/// ONNX Size. Known as soon as the input's shape is.
public struct SizeOf: Operator {
    public init() {}

    public func outputs(for inputs: [ValueFacts?]) throws(OperatorError) -> [ValueFacts] {
        let data = try inputs.operand(0, "data")
        guard let shape = data.shape else { return [ValueFacts(.int64, [])] }
        return [ValueFacts(constant: Tensor(scalar: Int64(shape.elementCount)))]
    }

    public func evaluate(_ inputs: [Tensor?]) throws(OperatorError) -> [Tensor] {
        [Tensor(scalar: Int64(try inputs.required(0, "data").shape.elementCount))]
    }
}

/// ONNX ConstantOfShape: `value` has one element.
public struct ConstantOfShape: Operator {
    public var value: Tensor
    public init(value: Tensor) { self.value = value }

    public func outputs(for inputs: [ValueFacts?]) throws(OperatorError) -> [ValueFacts] {
        guard value.shape.elementCount == 1 else { throw OperatorError("value has shape \(value.shape) instead of one element") }
        guard let dims = try inputs.operand(0, "input", ElementType.integers).integers("input") else {
            return [ValueFacts(value.elementType, nil)]
        }
        return [ValueFacts(value.elementType, try Shape(checking: dims))]
    }

    public func evaluate(_ inputs: [Tensor?]) throws(OperatorError) -> [Tensor] {
        let shape = try resultShape(inputs)
        return [value.strided(shape, strides: [Int](repeating: 0, count: shape.rank))]
    }
}
