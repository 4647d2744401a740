import Tensors

extension TypedGraph {
    /// Takes integers out of a quantised network: QuantizeLinear with a constant scale, then operators that only move or compare elements, then
    /// DequantizeLinear with the same scale, become one step on floats and the same operators on its result. The integers stay where
    /// something else reads them. O(nodes).
    mutating func fuseQuantization() {
        // What quantised values are as floats.
        var twins: [ValueID: (value: ValueID, level: Level)] = [:]
        var alias: [ValueID: ValueID] = [:]
        var nodes: [Node] = []
        for var node in graph.nodes {
            node.inputs = node.inputs.map { $0.map { alias[$0] ?? $0 } }
            let input = node.inputs.first ?? nil
            if node.op is DequantizeLinear, let input, let twin = twins[input], twin.level == level(of: node, self[input]),
                let output = node.outputs[0]
            {
                alias[output] = twin.value
                continue
            }
            nodes.append(node)
            if node.op is QuantizeLinear, let input, self[input]?.elementType == .float32, let output = node.outputs[0],
                let level = level(of: node, self[output])
            {
                let float = floatTwin(of: output, of: node)
                nodes.append(
                    Node(name: node.name, kind: "FakeQuantize", op: FakeQuantize(level: level), inputs: [input], outputs: [float]))
                twins[output] = (float, level)
            } else if let input, let twin = twins[input], node.op.keepsLevels, twin.level.scale > 0 {
                var copy = node
                copy.inputs[0] = twin.value
                // Places of the largest are no levels.
                copy.outputs = node.outputs.map { output in
                    output.flatMap { self[$0]?.elementType == self[input]?.elementType ? floatTwin(of: $0, of: node) : nil }
                }
                for case let (output?, float?) in zip(node.outputs, copy.outputs) { twins[output] = (float, twin.level) }
                nodes.append(copy)
            }
        }
        graph.nodes = nodes
        graph.outputs = graph.outputs.map { ($0.name, alias[$0.value] ?? $0.value) }
        removeDeadCode()
    }

    private mutating func floatTwin(of value: ValueID, of node: Node) -> ValueID {
        addValue(ValueFacts(.float32, self[value]?.shape), named: graph.valueNames[value.index])
    }

    /// Scale and zero point of a node (inputs 1 and 2), where they are constants and single, for levels with these facts.
    private func level(of node: Node, _ levels: ValueFacts?) -> Level? {
        guard let scale = scalar(node.inputs.optional(1)), let levels else { return nil }
        let zero = node.inputs.optional(2)
        guard zero == nil || constant(zero)?.shape.elementCount == 1 else { return nil }
        return try? levels.elementType.compute(LevelOfType(scale: scale, zero: constant(zero)))
    }
}

extension TypedGraph {
    /// Whether the network came quantised to levels that it says itself.
    package var isQuantized: Bool { !quantizedLevels().isEmpty }

    /// The values of a network that came quantised which hold the values of 256 levels at most, and those levels. O(nodes).
    func quantizedLevels() -> [ValueID: Level] {
        var known: [ValueID: Level] = [:]
        for node in graph.nodes {
            if let rounding = node.op as? FakeQuantize, let level = rounding.level, !rounding.isInLevels {
                guard level.high - level.low <= 255, level.scale > 0, level.scale.isFinite, let output = node.outputs[0] else { continue }
                known[output] = level
            } else if node.op.keepsLevels, let input = node.inputs.first ?? nil, let level = known[input] {
                for case let output? in node.outputs { known[output] = level }
            }
        }
        return known
    }
}

extension Operator {
    /// Whether its outputs hold elements of input 0 and nothing else, and are the same elements whether those are levels or what they stand for.
    fileprivate var keepsLevels: Bool {
        switch self {
        case let pooling as Pooling: pooling.kind == .maximum
        case let resize as Resize: resize.mode == .nearest && resize.coordinates != .tfCropAndResize
        default: movesElements
        }
    }
}

private struct LevelOfType: NumericComputation {
    let scale: Float
    let zero: Tensor?
    func callAsFunction<T: NumericElement>(_: T.Type) -> Level { Level(scale: scale, zero: zero?.pointer(of: T.self)[0] ?? .zero) }
}
