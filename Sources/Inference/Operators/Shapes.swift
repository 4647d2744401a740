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

/// ONNX Range: start, limit, delta (scalars): start, start + delta, … before limit.
public struct RangeOf: Operator {
    public init() {}

    public func outputs(for inputs: [ValueFacts?]) throws(OperatorError) -> [ValueFacts] {
        let start = try inputs.operand(0, "start", ElementType.numeric)
        let limit = try inputs.operand(1, "limit", [start.elementType])
        let delta = try inputs.operand(2, "delta", [start.elementType])
        for (facts, name) in [(start, "start"), (limit, "limit"), (delta, "delta")] {
            if let shape = facts.shape, shape.elementCount != 1 { throw OperatorError("\(name) has shape \(shape) instead of one element") }
        }
        guard let start = start.constant, let limit = limit.constant, let delta = delta.constant else {
            return [ValueFacts(start.elementType, nil)]
        }
        return [ValueFacts(start.elementType, try Shape(checking: [try count(start, limit, delta)]))]
    }

    public func evaluate(_ inputs: [Tensor?]) throws(OperatorError) -> [Tensor] {
        let shape = try resultShape(inputs)
        let start = try inputs.required(0, "start")
        let delta = try inputs.required(2, "delta")
        switch start.elementType {
        case .float32: return [progression(start, delta, shape, Float.self) { Float($0) }]
        case .int32: return [progression(start, delta, shape, Int32.self) { Int32(truncatingIfNeeded: $0) }]
        case .int64: return [progression(start, delta, shape, Int64.self) { Int64($0) }]
        case .bool: return [start]  // Not reached: refused by the shape rule.
        }
    }

    private func progression<T: NumericElement>(
        _ start: Tensor, _ delta: Tensor, _ shape: Shape, _: T.Type, _ index: (Int) -> T
    ) -> Tensor {
        let first = start.withElements(of: T.self) { $0[0] }
        let step = delta.withElements(of: T.self) { $0[0] }
        return Tensor(shape, of: T.self) { out in
            for i in out.indices { out[i] = T.sum(first, T.product(index(i), step)) }
        }
    }

    private func count(_ start: Tensor, _ limit: Tensor, _ delta: Tensor) throws(OperatorError) -> Int {
        guard start.elementType == .float32 else {
            return try count(start.integerElements[0], limit.integerElements[0], delta.integerElements[0])
        }
        let values = [start, limit, delta].map { Double($0.elements(of: Float.self)[0]) }
        let count = ((values[1] - values[0]) / values[2]).rounded(.up)
        guard count.isFinite, count <= Double(largestElementCount) else {
            throw OperatorError("a range from \(values[0]) to \(values[1]) by \(values[2]) has no usable length")
        }
        return max(0, Int(clamping: Int64(clamping: count)))
    }

    private func count(_ start: Int, _ limit: Int, _ delta: Int) throws(OperatorError) -> Int {
        let (distance, overflow) = limit.subtractingReportingOverflow(start)
        guard delta != 0, !overflow else { throw OperatorError("a range from \(start) to \(limit) by \(delta) has no usable length") }
        if distance == 0 || (distance < 0) != (delta < 0) { return 0 }
        return Int(clamping: (distance.magnitude - 1) / delta.magnitude + 1)
    }
}
