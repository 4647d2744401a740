import Tensors

extension TypedGraph {
    /// conv + residual, conv → activation + residual: the add moves into the convolution's epilogue.
    mutating func fuseResiduals() {
        fuseActivations()
        mergeIntoProducers { typed, node, position, uses in
            guard (node.op as? Binary)?.function == .add, let a = node.inputs[0], let b = node.inputs[1], a != b,
                let shape = typed[a]?.shape, shape == typed[b]?.shape, shape.rank == 4
            else { return nil }
            // The later of the two producers runs when the other operand is ready.
            let candidates = [(a, b), (b, a)].filter { candidate, _ in
                guard let producer = position[candidate], let fused = typed.graph.nodes[producer].op as? Convolution else { return false }
                return uses[candidate.index] == 1 && typed.graph.nodes[producer].inputs.optional(3) as ValueID? == nil && fused.groups == 1
            }
            guard let (own, residual) = candidates.max(by: { position[$0.0]! < position[$1.0]! }), let producer = position[own],
                position[residual].map({ $0 < producer }) ?? true
            else { return nil }
            var conv = typed.graph.nodes[producer], fused = conv.op as! Convolution
            fused.addsAfterActivation = fused.activation != .identity
            conv.op = fused
            conv.inputs = [conv.inputs[0], conv.inputs[1], conv.inputs.optional(2), residual] + conv.inputs.dropFirst(4)
            conv.outputs = node.outputs
            return (producer, conv)
        }
    }

    /// conv → activation, when nothing else reads the convolution.
    mutating func fuseActivations() {
        mergeIntoProducers { typed, node, position, uses in
            guard let activation = (node.op as? Unary)?.function, activation.kernel != nil, let input = node.inputs[0],
                uses[input.index] == 1, let producer = position[input], var fused = typed.graph.nodes[producer].op as? Convolution,
                fused.activation == .identity, !fused.addsAfterActivation
            else { return nil }
            var conv = typed.graph.nodes[producer]
            fused.activation = activation
            (conv.op, conv.outputs) = (fused, node.outputs)
            return (producer, conv)
        }
    }

    /// conv → rescaling of its sums, when nothing else reads them.
    mutating func fuseRescaling() {
        mergeIntoProducers { typed, node, position, uses in
            guard let rescale = node.op as? Rescale, let sums = node.inputs[0], let range = node.inputs[1], uses[sums.index] == 1,
                let shape = typed[sums]?.shape, shape.rank == 4, shape[0] == 1, rescale.axis == 1 || rescale.factors.count == 1,
                let producer = position[sums], var fused = typed.graph.nodes[producer].op as? Convolution, fused.activation == .identity,
                fused.factors == nil, typed.graph.nodes[producer].inputs.count == 2, let given = position[range], given < producer
            else { return nil }
            var conv = typed.graph.nodes[producer]
            fused.factors = rescale.factors.count == 1 ? Array(repeating: rescale.factors[0], count: shape[1]) : rescale.factors
            (conv.op, conv.inputs, conv.outputs) = (fused, conv.inputs + [nil, nil, range], node.outputs)
            return (producer, conv)
        }
    }
}
