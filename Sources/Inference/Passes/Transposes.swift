import Tensors

extension TypedGraph {
    /// Detector tails end as [N, C, H·W] concatenated and transposed to [N, ΣH·W, C]. NHWC memory already is
    /// [N, H·W, C]: so Transpose(Concat(…)) becomes Concat(Transpose(…)), and Transpose(Reshape(x)) becomes
    /// Reshape(Transpose(x, to NHWC)), which copies rows.
    mutating func moveTransposesUp() {
        transposeBeforeConcat()
        transposeBeforeReshape()
        removeDeadCode()
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

    private mutating func transposeBeforeReshape() {
        let producers = producers()
        var result: [Node] = []
        for node in graph.nodes {
            guard (node.op as? Transpose)?.permutation == [0, 2, 1], let input = node.inputs[0], let output = node.outputs[0],
                let reshape = producers[input].map({ graph.nodes[$0] }), reshape.op is Reshape || reshape.op is Flatten,
                let source = reshape.inputs[0], let from = self[source]?.shape, from.rank == 4, let to = self[output]?.shape,
                to == Shape([from[0], from[2] * from[3], from[1]]), let facts = self[source]
            else {
                result.append(node)
                continue
            }
            let rows = addValue(ValueFacts(facts.elementType, [from[0], from[2], from[3], from[1]]), named: node.name + "/nhwc")
            let shape = addConstant(Tensor([3], to.dims.map(Int64.init)), named: node.name + "/shape")
            result.append(
                Node(name: node.name, kind: node.kind, op: Transpose(permutation: [0, 2, 3, 1]), inputs: [source], outputs: [rows]))
            result.append(Node(name: node.name + "/rows", kind: "Reshape", op: Reshape(), inputs: [rows, shape], outputs: [output]))
        }
        graph.nodes = result
    }
}
