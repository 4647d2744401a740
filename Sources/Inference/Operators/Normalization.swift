/// ONNX BatchNormalization at inference. Inputs: X, scale, bias, mean, variance.
public struct BatchNormalization: Operator {
    public var epsilon: Float
    public init(epsilon: Float = 1e-5) { self.epsilon = epsilon }
}

/// ONNX InstanceNormalization. Inputs: X [N,C,…], scale [C], bias [C].
public struct InstanceNormalization: Operator {
    public var epsilon: Float
    public init(epsilon: Float = 1e-5) { self.epsilon = epsilon }
}

/// ONNX LRN across channels.
public struct LocalResponseNormalization: Operator {
    public var size: Int
    public var alpha: Float
    public var beta: Float
    public var bias: Float
    public init(size: Int, alpha: Float = 1e-4, beta: Float = 0.75, bias: Float = 1) {
        (self.size, self.alpha, self.beta, self.bias) = (size, alpha, beta, bias)
    }
}
