import Glibc
import Tensors

/// ONNX BatchNormalization. Inputs: X [N,C,…], scale, bias, mean, variance [C]. With `usesBatch` mean and variance are X's own, over all
/// but its channels, as some networks standardise their weights; further outputs are then the running mean and variance.
public struct BatchNormalization: Operator {
    public var epsilon: Float
    public var usesBatch: Bool
    /// Of the given statistics in the running ones.
    public var momentum: Float
    public init(epsilon: Float = 1e-5, usesBatch: Bool = false, momentum: Float = 0.9) {
        (self.epsilon, self.usesBatch, self.momentum) = (epsilon, usesBatch, momentum)
    }

    public func outputs(for inputs: [ValueFacts?]) throws(OperatorError) -> [ValueFacts] {
        let x = try checkedPerChannel(inputs, ["scale", "B", "input_mean", "input_var"], leastRank: 2)
        guard usesBatch else { return [x] }
        let statistics = ValueFacts(.float32, try x.shape.map { shape throws(OperatorError) in try Shape(checking: [shape[1]]) })
        return [x, statistics, statistics]
    }

    public func evaluate(_ inputs: Operands) throws(OperatorError) -> [Tensor] {
        var parameters: [[Float]] = (1...4).map { inputs[$0].elements() }
        if usesBatch {
            let own = Self.statistics(inputs[0])
            let running = zip([parameters[2], parameters[3]], [own.means, own.variances]).map { given, own in
                Tensor([own.count], zip(given, own).map { $0 * momentum + $1 * (1 - momentum) })
            }
            (parameters[2], parameters[3]) = (own.means, own.variances)
            return try affine(parameters).evaluate([inputs[0]]) + running
        }
        return try affine(parameters).evaluate([inputs[0]])
    }

    /// Of each channel, over pictures and places, in double.
    private static func statistics(_ x: Tensor) -> (means: [Float], variances: [Float]) {
        let plane = x.shape.spatial.reduce(1, *), count = Double(max(1, x.shape[0] * plane)), values = x.pointer(of: Float.self)
        var (means, variances): ([Float], [Float]) = ([], [])
        for channel in 0..<x.shape[1] {
            func sum(_ term: (Double) -> Double) -> Double {
                var sum = 0.0
                for image in 0..<x.shape[0] {
                    let from = values + (image * x.shape[1] + channel) * plane
                    for i in 0..<plane { sum += term(Double(from[i])) }
                }
                return sum
            }
            let mean = sum { $0 } / count
            means.append(Float(mean))
            variances.append(Float(sum { ($0 - mean) * ($0 - mean) } / count))
        }
        return (means, variances)
    }

    private func affine(_ parameters: [[Float]]) -> ChannelAffine {
        let scale = zip(parameters[0], parameters[3]).map { $0 / ($1 + epsilon).squareRoot() }
        let bias = scale.indices.map { parameters[1][$0] - parameters[2][$0] * scale[$0] }
        return ChannelAffine(scale: scale, bias: bias)
    }
}

/// ONNX InstanceNormalization. Inputs: X [N,C,…], scale [C], bias [C].
public struct InstanceNormalization: Operator {
    public var epsilon: Float
    public init(epsilon: Float = 1e-5) { self.epsilon = epsilon }

    public func outputs(for inputs: [ValueFacts?]) throws(OperatorError) -> [ValueFacts] {
        [try checkedPerChannel(inputs, ["scale", "B"], leastRank: 3)]
    }

    /// A group normalization whose groups have one channel.
    public func evaluate(_ inputs: Operands) -> [Tensor] {
        GroupNormalization(groups: inputs[0].shape[1], epsilon: epsilon).evaluate(inputs)
    }
}

/// X and its parameters of one number per channel.
private func checkedPerChannel(_ inputs: [ValueFacts?], _ names: [String], leastRank: Int) throws(OperatorError) -> ValueFacts {
    let x = try inputs.operand(0, "X", [.float32])
    if let shape = x.shape, shape.rank < leastRank { throw OperatorError("X has shape \(shape), fewer than \(leastRank) axes") }
    for (i, name) in names.enumerated() {
        let parameter = try inputs.operand(i + 1, name, [.float32])
        if let shape = x.shape, let given = parameter.shape, given != [shape[1]] {
            throw OperatorError("\(name) has shape \(given) instead of the \(shape[1]) channels of X \(shape)")
        }
    }
    return ValueFacts(.float32, x.shape)
}

/// x · scale[c] + bias[c]: a batch normalization that follows no convolution.
public struct ChannelAffine: Operator {
    public var scale, bias: [Float]
    public init(scale: [Float], bias: [Float]) { (self.scale, self.bias) = (scale, bias) }

    public func outputs(for inputs: [ValueFacts?]) throws(OperatorError) -> [ValueFacts] {
        let x = try inputs.required(0, "x")
        return [ValueFacts(x.elementType, x.shape)]
    }

    public func evaluate(_ inputs: Operands) throws(OperatorError) -> [Tensor] {
        let x = inputs[0]
        let shape = Shape([1, scale.count] + Array(repeating: 1, count: max(0, x.shape.rank - 2)))
        let scaled = try Binary(.multiply).evaluate([x, Tensor(shape, scale)])
        return try Binary(.add).evaluate([scaled[0], Tensor(shape, bias)])
    }

    public func spatialLowering(of node: PlannedNode) -> SpatialLowering? {
        guard node.isSpatial(0), let x = node.input(0), let shape = node.shape(0), shape.rank == 4 else { return nil }
        return .pixelwise(x) { UnaryKernel(scale: AlignedFloats(scale), bias: AlignedFloats(bias), channels: shape[1]) }
    }
}

/// ONNX LRN across channels: x / (bias + alpha/size · Σ x²)^beta over `size` neighboring channels.
public struct LocalResponseNormalization: Operator {
    public var size: Int
    public var alpha, beta, bias: Float
    public init(size: Int, alpha: Float = 1e-4, beta: Float = 0.75, bias: Float = 1) {
        (self.size, self.alpha, self.beta, self.bias) = (size, alpha, beta, bias)
    }

    public func outputs(for inputs: [ValueFacts?]) throws(OperatorError) -> [ValueFacts] {
        guard size > 0 else { throw OperatorError("size \(size) is not positive") }
        let x = try inputs.operand(0, "X", [.float32])
        if let shape = x.shape, shape.rank < 2 { throw OperatorError("X has shape \(shape), fewer than 2 axes") }
        return [ValueFacts(.float32, x.shape)]
    }

    /// O(n × size), plane by plane.
    public func evaluate(_ inputs: Operands) -> [Tensor] {
        let shape = inputs.shape, x = inputs[0].pointer(of: Float.self)
        let (channels, plane) = (shape[1], shape.spatial.reduce(1, *))
        let (before, after) = (min((size - 1) / 2, channels), min(size / 2, channels))
        let scale = alpha / Float(size)
        let result = Tensor(shape, of: Float.self) { out in
            for image in 0..<shape[0] {
                let (from, to) = (x + image * channels * plane, out.baseAddress! + image * channels * plane)
                for channel in 0..<channels {
                    let y = to + channel * plane
                    for neighbor in max(channel - before, 0)...min(channel + after, channels - 1) {
                        let z = from + neighbor * plane
                        for i in 0..<plane { y[i] += z[i] * z[i] }
                    }
                    let own = from + channel * plane
                    for i in 0..<plane { y[i] = own[i] / powf(bias + scale * y[i], beta) }
                }
            }
        }
        return [result]
    }
}
