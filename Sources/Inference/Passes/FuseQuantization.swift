import Tensors

extension TypedGraph {
    /// QuantizeLinear, then DequantizeLinear with the same constant scale and zero point: one step on floats. The first stays where something
    /// else reads it.
    mutating func fuseQuantization() {
        rewriteNodes { typed, node, producers, _ in
            guard node.op is DequantizeLinear, let value = node.inputs[0], let producer = producers[value] else { return nil }
            let quantize = typed.graph.nodes[producer]
            guard quantize.op is QuantizeLinear, let x = quantize.inputs[0], typed[x]?.elementType == .float32,
                let type = typed[value]?.elementType,
                let level = typed.level(quantize.inputs, type), let other = typed.level(node.inputs, type),
                (level.scale, level.zero) == (other.scale, other.zero)
            else { return nil }
            return Node(name: node.name, kind: "FakeQuantize", op: FakeQuantize(level: level), inputs: [x], outputs: node.outputs)
        }
    }

    /// Scale and zero point of a node (inputs 1 and 2), where they are constants and single.
    private func level(_ inputs: [ValueID?], _ type: ElementType) -> Level? {
        guard let scale = scalar(inputs.optional(1)) else { return nil }
        let zero = inputs.optional(2) ?? nil
        guard zero == nil || constant(zero)?.shape.elementCount == 1 else { return nil }
        return try? type.compute(LevelOfType(scale: scale, zero: constant(zero)))
    }
}

private struct LevelOfType: NumericComputation {
    let scale: Float
    let zero: Tensor?
    func callAsFunction<T: NumericElement>(_: T.Type) -> Level { Level(scale: scale, zero: zero?.pointer(of: T.self)[0] ?? .zero) }
}
