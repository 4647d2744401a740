import Tensors

/// ONNX Clip: x, min (optional), max (optional) as inputs (attributes of old opsets become constants).
public struct Clip: Operator {
    public init() {}

    public func outputs(for inputs: [ValueFacts?]) throws(OperatorError) -> [ValueFacts] {
        let x = try inputs.operand(0, "X", ElementType.numeric)
        for (index, name) in [(1, "min"), (2, "max")] {
            guard let bound = try inputs.optionalOperand(index, name, [x.elementType]) else { continue }
            if let shape = bound.shape, shape.elementCount != 1 {
                throw OperatorError("\(name) has shape \(shape) instead of one element")
            }
        }
        return [ValueFacts(x.elementType, x.shape)]
    }

    public func evaluate(_ inputs: [Tensor?]) throws(OperatorError) -> [Tensor] {
        _ = try resultShape(inputs)
        let x = try inputs.required(0, "X")
        switch x.elementType {
        case .float32: return [clip(x, inputs, Float.self)]
        case .int32: return [clip(x, inputs, Int32.self)]
        case .int64: return [clip(x, inputs, Int64.self)]
        case .bool: return [x]  // Not reached: refused by the shape rule.
        }
    }

    /// Where min > max the result is max, as numpy.
    @inline(__always)
    private func clip<T: NumericElement>(_ x: Tensor, _ inputs: [Tensor?], _: T.Type) -> Tensor {
        let low = inputs.optional(1)?.withElements(of: T.self) { $0[0] } ?? T.lowest
        let high = inputs.optional(2)?.withElements(of: T.self) { $0[0] } ?? T.highest
        return mapElements(x) { (x: T) in
            let raised = x < low ? low : x
            return raised > high ? high : raised
        }
    }
}

/// ONNX PRelu: x, slope (broadcast to x).
public struct ParametricRelu: Operator {
    public init() {}

    public func outputs(for inputs: [ValueFacts?]) throws(OperatorError) -> [ValueFacts] {
        let x = try inputs.operand(0, "X", ElementType.numeric)
        let slope = try inputs.operand(1, "slope", [x.elementType])
        if let shape = x.shape, let slopes = slope.shape, try shape.checkedBroadcast(with: slopes) != shape {
            throw OperatorError("slope \(slopes) does not broadcast to X \(shape)")
        }
        return [ValueFacts(x.elementType, slope.shape == nil ? nil : x.shape)]
    }

    public func evaluate(_ inputs: [Tensor?]) throws(OperatorError) -> [Tensor] {
        let shape = try resultShape(inputs)
        let x = try inputs.required(0, "X")
        let slope = try inputs.required(1, "slope")
        switch x.elementType {
        case .float32: return [zipElements(x, slope, shape) { (x: Float, slope: Float) in x < 0 ? x * slope : x }]
        case .int32: return [zipElements(x, slope, shape) { (x: Int32, slope: Int32) in x < 0 ? x &* slope : x }]
        case .int64: return [zipElements(x, slope, shape) { (x: Int64, slope: Int64) in x < 0 ? x &* slope : x }]
        case .bool: return [x]  // Not reached: refused by the shape rule.
        }
    }
}
