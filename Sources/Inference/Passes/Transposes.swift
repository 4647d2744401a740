import Tensors

extension TypedGraph {
    /// Detector tails end as [N, C, H·W] concatenated and transposed to [N, ΣH·W, C]. NHWC memory already is
    /// [N, H·W, C]: so Transpose(Concat(…)) becomes Concat(Transpose(…)), Transpose(Reshape(x)) becomes `PixelRows`, and so does
    /// a Concat of those.
    mutating func moveTransposesUp() {
        transposeBeforeConcat()
        transposedReshapes()
        joinPixelRows()
    }

    private mutating func transposeBeforeConcat() {
        let producers = producers(), uses = useCounts()
        var result: [Node] = []
        for node in graph.nodes {
            guard let transpose = node.op as? Transpose, transpose.permutation == [0, 2, 1], let input = node.inputs[0],
                uses[input.index] == 1,
                let concat = producers[input].map({ graph.nodes[$0] }), let op = concat.op as? Concat, let shape = self[input]?.shape,
                shape.normalized(axis: op.axis) == 2, concat.inputs.allSatisfy({ $0 != nil && self[$0!]?.shape?.rank == 3 })
            else {
                result.append(node)
                continue
            }
            var parts: [ValueID?] = []
            for (index, part) in concat.inputs.enumerated() {
                let facts = self[part!]!, from = facts.shape!
                let moved = addValue(ValueFacts(facts.elementType, [from[0], from[2], from[1]]), named: "\(node.name)/\(index)")
                result.append(Node(name: "\(node.name)/\(index)", kind: node.kind, op: transpose, inputs: [part], outputs: [moved]))
                parts.append(moved)
            }
            result.append(Node(name: concat.name, kind: concat.kind, op: Concat(axis: 1), inputs: parts, outputs: node.outputs))
        }
        graph.nodes = result
        removeDeadCode()
    }

    private mutating func transposedReshapes() {
        rewriteNodes { typed, node, producers, _ in
            guard (node.op as? Transpose)?.permutation == [0, 2, 1], let input = node.inputs[0], let output = node.outputs[0],
                let reshape = producers[input].map({ typed.graph.nodes[$0] }), reshape.op is Reshape || reshape.op is Flatten,
                let source = reshape.inputs[0], let facts = typed[source], facts.elementType == .float32, let from = facts.shape,
                from.rank == 4, typed[output]?.shape == [from[0], from[2] * from[3], from[1]]
            else { return nil }
            return Node(name: node.name, kind: "Rows", op: PixelRows(), inputs: [source], outputs: [output])
        }
    }

    private mutating func joinPixelRows() {
        rewriteNodes { typed, node, producers, uses in
            guard let concat = node.op as? Concat, let output = node.outputs[0], typed[output]?.shape?.normalized(axis: concat.axis) == 1
            else { return nil }
            var images: [ValueID?] = []
            for case let input? in node.inputs {
                guard uses[input.index] == 1, let rows = producers[input].map({ typed.graph.nodes[$0] }), rows.op is PixelRows else {
                    return nil
                }
                images += rows.inputs
            }
            return Node(name: node.name, kind: "Rows", op: PixelRows(), inputs: images, outputs: node.outputs)
        }
    }
}
