import Tensors

extension TypedGraph {
    /// All passes, in the order in which each finds what the one before left.
    public mutating func optimize() {
        removeIdentities()
        fuseQuantization()
        removeIntegerSums()
        fuseDynamicQuantization()
        fuseRescaling()
        foldPadding()
        recognizeActivations()
        recognizeLayerNormalization()
        absorbTransposes()
        recognizeAttention()
        recognizeGlobalPooling()
        normalizeImages()
        foldBatchNormalization()
        foldStem()
        recognizeChannelMaps()
        fuseResiduals()
        fuseActivations()
        moveTransposesUp()
        computeRowsAsImages()
        removeIdentities()
        fuseRescaling()
        foldBatchNormalization()
        fuseResiduals()
        fuseActivations()
        removeDeadCode()
    }

    /// Drops nodes that hand on their input: Identity, Dropout at inference, casts to the same type.
    mutating func removeIdentities() {
        var kept: [Node] = []
        var alias: [ValueID: ValueID] = [:]
        func resolved(_ value: ValueID) -> ValueID { alias[value] ?? value }
        for var node in graph.nodes {
            node.inputs = node.inputs.map { $0.map(resolved) }
            if let input = node.inputs.first ?? nil, node.outputs.count == 1, let output = node.outputs[0],
                node.op.isIdentity(for: node.inputs.map { $0.flatMap { self[$0] } })
            {
                alias[output] = input
            } else {
                kept.append(node)
            }
        }
        graph.nodes = kept
        graph.outputs = graph.outputs.map { ($0.name, resolved($0.value)) }
    }

    /// Nodes whose outputs nobody reads.
    mutating func removeDeadCode() {
        var live = Set(graph.outputs.map(\.value))
        var kept: [Node] = []
        for node in graph.nodes.reversed() where node.outputs.contains(where: { $0.map(live.contains) ?? false }) {
            kept.append(node)
            for input in node.inputs { if let input { live.insert(input) } }
        }
        graph.nodes = kept.reversed()
    }

    /// Replaces each node for which `rewrite` returns something; `rewrite` may add values and constants.
    mutating func rewriteNodes(_ rewrite: (inout TypedGraph, Node, [ValueID: Int], [Int]) -> Node?) {
        let producers = producers(), uses = useCounts()
        for index in graph.nodes.indices {
            if let node = rewrite(&self, graph.nodes[index], producers, uses) { graph.nodes[index] = node }
        }
        removeDeadCode()
    }

    /// Replaces the producer of a value that nothing else reads, and the node that reads it, by one node wherever `merge` makes one of them.
    ///
    /// - Parameter merge: is given the node, and the position of each value's producer as merges so far have left it.
    mutating func mergeIntoProducers(_ merge: (inout TypedGraph, Node, [ValueID: Int], [Int]) -> (producer: Int, merged: Node)?) {
        var position = producers(), removed = Set<Int>()
        let uses = useCounts()
        for index in graph.nodes.indices {
            guard let (producer, merged) = merge(&self, graph.nodes[index], position, uses) else { continue }
            graph.nodes[producer] = merged
            removed.insert(index)
            for case let output? in merged.outputs { position[output] = producer }
        }
        graph.nodes = graph.nodes.indices.filter { !removed.contains($0) }.map { graph.nodes[$0] }
    }
}
