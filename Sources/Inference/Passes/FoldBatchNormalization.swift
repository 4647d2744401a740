import Tensors

extension TypedGraph {
    /// Batch normalization, and any per-channel constant factor or term, moves into the weights of the convolution
    /// before it, or becomes a `ChannelAffine`.
    mutating func foldBatchNormalization() {
        mergeIntoProducers { typed, node, position, uses in
            guard let affine = typed.channelAffine(node), let producer = position[affine.input], uses[affine.input.index] == 1,
                let folded = typed.fold(affine, into: typed.graph.nodes[producer], output: node.outputs[0])
            else { return nil }
            return (producer, folded)
        }
        rewriteNodes { typed, node, _, _ in
            guard node.op is BatchNormalization, let affine = typed.channelAffine(node) else { return nil }
            return Node(
                name: node.name, kind: node.kind, op: ChannelAffine(scale: affine.scale, bias: affine.bias), inputs: [affine.input],
                outputs: [node.outputs[0]])
        }
    }

    private struct Affine {
        let input: ValueID
        let scale: [Float]
        let bias: [Float]
    }

    private func floats(_ value: ValueID?) -> [Float]? {
        guard let tensor = constant(value), tensor.elementType == .float32 else { return nil }
        return tensor.elements()
    }

    private func channelAffine(_ node: Node) -> Affine? {
        guard let first = node.inputs.first ?? nil else { return nil }
        if let normalization = node.op as? BatchNormalization, !normalization.usesBatch {
            guard let scale = floats(node.inputs[1]), let bias = floats(node.inputs[2]), let mean = floats(node.inputs[3]),
                let variance = floats(node.inputs[4]), let shape = self[first]?.shape, shape.rank >= 2,
                [scale, bias, mean, variance].allSatisfy({ $0.count == shape[1] })
            else { return nil }
            let factor = zip(scale, variance).map { $0 / ($1 + normalization.epsilon).squareRoot() }
            return Affine(input: first, scale: factor, bias: bias.indices.map { bias[$0] - mean[$0] * factor[$0] })
        }
        if let affine = node.op as? ChannelAffine { return Affine(input: first, scale: affine.scale, bias: affine.bias) }
        guard let binary = node.op as? Binary, binary.function == .add || binary.function == .multiply else { return nil }
        for (x, other) in [(node.inputs[0], node.inputs[1]), (node.inputs[1], node.inputs[0])] {
            guard let x, let shape = self[x]?.shape, shape.rank == 4, self[x]?.constant == nil, let tensor = constant(other),
                let values = floats(other), tensor.shape.rank <= 4
            else { continue }
            // Only [C,1,1], [1,C,1,1] or a single value are per channel.
            let dims = Array(repeating: 1, count: 4 - tensor.shape.rank) + tensor.shape.dims
            guard dims[0] == 1, dims[2] == 1, dims[3] == 1, dims[1] == 1 || dims[1] == shape[1] else { continue }
            let perChannel = dims[1] == 1 ? Array(repeating: values[0], count: shape[1]) : values
            return binary.function == .add
                ? Affine(input: x, scale: Array(repeating: 1, count: shape[1]), bias: perChannel)
                : Affine(input: x, scale: perChannel, bias: Array(repeating: 0, count: shape[1]))
        }
        return nil
    }

    private mutating func fold(_ affine: Affine, into node: Node, output: ValueID?) -> Node? {
        // What follows an activation, or a residual, is not in the weights.
        guard var conv = node.op as? Convolution, conv.activation == .identity, node.inputs.optional(3) as ValueID? == nil,
            let weights = constant(node.inputs[1]), weights.elementType == .float32,
            weights.shape[0] == affine.scale.count
        else { return nil }
        let biasValue = node.inputs.optional(2)
        let bias = floats(biasValue) ?? Array(repeating: 0, count: affine.scale.count)
        guard biasValue == nil || constant(biasValue) != nil, bias.count == affine.scale.count else { return nil }
        let rowLength = weights.shape.elementCount / max(1, weights.shape[0])
        let shifted = bias.indices.map { bias[$0] * affine.scale[$0] + affine.bias[$0] }
        let b = addConstant(Tensor([shifted.count], shifted), named: node.name + "/bias")
        func folded(_ weights: ValueID?) -> Node {
            Node(
                name: node.name, kind: node.kind, op: conv, inputs: [node.inputs[0], weights, b] + node.inputs.dropFirst(3),
                outputs: [output])
        }
        if affine.scale.allSatisfy({ $0 == 1 }) { return folded(node.inputs[1]) }
        // Whole numbers stay what they are.
        if let factors = conv.factors {
            conv.factors = zip(factors, affine.scale).map { $0 * $1 }
            return folded(node.inputs[1])
        }
        let scaled = Tensor(weights.shape, of: Float.self) { buffer in
            weights.withElements(of: Float.self) { source in
                for row in 0..<affine.scale.count {
                    for k in row * rowLength..<(row + 1) * rowLength { buffer[k] = source[k] * affine.scale[row] }
                }
            }
        }
        return folded(addConstant(scaled, named: node.name + "/weights"))
    }
}
