import Tensors

extension TypedGraph {
    /// conv + residual, conv → activation + residual: the add moves into the convolution's epilogue.
    mutating func fuseResiduals() {
        fuseActivations()
        var position = producers()
        let uses = useCounts()
        var removed = Set<Int>()
        for index in graph.nodes.indices {
            let node = graph.nodes[index]
            guard (node.op as? Binary)?.function == .add, let a = node.inputs[0], let b = node.inputs[1], a != b,
                let shape = self[a]?.shape, shape == self[b]?.shape, shape.rank == 4
            else { continue }
            // The later of the two producers runs when the other operand is ready.
            let candidates = [(a, b), (b, a)].filter { candidate, _ in
                guard let producer = position[candidate], let fused = graph.nodes[producer].op as? Convolution else { return false }
                return uses[candidate.index] == 1 && graph.nodes[producer].inputs.count <= 3 && fused.groups == 1
            }
            guard let (own, residual) = candidates.max(by: { position[$0.0]! < position[$1.0]! }),
                position[residual].map({ $0 < position[own]! }) ?? true, let producer = position[own]
            else { continue }
            let conv = graph.nodes[producer]
            var fused = conv.op as! Convolution
            fused.addsAfterActivation = fused.activation != .identity
            graph.nodes[producer] = Node(
                name: conv.name, kind: conv.kind, op: fused,
                inputs: [conv.inputs[0], conv.inputs[1], conv.inputs.count > 2 ? conv.inputs[2] : nil, residual], outputs: node.outputs)
            removed.insert(index)
            position[node.outputs[0]!] = producer
        }
        graph.nodes = graph.nodes.enumerated().filter { !removed.contains($0.offset) }.map(\.element)
    }

    /// conv → activation, when nothing else reads the convolution.
    mutating func fuseActivations() {
        var position = producers()
        let uses = useCounts()
        var removed = Set<Int>()
        for index in graph.nodes.indices {
            let node = graph.nodes[index]
            guard let activation = (node.op as? Unary)?.function, activation.kernel != nil, let input = node.inputs[0],
                uses[input.index] == 1, let producer = position[input], var fused = graph.nodes[producer].op as? Convolution,
                fused.activation == .identity, !fused.addsAfterActivation
            else { continue }
            let conv = graph.nodes[producer]
            fused.activation = activation
            graph.nodes[producer] = Node(name: conv.name, kind: conv.kind, op: fused, inputs: conv.inputs, outputs: node.outputs)
            removed.insert(index)
            position[node.outputs[0]!] = producer
        }
        graph.nodes = graph.nodes.enumerated().filter { !removed.contains($0.offset) }.map(\.element)
    }
}
