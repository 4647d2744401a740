import Glibc
import Tensors

/// An element-wise function of one tensor. O(n).
public struct Unary: NumericOperator {
    public enum Function: Sendable, Hashable {
        case relu, clamp(low: Float, high: Float), leakyRelu(slope: Float), elu(alpha: Float), selu(alpha: Float, gamma: Float)
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

    func evaluate<T: NumericElement>(_ inputs: Operands, _: T.Type) -> [Tensor] {
        let x = inputs[0]
        return switch function {
        case .identity: [x]
        case _ where T.self == Float.self: [onFloats(x)]
        case .relu: [mapElements(x) { (x: T) in x < .zero ? .zero : x }]
        case .abs: [mapElements(x) { (x: T) in x < .zero ? T.difference(.zero, x) : x }]
        case .negative: [mapElements(x) { (x: T) in T.difference(.zero, x) }]
        default: [x]  // Not reached: refused by the shape rule.
        }
    }

    func evaluateBools(_ inputs: Operands) -> [Tensor] { function == .not ? [mapElements(inputs[0]) { (x: Bool) in !x }] : [inputs[0]] }

    public func isIdentity(for inputs: [ValueFacts?]) -> Bool { function == .identity }

    private var operandTypes: [ElementType] {
        switch function {
        case .identity: ElementType.any
        case .not: [.bool]
        case .relu, .abs, .negative: ElementType.numeric
        default: [.float32]
        }
    }

    private func onFloats(_ x: Tensor) -> Tensor {
        switch function {
        case .relu: mapElements(x) { (x: Float) in x < 0 ? 0 : x }
        case .clamp(let low, let high): mapElements(x) { (x: Float) in x.clamped(low, high) }
        case .leakyRelu(let slope): mapElements(x) { (x: Float) in x < 0 ? x * slope : x }
        case .elu(let alpha): mapElements(x) { (x: Float) in x < 0 ? alpha * expm1f(x) : x }
        case .selu(let alpha, let gamma): mapElements(x) { (x: Float) in gamma * (x <= 0 ? alpha * expm1f(x) : x) }
        case .sigmoid: mapElements(x) { (x: Float) in sigmoid(x) }
        case .hardSigmoid(let alpha, let beta): mapElements(x) { (x: Float) in (alpha * x + beta).clamped(0, 1) }
        case .hardSwish: mapElements(x) { (x: Float) in x * (x * (1 / 6) + 0.5).clamped(0, 1) }
        case .silu: mapElements(x) { (x: Float) in x * sigmoid(x) }
        case .mish: mapElements(x) { (x: Float) in x * tanhf(softplus(x)) }
        case .softplus: mapElements(x) { (x: Float) in softplus(x) }
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

/// Overflow-free on both sides: expf(−x) = ∞ gives 0.
@inline(__always) private func sigmoid(_ x: Float) -> Float { 1 / (1 + expf(-x)) }

/// log(1 + eˣ) without overflow for large x or cancellation for small.
@inline(__always) private func softplus(_ x: Float) -> Float { (x > 0 ? x : 0) + log1pf(expf(-x.magnitude)) }

/// ONNX Cast. Types that the engine does not compute in are mapped on import (half and double to float32, …).
/// `rounding` keeps a cast to float16 honest: values are rounded to half precision although stored as float32.
///
/// Floats become integers by truncation; NaN becomes 0 and what is out of range the nearest bound. Integers wrap.
public struct Cast: NumericOperator {
    public var elementType: ElementType
    public var roundsToHalf: Bool
    public init(to elementType: ElementType, roundsToHalf: Bool = false) {
        (self.elementType, self.roundsToHalf) = (elementType, roundsToHalf)
    }

    public func outputs(for inputs: [ValueFacts?]) throws(OperatorError) -> [ValueFacts] {
        let x = try inputs.operand(0, "input")
        return [ValueFacts(elementType, x.shape)]
    }

    func evaluate<T: NumericElement>(_ inputs: Operands, _: T.Type) -> [Tensor] {
        let x = inputs[0]
        return switch elementType {
        case .float32 where roundsToHalf: [mapElements(x) { (x: T) in Float(Float16(x.asFloat)) }]
        case x.elementType: [x]
        case .float32: [mapElements(x) { (x: T) in x.asFloat }]
        case .int32: [mapElements(x) { (x: T) in T.isInteger ? Int32(truncatingIfNeeded: x.asInteger) : Int32(clamping: x.asDouble) }]
        case .int64: [mapElements(x) { (x: T) in x.asInteger }]
        case .bool: [mapElements(x) { (x: T) in x != .zero }]
        }
    }

    func evaluateBools(_ inputs: Operands) -> [Tensor] {
        switch elementType {
        case .float32: [mapElements(inputs[0]) { (x: Bool) in x ? Float(1) : 0 }]
        case .int32: [mapElements(inputs[0]) { (x: Bool) in x ? Int32(1) : 0 }]
        case .int64: [mapElements(inputs[0]) { (x: Bool) in x ? Int64(1) : 0 }]
        case .bool: [inputs[0]]
        }
    }

    public func isIdentity(for inputs: [ValueFacts?]) -> Bool { inputs.optional(0)?.elementType == elementType && !roundsToHalf }
}
