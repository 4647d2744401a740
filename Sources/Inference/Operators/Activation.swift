import CKernels
import Tensors

extension Unary.Function {
    /// The function as kernels apply it in their epilogue; nil for those that have no such form.
    var kernel: dv_activation? {
        switch self {
        case .identity: dv_activation(function: DV_IDENTITY, a: 0, b: 0)
        case .relu: dv_activation(function: DV_CLAMP, a: 0, b: .infinity)
        case .clamp(let low, let high): dv_activation(function: DV_CLAMP, a: low, b: high)
        case .leakyRelu(let slope): dv_activation(function: DV_LEAKY_RELU, a: slope, b: 0)
        case .sigmoid: dv_activation(function: DV_SIGMOID, a: 0, b: 0)
        case .silu: dv_activation(function: DV_SILU, a: 0, b: 0)
        case .hardSigmoid(let alpha, let beta): dv_activation(function: DV_HARD_SIGMOID, a: alpha, b: beta)
        case .hardSwish: dv_activation(function: DV_HARD_SWISH, a: 0, b: 0)
        case .tanh: dv_activation(function: DV_TANH, a: 0, b: 0)
        case .exp: dv_activation(function: DV_EXP, a: 0, b: 0)
        case .mish: dv_activation(function: DV_MISH, a: 0, b: 0)
        case .elu(let alpha): dv_activation(function: DV_ELU, a: alpha, b: 0)
        case .swish(let alpha): dv_activation(function: DV_SWISH, a: alpha, b: 0)
        case .erf: dv_activation(function: DV_ERF, a: 0, b: 0)
        case .gelu(let tanhApproximation): dv_activation(function: tanhApproximation ? DV_GELU_TANH : DV_GELU, a: 0, b: 0)
        default: nil
        }
    }

    /// The square of the slope where the output is `y`, of functions that kernels apply.
    func squaredSlope(atOutput y: Float) -> Float {
        switch self {
        case .relu: y > 0 && y < .infinity ? 1 : 0
        case .clamp(let low, let high): y > low && y < high ? 1 : 0
        case .leakyRelu(let slope): y < 0 ? slope * slope : 1
        case .sigmoid: y * (1 - y) * y * (1 - y)
        case .hardSigmoid(let alpha, _): y > 0 && y < 1 ? alpha * alpha : 0
        case .tanh: (1 - y * y) * (1 - y * y)
        case .exp: y * y
        case .elu(let alpha): y < 0 ? (y + alpha) * (y + alpha) : 1
        default: isSmoothStep ? Self.squaredSlope(ofSmoothStepAt: y) : 1
        }
    }

    /// Whether it is one of those that are about zero below zero and about the identity above.
    var isSmoothStep: Bool {
        switch self {
        case .silu, .hardSwish, .mish, .swish, .gelu: true
        default: false
        }
    }

    /// Of those. Not told by the output alone below zero; there the slope is small.
    @inline(__always)
    static func squaredSlope(ofSmoothStepAt y: Float) -> Float { y > 1 ? 1 : y > 0 ? 0.25 + 0.75 * y : 0.05 }
}

extension Unary {
    public func spatialLowering(of node: PlannedNode) -> SpatialLowering? {
        guard function != .identity, function.kernel != nil, node.isSpatial(0), let x = node.input(0) else { return nil }
        let channels = node.outputShape[1]
        return .pixelwise(x) { UnaryKernel(activation: function, channels: channels) }
    }
}

/// Activations, and x · scale[c] + bias[c].
struct UnaryKernel: SpatialKernel {
    var activation = Unary.Function.identity
    var scale: AlignedFloats?
    var bias: AlignedFloats?
    let channels: Int

    func run(sources: UnsafePointer<Image>, destination: Image, spans: UnsafeBufferPointer<dv_span>, isCompact: Bool) {
        dv_unary(
            activation.kernel!, scale.map { UnsafePointer($0.base) }, bias.map { UnsafePointer($0.base) }, Int32(channels), sources[0],
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
