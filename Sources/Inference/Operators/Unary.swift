import Glibc
import Tensors

/// An element-wise function of one tensor. O(n).
public struct Unary: Operator {
    public enum Function: Sendable, Hashable {
        case relu, leakyRelu(slope: Float), elu(alpha: Float), selu(alpha: Float, gamma: Float)
        case sigmoid, hardSigmoid(alpha: Float, beta: Float), hardSwish, silu, mish, softplus
        case gelu(tanhApproximation: Bool), erf, tanh
        case exp, log, sqrt, reciprocal, abs, negative, floor, ceil, round
        case not, identity
    }
    public var function: Function
    public init(_ function: Function) { self.function = function }

    public func outputs(for inputs: [ValueFacts?]) throws(OperatorError) -> [ValueFacts] {
        let x = try inputs.operand(0, "X", operandTypes)
        return [ValueFacts(x.elementType, x.shape, constant: function == .identity ? x.constant : nil)]
    }

    public func evaluate(_ inputs: [Tensor?]) throws(OperatorError) -> [Tensor] {
        _ = try resultShape(inputs)
        let x = try inputs.required(0, "X")
        switch (function, x.elementType) {
        case (.identity, _): return [x]
        case (.not, _): return [mapElements(x) { (x: Bool) in !x }]
        case (_, .float32): return [onFloats(x)]
        case (_, .int32): return [onIntegers(x, Int32.self)]
        case (_, .int64): return [onIntegers(x, Int64.self)]
        case (_, .bool): return [x]  // Not reached: refused by the shape rule.
        }
    }

    public func isIdentity(for inputs: [ValueFacts?]) -> Bool { function == .identity }

    private var operandTypes: [ElementType] {
        switch function {
        case .identity: ElementType.any
        case .not: [.bool]
        case .relu, .abs, .negative: ElementType.numeric
        default: [.float32]
        }
    }

    private func onIntegers<T: NumericElement & FixedWidthInteger & SignedInteger>(_ x: Tensor, _: T.Type) -> Tensor {
        switch function {
        case .relu: mapElements(x) { (x: T) in Swift.max(x, 0) }
        case .abs: mapElements(x) { (x: T) in x < 0 ? 0 &- x : x }
        case .negative: mapElements(x) { (x: T) in 0 &- x }
        default: x  // Not reached: refused by the shape rule.
        }
    }

    private func onFloats(_ x: Tensor) -> Tensor {
        switch function {
        case .relu: mapElements(x) { (x: Float) in x < 0 ? 0 : x }
        case .leakyRelu(let slope): mapElements(x) { (x: Float) in x < 0 ? x * slope : x }
        case .elu(let alpha): mapElements(x) { (x: Float) in x < 0 ? alpha * expm1f(x) : x }
        case .selu(let alpha, let gamma): mapElements(x) { (x: Float) in gamma * (x <= 0 ? alpha * expm1f(x) : x) }
        case .sigmoid: mapElements(x) { (x: Float) in ScalarFunction.sigmoid(x) }
        case .hardSigmoid(let alpha, let beta): mapElements(x) { (x: Float) in ScalarFunction.clamp01(alpha * x + beta) }
        case .hardSwish: mapElements(x) { (x: Float) in x * ScalarFunction.clamp01(x * (1 / 6) + 0.5) }
        case .silu: mapElements(x) { (x: Float) in x * ScalarFunction.sigmoid(x) }
        case .mish: mapElements(x) { (x: Float) in x * tanhf(ScalarFunction.softplus(x)) }
        case .softplus: mapElements(x) { (x: Float) in ScalarFunction.softplus(x) }
        case .gelu(tanhApproximation: false): mapElements(x) { (x: Float) in 0.5 * x * (1 + erff(x * 0.70710678)) }
        case .gelu(tanhApproximation: true):
            mapElements(x) { (x: Float) in 0.5 * x * (1 + tanhf(0.7978845608 * (x + 0.044715 * x * x * x))) }
        case .erf: mapElements(x) { (x: Float) in erff(x) }
        case .tanh: mapElements(x) { (x: Float) in tanhf(x) }
        case .exp: mapElements(x) { (x: Float) in expf(x) }
        case .log: mapElements(x) { (x: Float) in logf(x) }
        case .sqrt: mapElements(x) { (x: Float) in x.squareRoot() }
        case .reciprocal: mapElements(x) { (x: Float) in 1 / x }
        case .abs: mapElements(x) { (x: Float) in x.magnitude }
        case .negative: mapElements(x) { (x: Float) in -x }
        case .floor: mapElements(x) { (x: Float) in x.rounded(.down) }
        case .ceil: mapElements(x) { (x: Float) in x.rounded(.up) }
        case .round: mapElements(x) { (x: Float) in x.rounded(.toNearestOrEven) }
        case .not, .identity: x
        }
    }
}

/// Scalar activations that several operators share.
enum ScalarFunction {
    /// Overflow-free on both sides: expf(−x) = ∞ gives 0.
    @inline(__always) static func sigmoid(_ x: Float) -> Float { 1 / (1 + expf(-x)) }
    @inline(__always) static func clamp01(_ x: Float) -> Float { x < 0 ? 0 : (x > 1 ? 1 : x) }
    /// log(1 + eˣ) without overflow for large x or cancellation for small.
    @inline(__always) static func softplus(_ x: Float) -> Float { (x > 0 ? x : 0) + log1pf(expf(-x.magnitude)) }
}

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

    public func isIdentity(for inputs: [ValueFacts?]) -> Bool { inputs.optional(0)?.elementType == elementType && !roundsToHalf }

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
