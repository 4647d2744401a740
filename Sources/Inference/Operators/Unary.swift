import Tensors

/// An element-wise function of one tensor.
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
}

/// ONNX Clip: x, min (optional), max (optional) as inputs (attributes of old opsets become constants).
public struct Clip: Operator {
    public init() {}
}

/// ONNX PRelu: x, slope (broadcast to x).
public struct ParametricRelu: Operator {
    public init() {}
}

/// ONNX Cast. Types that the engine does not compute in are mapped on import (half and double to float32, …).
/// `rounding` keeps a cast to float16 honest: values are rounded to half precision although stored as float32.
public struct Cast: Operator {
    public var elementType: ElementType
    public var roundsToHalf: Bool
    public init(to elementType: ElementType, roundsToHalf: Bool = false) {
        (self.elementType, self.roundsToHalf) = (elementType, roundsToHalf)
    }
}
