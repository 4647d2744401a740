import Tensors

extension TypedGraph {
    /// Takes integers out of a dynamically quantised network: what DynamicQuantizeLinear made integers of becomes one step on floats, as
    /// `fuseQuantization` makes of constant scales. Where a convolution or matrix product reads whole numbers, and its sums are multiplied by
    /// the data's scale and a constant one, the multiplications become one `Rescale`. The sums stay those of whole numbers, and so does what
    /// they are rounded to. The integers stay where something else reads them. O(nodes).
    mutating func fuseDynamicQuantization() {
        guard graph.nodes.contains(where: { $0.op is DynamicQuantizeLinear }) else { return }
        let producers = producers()
        var nodes: [Node] = [], alias: [ValueID: ValueID] = [:], twins: [ValueID: Twins] = [:]
        for var node in graph.nodes {
            node.inputs = node.inputs.map { $0.map { alias[$0] ?? $0 } }
            if let (levels, isInLevels) = source(of: node, producers), let twins = twins[levels], let output = node.outputs[0] {
                alias[output] = isInLevels ? twins.whole : twins.float
                continue
            }
            if let (sums, levels, factors) = scaling(of: node, producers), let twins = twins[levels] {
                (node.op, node.kind, node.inputs) = (factors, "Rescale", [sums, twins.range])
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

    /// What a DynamicQuantizeLinear puts out, without integers: scale and zero point, levels less the zero point, and what they stand for.
    private typealias Twins = (range: ValueID, whole: ValueID, float: ValueID)

    /// The levels that a DequantizeLinear takes by their own zero point, and by one (they stay whole numbers) or by their own scale; nil for
    /// other nodes.
    private func source(of node: Node, _ producers: [ValueID: Int]) -> (levels: ValueID, isInLevels: Bool)? {
        guard node.op is DequantizeLinear, let levels = node.inputs[0], let producer = producers[levels].map({ graph.nodes[$0] }),
            producer.op is DynamicQuantizeLinear, producer.outputs[0] == levels, let zero = node.inputs.optional(2) as ValueID?,
            zero == producer.outputs.optional(2)
        else { return nil }
        if scalar(node.inputs[1]) == 1 { return (levels, true) }
        return node.inputs[1] == producer.outputs.optional(1) ? (levels, false) : nil
    }

    /// What a multiplication of floats by a DynamicQuantizeLinear's scale and a constant does; nil for other nodes.
    private func scaling(of node: Node, _ producers: [ValueID: Int]) -> (sums: ValueID, levels: ValueID, factors: Rescale)? {
        guard (node.op as? Binary)?.function == .multiply, let a = node.inputs[0], let b = node.inputs[1] else { return nil }
        for (sums, factor) in [(a, b), (b, a)] {
            guard let product = producers[factor].map({ graph.nodes[$0] }), (product.op as? Binary)?.function == .multiply,
                let first = product.inputs[0], let second = product.inputs[1], let shape = self[sums]?.shape, shape.rank > 0
            else { continue }
            for (scale, fixed) in [(first, second), (second, first)] {
                guard let constant = constant(fixed), let producer = producers[scale].map({ graph.nodes[$0] }),
                    producer.op is DynamicQuantizeLinear, producer.outputs.optional(1) == scale, let levels = producer.outputs[0],
                    let factors = rescale(shape, by: constant)
                else { continue }
                return (sums, levels, factors)
            }
        }
        return nil
    }

    /// The constant's elements by the axis along which they lie.
    private func rescale(_ shape: Shape, by constant: Tensor) -> Rescale? {
        guard constant.elementType == .float32, constant.shape.rank <= shape.rank else { return nil }
        let dims = Array(repeating: 1, count: shape.rank - constant.shape.rank) + constant.shape.dims
        let axes = dims.indices.filter { dims[$0] != 1 }
        guard axes.count <= 1 else { return nil }
        guard let axis = axes.first else { return Rescale(factors: constant.elements(), axis: 0) }
        return dims[axis] == shape[axis] ? Rescale(factors: constant.elements(), axis: axis) : nil
    }

    /// The steps that round `x` to levels.
    private mutating func appendRounding(of x: ValueID, _ shape: Shape, named name: String, to nodes: inout [Node]) -> Twins {
        func add(_ op: any Operator, _ kind: String, _ inputs: [ValueID], _ shape: Shape) -> ValueID {
            let value = addValue(ValueFacts(.float32, shape), named: "\(name)/\(kind)")
            nodes.append(Node(name: name, kind: kind, op: op, inputs: inputs, outputs: [value]))
            return value
        }
        let isImage = shape.rank == 4
        let extremes = add(RowExtremes(), "RowExtremes", [x], isImage ? [shape[0], 2, shape[2], 1] : [1, 2, 1, 1])
        let range = add(LevelRange(), "LevelRange", [extremes], [1, 2, 1, 1])
        return (
            range, add(FakeQuantize(level: nil, isInLevels: true), "FakeQuantize", [x, range], shape),
            add(FakeQuantize(level: nil), "FakeQuantize", [x, range], shape)
        )
    }
}
