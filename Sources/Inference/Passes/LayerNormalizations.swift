import Tensors

extension TypedGraph {
    /// Layer normalization as exporters spelled it before opset 17: d = x − mean(x); d / √(mean(d²) + ε) · scale + bias over the last axis.
    mutating func recognizeLayerNormalization() {
        rewriteNodes { typed, node, producers, _ in
            // From the end: with scale and bias, then what is left without.
            guard let (factor, bias) = typed.constantTerm(node, .add), let product = producers[factor].map({ typed.graph.nodes[$0] }),
                let (normal, scale) = typed.constantTerm(product, .multiply)
            else { return nil }
            return typed.layerNormalization(of: normal, producers, node: node, scale: scale, bias: bias)
        }
        rewriteNodes { typed, node, producers, _ in
            guard let output = node.outputs.first ?? nil, (node.op as? Binary)?.function == .divide,
                let channels = typed[output]?.shape?.dims.last
            else { return nil }
            var found: Node?
            if typed.centered(node, producers) != nil {
                let ones = typed.addConstant(Tensor([channels], [Float](repeating: 1, count: channels)), named: node.name + "/scale")
                found = typed.layerNormalization(of: output, producers, node: node, scale: ones, bias: nil)
            }
            return found
        }
    }

    private func layerNormalization(
        of normal: ValueID, _ producers: [ValueID: Int], node: Node, scale: ValueID, bias: ValueID?
    ) -> Node? {
        guard let divide = producers[normal].map({ graph.nodes[$0] }), let (x, epsilon) = centered(divide, producers),
            let channels = self[x]?.shape?.dims.last,
            [scale, bias].allSatisfy({
                $0 == nil || constant($0)?.shape.elementCount == channels && constant($0)?.shape.dims.last == channels
            })
        else { return nil }
        return Node(
            name: node.name, kind: "LayerNormalization", op: LayerNormalization(axis: -1, epsilon: epsilon),
            inputs: [x, scale] + (bias.map { [$0] } ?? []), outputs: node.outputs)
    }

    /// x and ε where the node is (x − mean(x)) / √(mean((x − mean(x))²) + ε).
    private func centered(_ node: Node, _ producers: [ValueID: Int]) -> (x: ValueID, epsilon: Float)? {
        func producer(_ value: ValueID?) -> Node? { value.flatMap { producers[$0] }.map { graph.nodes[$0] } }
        guard (node.op as? Binary)?.function == .divide, let difference = node.inputs[0], let x = distance(difference, producers),
            let root = producer(node.inputs[1]), (root.op as? Unary)?.function == .sqrt, let sum = producer(root.inputs[0]),
            (sum.op as? Binary)?.function == .add,
            let (variance, epsilon) = scalar(sum.inputs[1]).map({ (sum.inputs[0], $0) })
                ?? scalar(sum.inputs[0]).map({ (sum.inputs[1], $0) }),
            let variance, let square = meanOfLastAxis(variance, producers).flatMap(producer), let power = square.op as? Binary,
            let other = square.inputs[0], distance(other, producers) == x,
            power.function == .power && scalar(square.inputs[1]) == 2 || power.function == .multiply && square.inputs[1] == other
        else { return nil }
        return (x, epsilon)
    }

    /// x where the value is x − mean(x).
    private func distance(_ value: ValueID, _ producers: [ValueID: Int]) -> ValueID? {
        guard let node = producers[value].map({ graph.nodes[$0] }), (node.op as? Binary)?.function == .subtract, let x = node.inputs[0],
            let mean = node.inputs[1], meanOfLastAxis(mean, producers) == x
        else { return nil }
        return x
    }

    /// x where the value is its mean over the last axis, which is kept.
    private func meanOfLastAxis(_ value: ValueID, _ producers: [ValueID: Int]) -> ValueID? {
        guard let node = producers[value].map({ graph.nodes[$0] }), let mean = node.op as? Reduction, mean.function == .mean,
            mean.keepsDims, let x = node.inputs[0], let shape = self[x]?.shape, let last = shape.dims.indices.last,
            let axes = integers(node.inputs, 1), axes == [-1] || axes == [last]
        else { return nil }
        return x
    }

    /// The operands where one is a constant.
    func constantTerm(_ node: Node, _ function: Binary.Function) -> (value: ValueID, constant: ValueID)? {
        guard (node.op as? Binary)?.function == function, let a = node.inputs[0], let b = node.inputs[1] else { return nil }
        if constant(b) != nil, constant(a) == nil { return (a, b) }
        return constant(a) != nil && constant(b) == nil ? (b, a) : nil
    }
}
