import Tensors

extension TypedGraph {
    /// The mean, maximum or Euclidean norm over height and width, as exporters spell global pooling, is that.
    mutating func recognizeGlobalPooling() {
        var nodes: [Node] = []
        for node in graph.nodes {
            guard let reduction = node.op as? Reduction, let pooling = reduction.globalPooling,
                let input = node.inputs[0], let output = node.outputs[0], let facts = self[input], facts.elementType == .float32,
                let shape = facts.shape, shape.rank == 4, shape.elementCount > 0,
                (try? reduction.axes(shape, node.inputs.map { $0.flatMap { self[$0] } })) == [2, 3]
            else {
                nodes.append(node)
                continue
            }
            if reduction.keepsDims {
                nodes.append(Node(name: node.name, kind: node.kind, op: pooling, inputs: [input], outputs: [output]))
                continue
            }
            let pooled = addValue(ValueFacts(.float32, [shape[0], shape[1], 1, 1]), named: "\(node.name)/pooled")
            nodes.append(Node(name: node.name, kind: node.kind, op: pooling, inputs: [input], outputs: [pooled]))
            nodes.append(Node(name: node.name, kind: "Flatten", op: Flatten(), inputs: [pooled], outputs: [output]))
        }
        graph.nodes = nodes
    }
}

extension Reduction {
    /// What this is over height and width; nil for what no image operator computes.
    fileprivate var globalPooling: (any Operator)? {
        switch function {
        case .mean: GlobalPooling(kind: .average)
        case .maximum: GlobalPooling(kind: .maximum)
        case .l2: GlobalLpPooling(order: 2)
        default: nil
        }
    }
}
