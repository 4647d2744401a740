import Tensors

extension TypedGraph {
    /// The nodes of the branch that a conditional takes, when its condition is known: with values of their own, and the node's outputs as
    /// theirs. Nil for other nodes. O(nodes of the branch).
    mutating func branchNodes(of node: Node) throws(InferenceError) -> [Node]? {
        guard let conditional = node.op as? Conditional, let condition = constant(node.inputs.first ?? nil),
            condition.elementType == .bool, condition.shape.elementCount == 1
        else { return nil }
        let choice = Conditional.isTrue(condition)
        let branch: Subgraph
        do throws(OperatorError) { branch = try conditional.subgraph(choice) } catch {
            throw InferenceError(.invalidGraph, "\(node.kind): \(error.message)", node: node.name)
        }
        var places: [ValueID: ValueID] = [:]
        for (parameter, input) in zip(branch.parameters, node.inputs[conditional.range(choice, node.inputs.count)]) {
            places[parameter] = input
        }
        for (value, tensor) in branch.constants { places[value] = addConstant(tensor, named: branch.valueNames[value.index]) }
        // A result that a node of the branch makes takes the outer name at once; others are handed on.
        let made = Set(branch.nodes.flatMap(\.outputs).compactMap { $0 })
        var handedOn: [(from: ValueID, to: ValueID)] = []
        for (inner, outer) in zip(branch.outputs, node.outputs) {
            guard let outer else { continue }
            if made.contains(inner), places[inner] == nil {
                places[inner] = outer
            } else {
                handedOn.append((inner, outer))
            }
        }
        var nodes: [Node] = []
        for var inner in branch.nodes {
            inner.inputs = inner.inputs.map { $0.flatMap { places[$0] } }
            inner.outputs = inner.outputs.map { output in
                guard let output else { return nil }
                if let place = places[output] { return place }
                let place = reserveValue(named: branch.valueNames[output.index])
                places[output] = place
                return place
            }
            nodes.append(inner)
        }
        for (inner, outer) in handedOn {
            guard let from = places[inner] else {
                throw InferenceError(.invalidGraph, "\(node.kind): nothing produces '\(branch.valueNames[inner.index])'", node: node.name)
            }
            nodes.append(Node(name: node.name, kind: "Identity", op: Unary(.identity), inputs: [from], outputs: [outer]))
        }
        return nodes
    }

    /// A value of which nothing is known yet.
    private mutating func reserveValue(named name: String) -> ValueID {
        facts.append(nil)
        return graph.makeValue(named: name)
    }
}
