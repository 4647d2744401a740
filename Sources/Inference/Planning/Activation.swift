import CKernels
import Tensors

/// The element-wise functions that kernels apply in their epilogue.
public struct Activation: Sendable, Hashable {
    public enum Function: Sendable, Hashable {
        case identity, clamp, leakyRelu, sigmoid, silu, hardSigmoid, hardSwish, tanh, exp, mish, elu
    }
    public var function: Function
    public var a: Float = 0
    public var b: Float = 0

    public static let identity = Activation(function: .identity)
    public static let relu = Activation(function: .clamp, a: 0, b: .infinity)

    /// The same function as a row-major operator; nil for identity.
    public init?(_ function: Unary.Function) {
        switch function {
        case .relu: self = .relu
        case .leakyRelu(let slope): self.init(function: .leakyRelu, a: slope)
        case .sigmoid: self.init(function: .sigmoid)
        case .silu: self.init(function: .silu)
        case .hardSigmoid(let alpha, let beta): self.init(function: .hardSigmoid, a: alpha, b: beta)
        case .hardSwish: self.init(function: .hardSwish)
        case .tanh: self.init(function: .tanh)
        case .exp: self.init(function: .exp)
        case .mish: self.init(function: .mish)
        case .elu(let alpha): self.init(function: .elu, a: alpha)
        default: return nil
        }
    }

    public init(function: Function, a: Float = 0, b: Float = 0) { (self.function, self.a, self.b) = (function, a, b) }

    var kernel: dv_activation {
        let function: dv_function =
            switch self.function {
            case .identity: DV_IDENTITY
            case .clamp: DV_CLAMP
            case .leakyRelu: DV_LEAKY_RELU
            case .sigmoid: DV_SIGMOID
            case .silu: DV_SILU
            case .hardSigmoid: DV_HARD_SIGMOID
            case .hardSwish: DV_HARD_SWISH
            case .tanh: DV_TANH
            case .exp: DV_EXP
            case .mish: DV_MISH
            case .elu: DV_ELU
            }
        return dv_activation(function: function, a: a, b: b)
    }
}
