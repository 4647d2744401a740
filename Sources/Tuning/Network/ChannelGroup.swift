import ONNXProto

/// The channels that one convolution makes, through everything that keeps them apart up to the convolutions that read them: what has to
/// go together where one of the channels goes.
struct ChannelGroup {
    /// Makes the channels.
    let producer: Convolution
    /// Convolutions with a filter for each channel, on the way.
    let depthwise: [Convolution]
    /// Weights on the way that have an element for each channel, along an axis: of batch normalizations and slopes.
    let parameters: [(node: Int, input: Int)]
    /// The value that is read in the end, by convolutions alone, and the channels' place in it.
    let read: String
    let offset: Int

    var channels: Int { producer.outputs }

    /// Nil where something else reads the channels, mixes them, or the graph gives them out.
    init?(_ network: Network, from producer: Convolution) {
        guard producer.group == 1, producer.outputs > 1 else { return nil }
        var inside: Set = [producer.output]
        var queue = [producer.output]
        var (depthwise, parameters, reads, binaries): ([Convolution], [(Int, Int)], [String: Int], [Int]) = ([], [], [:], [])
        while let value = queue.popLast() {
            guard !network.isOutput(value) else { return nil }
            var isRead = false
            for index in Set(network.consumers[value] ?? []).sorted() {
                let node = network.nodes[index]
                guard node.isOwn, node.output.count == 1 else { return nil }
                func join() {
                    if inside.insert(node.output[0]).inserted { queue.append(node.output[0]) }
                }
                if node.opType == "Conv" {
                    guard let convolution = Convolution(network, index), convolution.input == value else { return nil }
                    if convolution.isDepthwise {
                        depthwise.append(convolution)
                        join()
                    } else if convolution.group == 1 {
                        isRead = true
                    } else {
                        return nil
                    }
                } else if Self.unary.contains(node.opType) {
                    // The limits of a Clip, the scales of a Resize: no tensor of channels.
                    guard node.input.first == value, !node.input.dropFirst().contains(value) else { return nil }
                    join()
                } else if node.opType == "BatchNormalization" || node.opType == "PRelu" {
                    guard node.input.first == value else { return nil }
                    for input in node.input.indices.dropFirst() {
                        guard let dims = network.dims(node.input[input]), network.floats(node.input[input]) != nil else { return nil }
                        guard let count = network.elementCount(node.input[input]) else { return nil }
                        // One slope for all channels stays as it is.
                        guard count != 1 else { continue }
                        guard count == producer.outputs, dims.first == count else { return nil }
                        parameters.append((index, input))
                    }
                    join()
                } else if Self.binary.contains(node.opType) {
                    binaries.append(index)
                    join()
                } else if node.opType == "Concat", let place = Self.place(of: value, in: node, network) {
                    guard reads.updateValue(place, forKey: node.output[0]) == nil else { return nil }
                } else {
                    return nil
                }
            }
            if isRead, reads.updateValue(0, forKey: value) != nil { return nil }
        }
        // Sums and products of the group's own values, or with one number.
        for index in binaries {
            for input in network.nodes[index].input where !inside.contains(input) {
                guard network.elementCount(input) == 1 else { return nil }
            }
        }
        guard reads.count == 1, let read = reads.first else { return nil }
        (self.producer, self.depthwise, self.parameters, self.read, offset) = (producer, depthwise, parameters, read.key, read.value)
    }

    /// Keep each channel to itself, and have nothing that is as long as the channels are many.
    private static let unary: Set = [
        "Relu", "LeakyRelu", "Sigmoid", "HardSigmoid", "HardSwish", "Mish", "Elu", "Selu", "Celu", "Tanh", "Softplus", "Softsign", "Clip",
        "Erf",
        "Gelu", "Abs", "Exp", "Sqrt", "Neg", "Identity", "Dropout", "MaxPool", "AveragePool", "GlobalAveragePool", "GlobalMaxPool",
        "Resize",
        "Upsample",
    ]
    private static let binary: Set = ["Add", "Sub", "Mul", "Div"]

    /// Where a value's channels begin among those of a concatenation; nil where that is not of channels, or not known.
    private static func place(of value: String, in node: ONNX_NodeProto, _ network: Network) -> Int? {
        guard node.integer("axis") == 1, node.input.count(where: { $0 == value }) == 1 else { return nil }
        var place = 0
        for input in node.input {
            if input == value { return place }
            guard let channels = network.channels(of: input) else { return nil }
            place += channels
        }
        return nil
    }
}

extension Network {
    /// How many channels a value has, where its makers tell.
    func channels(of value: String) -> Int? {
        var value = value
        // Backwards, as long as the number stays.
        for _ in 0..<64 {
            guard let index = producers[value] else { return nil }
            let node = nodes[index]
            switch node.opType {
            case "Conv": return node.input.count > 1 ? dims(node.input[1])?.first : nil
            case "Concat":
                guard node.integer("axis") == 1 else { return nil }
                var sum = 0
                for input in node.input {
                    guard input != value, let channels = channels(of: input) else { return nil }
                    sum += channels
                }
                return sum
            case "Add", "Sub", "Mul", "Div":
                guard let own = node.input.first(where: { !isWeight($0) }) else { return nil }
                value = own
            case "Relu", "LeakyRelu", "PRelu", "Sigmoid", "HardSigmoid", "HardSwish", "Mish", "Elu", "Tanh", "Softplus", "Clip", "Identity",
                "MaxPool", "AveragePool", "GlobalAveragePool", "Resize", "Upsample", "BatchNormalization":
                guard let own = node.input.first else { return nil }
                value = own
            default: return nil
            }
        }
        return nil
    }
}
