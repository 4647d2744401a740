import Tensors

// Operators that no model file holds: passes make them, kernels run them, and their row-major form keeps passes testable.

/// Convolution with what follows it: out = activation(conv(x, w, b) + residual), or activation(conv) + residual.
/// Inputs: x, w, b (optional), residual (optional).
public struct FusedConvolution: Operator {
    public var convolution: Convolution
    public var activation: Activation
    public var addsAfterActivation: Bool

    public init(_ convolution: Convolution, activation: Activation = .identity, addsAfterActivation: Bool = false) {
        (self.convolution, self.activation, self.addsAfterActivation) = (convolution, activation, addsAfterActivation)
    }

    public func outputs(for inputs: [ValueFacts?]) throws(OperatorError) -> [ValueFacts] {
        try convolution.outputs(for: Array(inputs.prefix(3)))
    }

    public func evaluate(_ inputs: [Tensor?]) throws(OperatorError) -> [Tensor] {
        var result = try convolution.evaluate(Array(inputs.prefix(3)))
        let residual = inputs.optional(3)
        if let residual, !addsAfterActivation { result = try Binary(.add).evaluate([result[0], residual]) }
        result = try Activate(activation).evaluate([result[0]])
        if let residual, addsAfterActivation { result = try Binary(.add).evaluate([result[0], residual]) }
        return result
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
}

/// x · scale[c] + bias[c]: a batch normalisation that follows no convolution.
public struct ChannelAffine: Operator {
    public var scale: [Float]
    public var bias: [Float]
    public init(scale: [Float], bias: [Float]) { (self.scale, self.bias) = (scale, bias) }

    public func outputs(for inputs: [ValueFacts?]) throws(OperatorError) -> [ValueFacts] {
        let x = try inputs.required(0, "x")
        return [ValueFacts(x.elementType, x.shape)]
    }

    public func evaluate(_ inputs: [Tensor?]) throws(OperatorError) -> [Tensor] {
        let x = try inputs.required(0, "x", .float32)
        let shape = Shape([1, scale.count] + Array(repeating: 1, count: max(0, x.shape.rank - 2)))
        let scaled = try Binary(.multiply).evaluate([x, Tensor(shape, scale)])
        return try Binary(.add).evaluate([scaled[0], Tensor(shape, bias)])
    }
}

/// out[n, c] = in[n, map[c]]: what a channel shuffle, a split or a slice of channels is.
public struct ChannelMap: Operator {
    public var map: [Int]
    public init(map: [Int]) { self.map = map }

    /// The first channel when the map is a run of consecutive ones.
    public var contiguousStart: Int? {
        guard let first = map.first else { return nil }
        return map.enumerated().allSatisfy { $1 == first + $0 } ? first : nil
    }

    public func outputs(for inputs: [ValueFacts?]) throws(OperatorError) -> [ValueFacts] {
        let x = try inputs.required(0, "x")
        guard var shape = x.shape else { return [ValueFacts(x.elementType, nil)] }
        guard shape.rank >= 2, map.allSatisfy({ $0 >= 0 && $0 < shape[1] }) else { throw OperatorError("channel map beyond \(shape)") }
        shape[1] = map.count
        return [ValueFacts(x.elementType, shape)]
    }

    public func evaluate(_ inputs: [Tensor?]) throws(OperatorError) -> [Tensor] {
        try Gather(axis: 1).evaluate([inputs.required(0, "x"), Tensor([map.count], map.map(Int64.init))])
    }
}
