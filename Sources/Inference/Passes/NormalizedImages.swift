import Tensors

extension TypedGraph {
    /// Group and instance normalization of images become a step that measures and one that scales, as kernels. Also as exporters spell it
    /// before opset 18: Reshape to [N, groups, …], InstanceNormalization, Reshape back, and a factor and a term for each channel.
    mutating func normalizeImages() {
        rewriteNodes { typed, node, producers, uses in typed.spelledGroupNormalization(node, producers, uses) }
        var nodes: [Node] = []
        for node in graph.nodes {
            guard let moments = moments(of: node), let x = node.inputs[0], let output = node.outputs[0], let shape = self[x]?.shape else {
                nodes.append(node)
                continue
            }
            let value = addValue(ValueFacts(.float32, [shape[0], 2 * shape[1], 1, 1]), named: "\(node.name)/moments")
            nodes.append(Node(name: node.name, kind: node.kind, op: moments, inputs: [x], outputs: [value]))
            nodes.append(Node(name: node.name, kind: node.kind, op: ScaleShift(), inputs: [x, value], outputs: [output]))
        }
        graph.nodes = nodes
        removeDeadCode()
    }

    /// Nil where the node normalizes no images, or by values that are not constant.
    private func moments(of node: Node) -> GroupMoments? {
        guard node.op is InstanceNormalization || node.op is GroupNormalization, let x = node.inputs.first ?? nil,
            let shape = self[x]?.shape, shape.rank == 4, shape.elementCount > 0,
            self[x]?.elementType == .float32, node.inputs.count >= 3,
            let scale: [Float] = constant(node.inputs[1])?.elements(), let bias: [Float] = constant(node.inputs[2])?.elements()
        else { return nil }
        if let op = node.op as? InstanceNormalization {
            return GroupMoments(groups: shape[1], epsilon: op.epsilon, scale: scale, bias: bias)
        }
        guard let op = node.op as? GroupNormalization else { return nil }
        func perChannel(_ values: [Float]) -> [Float] {
            op.isPerGroup ? values.flatMap { Array(repeating: $0, count: shape[1] / op.groups) } : values
        }
        return GroupMoments(groups: op.groups, epsilon: op.epsilon, scale: perChannel(scale), bias: perChannel(bias))
    }

    private mutating func spelledGroupNormalization(_ node: Node, _ producers: [ValueID: Int], _ uses: [Int]) -> Node? {
        func producer(_ value: ValueID?) -> Node? { value.flatMap { producers[$0] }.map { graph.nodes[$0] } }
        // From the end: term, factor, Reshape, InstanceNormalization, Reshape.
        guard let output = node.outputs.first ?? nil, let shape = self[output]?.shape, shape.rank == 4,
            let (product, term) = channelTerm(node, .add, shape[1]), uses[product.index] == 1, let multiply = producer(product),
            let (restored, factor) = channelTerm(multiply, .multiply, shape[1]), uses[restored.index] == 1,
            let back = producer(restored), back.op is Reshape, let normal = back.inputs[0], uses[normal.index] == 1,
            let instance = producer(normal), let op = instance.op as? InstanceNormalization, let flat = instance.inputs[0],
            let reshape = producer(flat), reshape.op is Reshape, let x = reshape.inputs[0], self[x]?.shape == shape,
            let grouped = self[flat]?.shape, grouped.rank >= 3, grouped[0] == shape[0], shape[1] % max(1, grouped[1]) == 0,
            let scale: [Float] = constant(instance.inputs[1])?.elements(), scale.allSatisfy({ $0 == 1 }),
            let bias: [Float] = constant(instance.inputs[2])?.elements(), bias.allSatisfy({ $0 == 0 })
        else { return nil }
        let factors = addConstant(Tensor([shape[1]], factor), named: node.name + "/scale")
        let terms = addConstant(Tensor([shape[1]], term), named: node.name + "/bias")
        return Node(
            name: instance.name, kind: "GroupNormalization", op: GroupNormalization(groups: grouped[1], epsilon: op.epsilon),
            inputs: [x, factors, terms], outputs: node.outputs)
    }

    /// The operands of a binary node where one is a constant of one number a channel.
    private func channelTerm(_ node: Node, _ function: Binary.Function, _ channels: Int) -> (value: ValueID, constant: [Float])? {
        guard let (value, term) = constantTerm(node, function), let tensor = constant(term), tensor.elementType == .float32 else {
            return nil
        }
        let dims = tensor.shape.dims, full = Array(repeating: 1, count: max(0, 4 - dims.count)) + dims
        return full == [1, channels, 1, 1] ? (value, tensor.elements()) : nil
    }
}
