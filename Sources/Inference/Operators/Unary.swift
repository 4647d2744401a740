import CKernels
import Glibc
import Tensors

/// An element-wise function of one tensor. O(n).
public struct Unary: NumericOperator {
    public enum Function: Sendable, Hashable {
        case relu, clamp(low: Float, high: Float), leakyRelu(slope: Float), elu(alpha: Float), selu(alpha: Float, gamma: Float)
        case sigmoid, hardSigmoid(alpha: Float, beta: Float), hardSwish, silu, mish, softplus
        case gelu(tanhApproximation: Bool), erf, tanh
        case exp, log, sqrt, reciprocal, abs, negative, floor, ceil, round
        case sin, cos, tan, asin, acos, atan, sinh, cosh, asinh, acosh, atanh, softsign
        /// NaN is NaN's own sign, as in numpy.
        case sign
        /// max(0, x) + min(0, alpha · (e^(x / alpha) − 1))
        case celu(alpha: Float)
        /// x where it exceeds alpha, else 0.
        case thresholdedRelu(alpha: Float)
        /// x + bias below −lambda, x − bias above lambda, else 0.
        case shrink(bias: Float, lambda: Float)
        /// x · sigmoid(alpha · x)
        case swish(alpha: Float)
        /// alpha · x + beta
        case affine(alpha: Float, beta: Float)
        /// alpha · tanh(beta · x)
        case scaledTanh(alpha: Float, beta: Float)
        case not, bitwiseNot, identity
    }
    public var function: Function
    public init(_ function: Function) { self.function = function }

    public func outputs(for inputs: [ValueFacts?]) throws(OperatorError) -> [ValueFacts] {
        // What only hands its input on may do so with a sequence.
        if function == .identity, let x = inputs.optional(0), x.isSequence { return [x] }
        let x = try inputs.operand(0, "X", operandTypes)
        return [ValueFacts(x.elementType, x.shape, constant: function == .identity ? x.constant : nil)]
    }

    func evaluate<T: NumericElement>(_ inputs: Operands, _: T.Type) -> [Tensor] {
        let x = inputs[0]
        return switch function {
        case .identity: [x]
        case _ where T.self == Float.self:
            [Tensor(x.shape, of: Float.self) { function.apply(x.pointer(), to: $0.baseAddress!, count: $0.count) }]
        case .relu: [mapElements(x) { (x: T) in x < .zero ? .zero : x }]
        case .abs: [mapElements(x) { (x: T) in x < .zero ? T.difference(.zero, x) : x }]
        case .negative: [mapElements(x) { (x: T) in T.difference(.zero, x) }]
        case .sign: [mapElements(x) { (x: T) in T(clamping: x > .zero ? 1 : x < .zero ? -1 : 0) }]
        case .bitwiseNot: [mapElements(x) { (x: T) in T.difference(T.sum(.highest, .lowest), x) }]
        default: [x]  // Not reached: refused by the shape rule.
        }
    }

    func evaluateBools(_ inputs: Operands) -> [Tensor] { function == .not ? [mapElements(inputs[0]) { (x: Bool) in !x }] : [inputs[0]] }

    public func isIdentity(for inputs: [ValueFacts?]) -> Bool { function == .identity }

    private var operandTypes: [ElementType] {
        switch function {
        case .identity: ElementType.any
        case .not: [.bool]
        case .relu, .abs, .negative, .sign: ElementType.numeric
        case .bitwiseNot: ElementType.integers
        default: [.float32]
        }
    }
}

extension Unary.Function {
    /// y[i] = f(x[i]), of floats; both may be the same memory.
    func apply(_ x: UnsafePointer<Float>, to y: UnsafeMutablePointer<Float>, count: Int) {
        guard let kernel else { return applyScalar(x, to: y, count: count) }
        // One pixel whose channels are the values, in pieces whose number a kernel can count.
        for start in stride(from: 0, to: count, by: 1 << 20) {
            let source = Image(base: UnsafeMutablePointer(mutating: x) + start, row: 0, pixel: 0)
            var pixel = dv_span(row: 0, begin: 0, end: 1)
            dv_unary(kernel, nil, nil, Int32(min(count - start, 1 << 20)), source, Image(base: y + start, row: 0, pixel: 0), &pixel, 1, 0)
        }
    }

    /// The functions that kernels do not have.
    private func applyScalar(_ x: UnsafePointer<Float>, to y: UnsafeMutablePointer<Float>, count: Int) {
        @inline(__always) func map(_ f: (Float) -> Float) { for i in 0..<count { y[i] = f(x[i]) } }
        switch self {
        case .selu(let alpha, let gamma): map { x in gamma * (x <= 0 ? alpha * expm1f(x) : x) }
        case .softplus: map { x in logOnePlusExp(x) }
        case .log: map { x in logf(x) }
        case .sqrt: map { x in x.squareRoot() }
        case .reciprocal: map { x in 1 / x }
        case .abs: map { x in x.magnitude }
        case .negative: map { x in -x }
        case .floor: map { x in x.rounded(.down) }
        case .ceil: map { x in x.rounded(.up) }
        case .round: map { x in x.rounded(.toNearestOrEven) }
        case .sin: map { x in sinf(x) }
        case .cos: map { x in cosf(x) }
        case .tan: map { x in tanf(x) }
        case .asin: map { x in asinf(x) }
        case .acos: map { x in acosf(x) }
        case .atan: map { x in atanf(x) }
        case .sinh: map { x in sinhf(x) }
        case .cosh: map { x in coshf(x) }
        case .asinh: map { x in asinhf(x) }
        case .acosh: map { x in acoshf(x) }
        case .atanh: map { x in atanhf(x) }
        case .softsign: map { x in x / (1 + x.magnitude) }
        case .sign: map { x in x > 0 ? 1 : x < 0 ? -1 : x }
        case .celu(let alpha): map { x in x < 0 ? alpha * expm1f(x / alpha) : x }
        case .thresholdedRelu(let alpha): map { x in x > alpha ? x : 0 }
        case .shrink(let bias, let lambda): map { x in x < -lambda ? x + bias : x > lambda ? x - bias : 0 }
        case .affine(let alpha, let beta): map { x in alpha * x + beta }
        case .scaledTanh(let alpha, let beta): map { x in alpha * tanhf(beta * x) }
        default: map { x in x }  // identity; the others have kernels, or no floats
        }
    }
}

/// log(1 + eˣ) without overflow for large x or cancellation for small.
@inline(__always) private func logOnePlusExp(_ x: Float) -> Float { (x > 0 ? x : 0) + log1pf(expf(-x.magnitude)) }

/// A question about each element of a float tensor, answered with a bool. O(n).
public struct FloatTest: Operator {
    public enum Question: Sendable, Hashable {
        case isNaN
        case isInfinite(positive: Bool, negative: Bool)
    }
    public var question: Question
    public init(_ question: Question) { self.question = question }

    public func outputs(for inputs: [ValueFacts?]) throws(OperatorError) -> [ValueFacts] {
        [ValueFacts(.bool, try inputs.operand(0, "X", [.float32]).shape)]
    }

    public func evaluate(_ inputs: Operands) -> [Tensor] {
        switch question {
        case .isNaN: [mapElements(inputs[0]) { (x: Float) in x != x }]
        case .isInfinite(let positive, let negative):
            [mapElements(inputs[0]) { (x: Float) in positive && x == .infinity || negative && x == -.infinity }]
        }
    }
}
