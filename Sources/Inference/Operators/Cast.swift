import Tensors

/// ONNX Cast. Types that the engine does not compute in are mapped on import (half and double to float32, …).
/// `rounding` keeps a cast to float16 honest: values are rounded to half precision although stored as float32.
///
/// Floats become integers by truncation; NaN becomes 0 and what is out of range the nearest bound. Integers wrap.
public struct Cast: Operator {
    public var elementType: ElementType
    public var roundsToHalf: Bool
    public init(to elementType: ElementType, roundsToHalf: Bool = false) {
        (self.elementType, self.roundsToHalf) = (elementType, roundsToHalf)
    }

    public func outputs(for inputs: [ValueFacts?]) throws(OperatorError) -> [ValueFacts] {
        let x = try inputs.operand(0, "input")
        return [ValueFacts(elementType, x.shape)]
    }

    public func evaluate(_ inputs: [Tensor?]) throws(OperatorError) -> [Tensor] {
        _ = try resultShape(inputs)
        let converted = convert(try inputs.required(0, "input"))
        guard roundsToHalf, elementType == .float32 else { return [converted] }
        return [mapElements(converted) { (x: Float) in Float(Float16(x)) }]
    }

    private func convert(_ x: Tensor) -> Tensor {
        switch (x.elementType, elementType) {
        case (.float32, .int32): mapElements(x) { (x: Float) in Int32(clamping: Double(x)) }
        case (.float32, .int64): mapElements(x) { (x: Float) in Int64(clamping: Double(x)) }
        case (.float32, .bool): mapElements(x) { (x: Float) in x != 0 }
        case (.int32, .float32): mapElements(x) { (x: Int32) in Float(x) }
        case (.int32, .int64): mapElements(x) { (x: Int32) in Int64(x) }
        case (.int32, .bool): mapElements(x) { (x: Int32) in x != 0 }
        case (.int64, .float32): mapElements(x) { (x: Int64) in Float(x) }
        case (.int64, .int32): mapElements(x) { (x: Int64) in Int32(truncatingIfNeeded: x) }
        case (.int64, .bool): mapElements(x) { (x: Int64) in x != 0 }
        case (.bool, .float32): mapElements(x) { (x: Bool) in x ? Float(1) : 0 }
        case (.bool, .int32): mapElements(x) { (x: Bool) in x ? Int32(1) : 0 }
        case (.bool, .int64): mapElements(x) { (x: Bool) in x ? Int64(1) : 0 }
        case (.float32, .float32), (.int32, .int32), (.int64, .int64), (.bool, .bool): x
        }
    }
}
