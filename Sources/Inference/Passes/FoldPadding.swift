import Tensors

extension TypedGraph {
    /// Zeros put around an image that only a convolution reads are that convolution's padding.
    mutating func foldPadding() {
        mergeIntoProducers { typed, node, position, uses in
            guard var conv = node.op as? Convolution, let padded = node.inputs[0], uses[padded.index] == 1, let producer = position[padded],
                let pad = typed.graph.nodes[producer].op as? Pad, pad.mode == .constant, let image = typed.graph.nodes[producer].inputs[0],
                let shape = typed[image]?.shape, shape.rank == 4, let to = typed[padded]?.shape,
                let own = typed.explicitPads(of: conv, node), let pads = typed.zeroPads(typed.graph.nodes[producer], pad, shape, to)
            else { return nil }
            conv.padding = .explicit(zip(own, pads).map(+))
            return (
                producer, Node(name: node.name, kind: node.kind, op: conv, inputs: [image] + node.inputs.dropFirst(), outputs: node.outputs)
            )
        }
    }

    private func explicitPads(of conv: Convolution, _ node: Node) -> [Int]? {
        switch conv.padding {
        case .explicit(let pads): pads.isEmpty ? [0, 0, 0, 0] : pads.count == 4 ? pads : nil
        case .valid: [0, 0, 0, 0]
        case .sameUpper, .sameLower: nil
        }
    }

    /// Top, left, bottom, right, where nothing else is padded, or cut off.
    private func zeroPads(_ node: Node, _ pad: Pad, _ from: Shape, _ to: Shape) -> [Int]? {
        guard node.inputs.optional(2) as ValueID? == nil || scalar(node.inputs.optional(2)) == 0,
            let pads = try? pad.pads(from, node.inputs.map { $0.flatMap { self[$0] } }), pads[0] == (0, 0), pads[1] == (0, 0),
            pads.allSatisfy({ $0.begin >= 0 && $0.end >= 0 })
        else { return nil }
        return [pads[2].begin, pads[3].begin, pads[2].end, pads[3].end]
    }
}
