import Tensors

extension TypedGraph {
    /// Takes integers out of a dynamically quantised network: what DynamicQuantizeLinear made integers of becomes one step on floats, as
    /// `fuseQuantization` makes of constant scales. Where a convolution or matrix product reads whole numbers, and its sums are multiplied by
    /// the data's scale and a constant one, the data has its scale before the product, and the sums are multiplied by the constant alone, which
    /// later passes take into the weights. The integers stay where something else reads them. O(nodes).
    mutating func fuseDynamicQuantization() {
        guard graph.nodes.contains(where: { $0.op is DynamicQuantizeLinear }) else { return }
        let producers = producers(), uses = useCounts()
        var readers: [ValueID: Node] = [:]
        for node in graph.nodes { for case let input? in node.inputs { readers[input] = node } }
        var nodes: [Node] = [], alias: [ValueID: ValueID] = [:]
        // By the levels that a DynamicQuantizeLinear puts out: what they are as floats.
        var twins: [ValueID: ValueID] = [:]
        // Products whose sums have the data's scale already.
        var scaled: Set<ValueID> = []
        for var node in graph.nodes {
            node.inputs = node.inputs.map { $0.map { alias[$0] ?? $0 } }
            if let levels = source(of: node, producers, scale: .dynamic), let twin = twins[levels], let output = node.outputs[0] {
                alias[output] = twin
                continue
            }
            if node.op is Convolution || node.op is MatMul, let sums = node.outputs[0], let x = node.inputs[0], constant(node.inputs[1]) != nil,
                node.inputs.count == 2, uses[sums.index] == 1, let dequantized = producers[x].map({ graph.nodes[$0] }),
                let levels = source(of: dequantized, producers, scale: .one), let twin = twins[levels],
                let reader = readers[sums], let next = factors(of: reader, producers), next.sums == sums, next.scale.levels == levels
            {
                node.inputs[0] = twin
                scaled.insert(sums)
            } else if let (sums, scale) = factors(of: node, producers), scaled.contains(sums) {
                node.inputs = [sums, scale.constant]
            }
            nodes.append(node)
            if node.op is DynamicQuantizeLinear, let x = node.inputs[0], let levels = node.outputs[0], let shape = self[x]?.shape {
                twins[levels] = appendRounding(of: x, shape, named: node.name, to: &nodes)
            }
        }
        graph.nodes = nodes
        graph.outputs = graph.outputs.map { ($0.name, alias[$0.value] ?? $0.value) }
        removeDeadCode()
    }

    private enum Scale { case one, dynamic }

    /// The levels that a DequantizeLinear takes by their own zero point, and by their own scale or by one; nil for other nodes.
    private func source(of node: Node, _ producers: [ValueID: Int], scale: Scale) -> ValueID? {
        guard node.op is DequantizeLinear, let levels = node.inputs[0], let producer = producers[levels].map({ graph.nodes[$0] }),
            producer.op is DynamicQuantizeLinear, producer.outputs[0] == levels, producer.outputs.count == 3,
            let zero = node.inputs.optional(2) as ValueID?, zero == producer.outputs[2]
        else { return nil }
        switch scale {
        case .one: return scalar(node.inputs[1]) == 1 ? levels : nil
        case .dynamic: return node.inputs[1] == producer.outputs[1] ? levels : nil
        }
    }

    /// A multiplication's operands where one of them is the product of a DynamicQuantizeLinear's scale and a constant.
    private func factors(
        of node: Node, _ producers: [ValueID: Int]
    ) -> (sums: ValueID, scale: (constant: ValueID, levels: ValueID))? {
        guard (node.op as? Binary)?.function == .multiply, let a = node.inputs[0], let b = node.inputs[1] else { return nil }
        for (sums, factor) in [(a, b), (b, a)] {
            guard let product = producers[factor].map({ graph.nodes[$0] }), (product.op as? Binary)?.function == .multiply,
                let first = product.inputs[0], let second = product.inputs[1]
            else { continue }
            for (dynamic, fixed) in [(first, second), (second, first)] {
                guard constant(fixed) != nil, let producer = producers[dynamic].map({ graph.nodes[$0] }),
                    producer.op is DynamicQuantizeLinear, producer.outputs.optional(1) == dynamic, let levels = producer.outputs[0]
                else { continue }
                return (sums, (fixed, levels))
            }
        }
        return nil
    }

    /// The steps that round `x` to levels; what comes of it.
    private mutating func appendRounding(of x: ValueID, _ shape: Shape, named name: String, to nodes: inout [Node]) -> ValueID {
        func add(_ op: any Operator, _ kind: String, _ inputs: [ValueID], _ shape: Shape) -> ValueID {
            let value = addValue(ValueFacts(.float32, shape), named: "\(name)/\(kind)")
            nodes.append(Node(name: name, kind: kind, op: op, inputs: inputs, outputs: [value]))
            return value
        }
        let isImage = shape.rank == 4
        let extremes = add(RowExtremes(), "RowExtremes", [x], isImage ? [shape[0], 2, shape[2], 1] : [1, 2, 1, 1])
        let range = add(LevelRange(), "LevelRange", [extremes], [1, 2, 1, 1])
        return add(FakeQuantize(level: nil), "FakeQuantize", [x, range], shape)
    }
}
