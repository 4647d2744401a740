import Glibc
import Tensors

/// ONNX BatchNormalization at inference. Inputs: X [N,C,…], scale, bias, mean, variance [C].
public struct BatchNormalization: Operator {
    public var epsilon: Float
    public init(epsilon: Float = 1e-5) { self.epsilon = epsilon }

    public func outputs(for inputs: [ValueFacts?]) throws(OperatorError) -> [ValueFacts] {
        [try checkedPerChannel(inputs, ["scale", "B", "input_mean", "input_var"], leastRank: 2)]
    }

    public func evaluate(_ inputs: [Tensor?]) throws(OperatorError) -> [Tensor] {
        _ = try resultShape(inputs)
        let x = try inputs.required(0, "X")
        var parameters: [[Float]] = []
        for index in 1...4 { parameters.append(try inputs.required(index, "parameter").elements()) }
        return [
            mapChannels(x) { channel, _ in
                let factor = parameters[0][channel] / (parameters[3][channel] + epsilon).squareRoot()
                return (factor, parameters[1][channel] - parameters[2][channel] * factor)
            }
        ]
    }
}

/// ONNX InstanceNormalization. Inputs: X [N,C,…], scale [C], bias [C].
public struct InstanceNormalization: Operator {
    public var epsilon: Float
    public init(epsilon: Float = 1e-5) { self.epsilon = epsilon }

    public func outputs(for inputs: [ValueFacts?]) throws(OperatorError) -> [ValueFacts] {
        [try checkedPerChannel(inputs, ["scale", "B"], leastRank: 3)]
    }

    /// Statistics are gathered in double: mean first, then the variance around it.
    public func evaluate(_ inputs: [Tensor?]) throws(OperatorError) -> [Tensor] {
        _ = try resultShape(inputs)
        let x = try inputs.required(0, "X")
        let scale: [Float] = try inputs.required(1, "scale").elements()
        let bias: [Float] = try inputs.required(2, "B").elements()
        return [
            mapChannels(x) { channel, plane in
                var sum = 0.0
                for value in plane { sum += Double(value) }
                let mean = sum / Double(plane.count)
                var squares = 0.0
                for value in plane { squares += (Double(value) - mean) * (Double(value) - mean) }
                let factor = Double(scale[channel]) / (squares / Double(plane.count) + Double(epsilon)).squareRoot()
                return (Float(factor), Float(Double(bias[channel]) - mean * factor))
            }
        ]
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

/// factor·x + offset, with both chosen for every (image, channel) plane.
@inline(__always)
private func mapChannels(_ x: Tensor, _ line: (Int, UnsafeBufferPointer<Float>) -> (factor: Float, offset: Float)) -> Tensor {
    let (channels, plane) = (x.shape[1], x.shape.spatial.reduce(1, *))
    return Tensor(x.shape, of: Float.self) { out in
        x.withElements(of: Float.self) { x in
            guard !out.isEmpty else { return }
            for start in stride(from: 0, to: x.count, by: plane) {
                let from = UnsafeBufferPointer(rebasing: x[start..<(start + plane)])
                let (factor, offset) = line(start / plane % channels, from)
                for i in 0..<plane { out[start &+ i] = from[i] * factor + offset }
            }
        }
    }
}

/// x · scale[c] + bias[c]: a batch normalization that follows no convolution.
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

    public func spatialLowering(of node: PlannedNode) -> SpatialLowering? {
        guard node.isSpatial(0), let x = node.input(0), let shape = node.shape(0), shape.rank == 4 else { return nil }
        return .pixelwise(x) { UnaryKernel(activation: .identity, scale: scale, bias: bias, channels: shape[1]) }
    }
}

/// ONNX LRN across channels: x / (bias + alpha/size · Σ x²)^beta over `size` neighboring channels.
public struct LocalResponseNormalization: Operator {
    public var size: Int
    public var alpha: Float
    public var beta: Float
    public var bias: Float
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
    public func evaluate(_ inputs: [Tensor?]) throws(OperatorError) -> [Tensor] {
        let shape = try resultShape(inputs)
        let x = try inputs.required(0, "X")
        let (channels, plane) = (shape[1], shape.spatial.reduce(1, *))
        let (before, after) = (min((size - 1) / 2, channels), min(size / 2, channels))
        let scale = alpha / Float(size)
        return [
            Tensor(shape, of: Float.self) { out in
                x.withElements(of: Float.self) { x in
                    guard !out.isEmpty else { return }
                    for image in 0..<shape[0] {
                        let (from, to) = (x.baseAddress! + image * channels * plane, out.baseAddress! + image * channels * plane)
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
            }
        ]
    }
}
