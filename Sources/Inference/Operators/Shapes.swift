import Tensors

/// ONNX Shape (with opset-15 start/end). Known as soon as the input's shape is.
public struct ShapeOf: Operator {
    public var start: Int
    public var end: Int?
    public init(start: Int = 0, end: Int? = nil) { (self.start, self.end) = (start, end) }

    public func outputs(for inputs: [ValueFacts?]) throws(OperatorError) -> [ValueFacts] {
        let data = try inputs.operand(0, "data")
        guard let shape = data.shape else { return [ValueFacts(.int64, nil)] }
        func clamp(_ axis: Int) -> Int { min(max(axis < 0 ? axis + shape.rank : axis, 0), shape.rank) }
        let first = clamp(start)
        let last = max(end.map(clamp) ?? shape.rank, first)
        return [ValueFacts(constant: Tensor([last - first], shape.dims[first..<last].map { Int64($0) }))]
    }

    public func evaluate(_ inputs: Operands) -> [Tensor] { [inputs.outputs[0].constant!] }
}

/// ONNX Size. Known as soon as the input's shape is.
public struct SizeOf: Operator {
    public init() {}

    public func outputs(for inputs: [ValueFacts?]) throws(OperatorError) -> [ValueFacts] {
        let data = try inputs.operand(0, "data")
        guard let shape = data.shape else { return [ValueFacts(.int64, [])] }
        return [ValueFacts(constant: Tensor(scalar: Int64(shape.elementCount)))]
    }

    public func evaluate(_ inputs: Operands) -> [Tensor] { [inputs.outputs[0].constant!] }
}

/// ONNX ConstantOfShape: `value` has one element.
public struct ConstantOfShape: Operator {
    public var value: Tensor
    public init(value: Tensor) { self.value = value }

    public func outputs(for inputs: [ValueFacts?]) throws(OperatorError) -> [ValueFacts] {
        guard value.shape.elementCount == 1 else { throw OperatorError("value has shape \(value.shape) instead of one element") }
        guard let dims = try inputs.integers(0, "input") else { return [ValueFacts(value.elementType, nil)] }
        return [ValueFacts(value.elementType, try Shape(checking: dims))]
    }

    public func evaluate(_ inputs: Operands) -> [Tensor] {
        [value.strided(inputs.shape, strides: [Int](repeating: 0, count: inputs.shape.rank))]
    }
}

/// ONNX Range: start, limit, delta (scalars): start, start + delta, … before limit.
public struct RangeOf: NumericOperator {
    public init() {}

    public func outputs(for inputs: [ValueFacts?]) throws(OperatorError) -> [ValueFacts] {
        let start = try inputs.operand(0, "start", ElementType.numeric)
        let limit = try inputs.operand(1, "limit", [start.elementType])
        let delta = try inputs.operand(2, "delta", [start.elementType])
        for (index, name) in ["start", "limit", "delta"].enumerated() { try inputs.checkSingle(index, name, start.elementType) }
        guard let start = start.constant, let limit = limit.constant, let delta = delta.constant else {
            return [ValueFacts(start.elementType, nil)]
        }
        return [ValueFacts(start.elementType, try Shape(checking: [try count(start, limit, delta)]))]
    }

    func evaluate<T: NumericElement>(_ inputs: Operands, _: T.Type) -> [Tensor] {
        let (first, step) = (inputs[0].pointer(of: T.self)[0], inputs[2].pointer(of: T.self)[0])
        let result = Tensor(inputs.shape, of: T.self) { out in
            for i in out.indices { out[i] = T.sum(first, T.product(T(clamping: Double(i)), step)) }
        }
        return [result]
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
