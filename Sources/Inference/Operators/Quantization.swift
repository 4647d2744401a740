import Tensors

/// ONNX QuantizeLinear: x, scale, zero point (optional): x / scale, rounded (halves to even), plus the zero point, within the type's range.
/// O(n).
public struct QuantizeLinear: Operator {
    /// 8 or 16 bits. The zero point, where there is one, has it too.
    public var elementType: ElementType
    /// Nil: the zero point's, or uint8.
    public init(to elementType: ElementType? = nil, axis: Int = 1, block: Int = 0) {
        (self.elementType, isStated, self.axis, self.block) = (elementType ?? .uint8, elementType != nil, axis, block)
    }
    private let isStated: Bool
    public var axis, block: Int

    static let types: [ElementType] = [.uint8, .int8, .uint16, .int16]

    public func outputs(for inputs: [ValueFacts?]) throws(OperatorError) -> [ValueFacts] {
        let x = try inputs.operand(0, "x", [.float32, .int32])
        let type = isStated ? elementType : try inputs.optionalOperand(2, "zero_point", Self.types)?.elementType ?? elementType
        guard Self.types.contains(type) else { throw OperatorError("nothing is quantised to \(type)") }
        try inputs.checkScale(axis: axis, block: block, zeroPoint: type)
        return [ValueFacts(type, x.shape)]
    }

    public func evaluate(_ inputs: Operands) throws(OperatorError) -> [Tensor] {
        let layout = try ScaleLayout(inputs.shape, scale: inputs[1].shape, axis: axis, block: block)
        let compute = Quantization(x: inputs[0].converted(to: .float32), scales: inputs[1], zeroPoints: inputs.optional(2), layout: layout)
        return [try inputs.outputs[0].elementType.compute(compute)!]
    }
}

private struct Quantization: NumericComputation {
    let x, scales: Tensor
    let zeroPoints: Tensor?
    let layout: ScaleLayout

    func callAsFunction<T: NumericElement>(_: T.Type) -> Tensor {
        let (x, scales, zeros) = (x.pointer(of: Float.self), scales.pointer(of: Float.self), zeroPoints?.pointer(of: T.self))
        return Tensor(self.x.shape, of: T.self) { out in
            let out = out.baseAddress!
            layout.forEachRun { elements, first, step in
                if step == 0 {
                    let level = Level(scale: scales[first], zero: zeros?[first] ?? .zero)
                    for i in elements { out[i] = T(level: level.nearest(x[i]) + level.zero) }
                } else {
                    for (k, i) in elements.enumerated() {
                        let level = Level(scale: scales[first + k], zero: zeros?[first + k] ?? .zero)
                        out[i] = T(level: level.nearest(x[i]) + level.zero)
                    }
                }
            }
        }
    }
}

/// How one type of small integers stands for numbers: (level − zero) · scale.
struct Level: Equatable {
    let scale, zero: Float
    /// The type's range, less the zero point.
    let low, high: Float

    init<T: NumericElement>(scale: Float, zero: T) {
        (self.scale, self.zero) = (scale, zero.asFloat)
        (low, high) = (T.lowest.asFloat - self.zero, T.highest.asFloat - self.zero)
    }

    /// The level for a number, less the zero point. NaN is the lowest. Clamped first, so that rounding has small numbers only.
    @inline(__always)
    func nearest(_ x: Float) -> Float {
        let scaled = x / scale
        let raised = scaled > low ? scaled : low
        return roundedToEven(raised < high ? raised : high)
    }
}

extension NumericElement {
    /// A whole number within the range of the type, which has 16 bits at most.
    @inline(__always)
    fileprivate init(level: Float) { self.init(converting: Int32(level)) }
}

/// ONNX DequantizeLinear: x, scale, zero point (optional): (x − zero point) · scale, in float32. O(n).
public struct DequantizeLinear: NumericOperator {
    public var axis, block: Int
    public init(axis: Int = 1, block: Int = 0) { (self.axis, self.block) = (axis, block) }

    public func outputs(for inputs: [ValueFacts?]) throws(OperatorError) -> [ValueFacts] {
        let x = try inputs.operand(0, "x", QuantizeLinear.types + [.int32])
        try inputs.checkScale(axis: axis, block: block, zeroPoint: x.elementType)
        return [ValueFacts(.float32, x.shape)]
    }

    func evaluate<T: NumericElement>(_ inputs: Operands, _: T.Type) throws(OperatorError) -> [Tensor] {
        let layout = try ScaleLayout(inputs.shape, scale: inputs[1].shape, axis: axis, block: block)
        let (x, scales, zeros) = (inputs[0].pointer(of: T.self), inputs[1].pointer(of: Float.self), inputs.optional(2)?.pointer(of: T.self))
        let result = Tensor(inputs.shape, of: Float.self) { out in
            let out = out.baseAddress!
            layout.forEachRun { elements, first, step in
                if step == 0 {
                    let (scale, zero) = (scales[first], zeros?[first].asFloat ?? 0)
                    for i in elements { out[i] = (x[i].asFloat - zero) * scale }
                } else {
                    for (k, i) in elements.enumerated() {
                        out[i] = (x[i].asFloat - (zeros?[first + k].asFloat ?? 0)) * scales[first + k]
                    }
                }
            }
        }
        return [result]
    }
}

/// ONNX DynamicQuantizeLinear: x as uint8, with the scale and zero point that its smallest and largest element ask for, zero among them.
/// Outputs: y, scale, zero point. O(n).
public struct DynamicQuantizeLinear: Operator {
    public init() {}

    public func outputs(for inputs: [ValueFacts?]) throws(OperatorError) -> [ValueFacts] {
        let x = try inputs.operand(0, "x", [.float32])
        return [ValueFacts(.uint8, x.shape), ValueFacts(.float32, []), ValueFacts(.uint8, [])]
    }

    public func evaluate(_ inputs: Operands) throws(OperatorError) -> [Tensor] {
        let (least, greatest) = extremes(inputs[0].pointer(of: Float.self), count: inputs[0].shape.elementCount)
        let (scale, zero) = LevelRange.range(least, greatest)
        let (scaleTensor, zeroTensor) = (Tensor(scalar: scale), Tensor(scalar: zero))
        return try QuantizeLinear().evaluate([inputs[0], scaleTensor, zeroTensor]) + [scaleTensor, zeroTensor]
    }
}
