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
