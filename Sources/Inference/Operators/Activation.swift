import CKernels
import Tensors

/// The element-wise functions that kernels apply in their epilogue.
public struct Activation: Sendable, Hashable {
    /// In the order of `dv_function`.
    public enum Function: UInt32, Sendable, Hashable {
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

    var kernel: dv_activation { dv_activation(function: dv_function(rawValue: function.rawValue), a: a, b: b) }

    /// The square of the slope where the output is `y`.
    package func squaredSlope(atOutput y: Float) -> Float {
        switch function {
        case .identity: return 1
        case .clamp: return y > a && y < b ? 1 : 0
        case .leakyRelu: return y < 0 ? a * a : 1
        case .sigmoid: return y * (1 - y) * y * (1 - y)
        case .hardSigmoid: return y > 0 && y < 1 ? a * a : 0
        // Not told by the output alone below zero; there the slope is small.
        case .silu, .hardSwish, .mish: return y > 1 ? 1 : y > 0 ? 0.25 + 0.75 * y : 0.05
        case .tanh: return (1 - y * y) * (1 - y * y)
        case .exp: return y * y
        case .elu: return y < 0 ? (y + a) * (y + a) : 1
        }
    }
}

/// An activation with its parameters bound.
public struct Activate: Operator {
    public var activation: Activation
    public init(_ activation: Activation) { self.activation = activation }

    public func outputs(for inputs: [ValueFacts?]) throws(OperatorError) -> [ValueFacts] {
        let x = try inputs.required(0, "x")
        return [ValueFacts(x.elementType, x.shape)]
    }

    public func evaluate(_ inputs: [Tensor?]) throws(OperatorError) -> [Tensor] {
        let x = try inputs.required(0, "x", .float32)
        let function: Unary.Function
        switch activation.function {
        case .identity: return [x]
        case .clamp: return try Clip().evaluate([x, Tensor(scalar: activation.a), Tensor(scalar: activation.b)])
        case .leakyRelu: function = .leakyRelu(slope: activation.a)
        case .sigmoid: function = .sigmoid
        case .silu: function = .silu
        case .hardSigmoid: function = .hardSigmoid(alpha: activation.a, beta: activation.b)
        case .hardSwish: function = .hardSwish
        case .tanh: function = .tanh
        case .exp: function = .exp
        case .mish: function = .mish
        case .elu: function = .elu(alpha: activation.a)
        }
        return try Unary(function).evaluate([x])
    }

    public func spatialLowering(of node: PlannedNode) -> SpatialLowering? {
        guard activation.function != .identity, node.isSpatial(0), let x = node.input(0) else { return nil }
        let channels = node.outputShape[1]
        return .pixelwise(x) { UnaryKernel(activation: activation, channels: channels) }
    }
}

/// Activations, and x · scale[c] + bias[c].
final class UnaryKernel: SpatialKernel {
    let activation: Activation
    let scale: AlignedFloats?
    private let bias: AlignedFloats?
    private let channels: Int

    init(activation: Activation, scale: [Float]? = nil, bias: [Float]? = nil, channels: Int) {
        (self.activation, self.channels) = (activation, channels)
        self.scale = scale.map(AlignedFloats.init)
        self.bias = bias.map(AlignedFloats.init)
    }

    func run(sources: UnsafePointer<Image>, destination: Image, spans: UnsafeBufferPointer<dv_span>, isCompact: Bool) {
        dv_unary(
            activation.kernel, scale.map { UnsafePointer($0.base) }, bias.map { UnsafePointer($0.base) }, Int32(channels), sources[0],
            destination, spans.baseAddress, spans.count, isCompact ? 1 : 0)
    }

    func importance(ofSourcesFrom importance: [Float], _ layer: LayerStatistics) -> [[Float]] {
        guard let scale else { return [importance] }
        return [importance.indices.map { importance[$0] * scale.base[$0] * scale.base[$0] }]
    }
}

extension AlignedFloats {
    convenience init(_ values: [Float]) {
        self.init(count: values.count)
        base.update(from: values, count: values.count)
    }
}
