import Glibc
import Tensors

/// An element-wise function of one float tensor that is rarer than `Unary`'s and has no kernel on images. O(n), one contiguous loop.
///
/// `sign` also takes integers; NaN is NaN's own sign, as in numpy.
public struct Elementary: Operator {
    public enum Function: Sendable, Hashable {
        case sin, cos, tan, asin, acos, atan, sinh, cosh, asinh, acosh, atanh
        case sign, softsign
        /// max(0, x) + min(0, alpha · (e^(x / alpha) − 1))
        case celu(alpha: Float)
        /// x where it exceeds alpha, else 0.
        case thresholdedRelu(alpha: Float)
        /// x + bias below −lambda, x − bias above lambda, else 0.
        case shrink(bias: Float, lambda: Float)
        /// x · sigmoid(alpha · x)
        case swish(alpha: Float)
    }
    public var function: Function
    public init(_ function: Function) { self.function = function }

    public func outputs(for inputs: [ValueFacts?]) throws(OperatorError) -> [ValueFacts] {
        let x = try inputs.operand(0, "X", function == .sign ? ElementType.numeric : [.float32])
        return [ValueFacts(x.elementType, x.shape)]
    }

    public func evaluate(_ inputs: [Tensor?]) throws(OperatorError) -> [Tensor] {
        _ = try resultShape(inputs)
        let x = try inputs.required(0, "X")
        switch x.elementType {
        case .float32: return [onFloats(x)]
        case .int32: return [mapElements(x) { (x: Int32) in x.signum() }]
        case .int64: return [mapElements(x) { (x: Int64) in x.signum() }]
        case .bool: return [x]  // Not reached: refused by the shape rule.
        }
    }

    private func onFloats(_ x: Tensor) -> Tensor {
        switch function {
        case .sin: mapElements(x) { (x: Float) in sinf(x) }
        case .cos: mapElements(x) { (x: Float) in cosf(x) }
        case .tan: mapElements(x) { (x: Float) in tanf(x) }
        case .asin: mapElements(x) { (x: Float) in asinf(x) }
        case .acos: mapElements(x) { (x: Float) in acosf(x) }
        case .atan: mapElements(x) { (x: Float) in atanf(x) }
        case .sinh: mapElements(x) { (x: Float) in sinhf(x) }
        case .cosh: mapElements(x) { (x: Float) in coshf(x) }
        case .asinh: mapElements(x) { (x: Float) in asinhf(x) }
        case .acosh: mapElements(x) { (x: Float) in acoshf(x) }
        case .atanh: mapElements(x) { (x: Float) in atanhf(x) }
        case .sign: mapElements(x) { (x: Float) in x > 0 ? 1 : (x < 0 ? -1 : x) }
        case .softsign: mapElements(x) { (x: Float) in x / (1 + x.magnitude) }
        case .celu(let alpha): mapElements(x) { (x: Float) in x < 0 ? alpha * expm1f(x / alpha) : x }
        case .thresholdedRelu(let alpha): mapElements(x) { (x: Float) in x > alpha ? x : 0 }
        case .shrink(let bias, let lambda): mapElements(x) { (x: Float) in x < -lambda ? x + bias : (x > lambda ? x - bias : 0) }
        case .swish(let alpha): mapElements(x) { (x: Float) in x * ScalarFunction.sigmoid(alpha * x) }
        }
    }
}

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

    public func evaluate(_ inputs: [Tensor?]) throws(OperatorError) -> [Tensor] {
        _ = try resultShape(inputs)
        let x = try inputs.required(0, "X")
        switch question {
        case .isNaN: return [mapElements(x) { (x: Float) in x != x }]
        case .isInfinite(let positive, let negative):
            return [mapElements(x) { (x: Float) in positive && x == .infinity || negative && x == -.infinity }]
        }
    }
}
