import Tensors

extension TypedGraph {
    /// Takes in another graph over the same input, so that what both compute alike is computed once: nodes with equal operators, equal
    /// constants and, in turn, the same inputs. Its outputs follow those that are there, in their order; a name may then occur twice.
    ///
    /// Both have been optimised before, each as if it were alone. So every node computes the very bits that it would compute alone, and
    /// where a pass has merged the last of the common nodes with what comes after them, that one node is computed twice.
    ///
    /// - Returns: how many nodes of `other` were here already; nil, and nothing was taken in, where the inputs are not one input of the
    ///   same type and shape.
    /// - Complexity: O(nodes), and the elements of those constants that are compared.
    public mutating func join(_ other: TypedGraph) -> Int? {
        guard graph.inputs.count == 1, other.graph.inputs.count == 1, let input = graph.inputs.first, let theirs = other.graph.inputs.first,
            input.elementType == theirs.elementType, self[input.value]?.shape == other[theirs.value]?.shape
        else { return nil }
        let places = Dictionary(grouping: graph.nodes.indices) { index in
            let node = graph.nodes[index]
            return NodePlace(node, inputs: node.inputs.map { $0.flatMap { constant($0) == nil ? $0 : nil } })
        }
        var own = [theirs.value: input.value], found = 0
        for var node in other.graph.nodes {
            let inputs = node.inputs.map { $0.flatMap { other.constant($0) == nil ? own[$0] : nil } }
            let equal = places[NodePlace(node, inputs: inputs)]?.first { isEqual(graph.nodes[$0], to: node, of: other) }
            if let equal {
                for case (let output?, let other?) in zip(graph.nodes[equal].outputs, node.outputs) { own[other] = output }
                found += 1
                continue
            }
            node.inputs = node.inputs.map { $0.map { take($0, of: other, &own) } }
            node.outputs = node.outputs.map { $0.map { take($0, of: other, &own) } }
            graph.nodes.append(node)
        }
        graph.outputs += other.graph.outputs.map { ($0.name, take($0.value, of: other, &own)) }
        foldedBytes += other.foldedBytes
        return found
    }

    /// Whether two nodes at the same place have equal operators and constants.
    private func isEqual(_ node: Node, to theirs: Node, of other: TypedGraph) -> Bool {
        node.op.isEqual(to: theirs.op) && zip(node.inputs, theirs.inputs).allSatisfy { constant($0) == other.constant($1) }
    }

    /// Another graph's value as one of this graph.
    private mutating func take(_ value: ValueID, of other: TypedGraph, _ own: inout [ValueID: ValueID]) -> ValueID {
        if let known = own[value] { return known }
        let name = other.graph.valueNames[value.index]
        let new =
            if let constant = other.constant(value) {
                addConstant(constant, named: name)
            } else {
                addValue(other[value]!, named: name)
            }
        own[value] = new
        return new
    }
}

/// What has to be the same of two nodes before their operators and constants are compared.
private struct NodePlace: Hashable {
    private let type: ObjectIdentifier
    /// Nil for constants and for inputs that are left out.
    private let inputs: [ValueID?]
    /// Which outputs are wanted.
    private let outputs: [Bool]

    init(_ node: Node, inputs: [ValueID?]) {
        (type, self.inputs) = (ObjectIdentifier(Swift.type(of: node.op)), inputs)
        outputs = node.outputs.map { $0 != nil }
    }
}
