import ONNXProto

/// The order in which nodes can be computed.
enum TopologicalSort {
    /// Indices of `nodes` so that producers come before consumers; the file's own order where that already holds.
    /// O(nodes + edges).
    ///
    /// - Parameters:
    ///   - reads: what each node reads, its subgraphs included.
    ///   - producers: which node makes a value; values that are not in it are given.
    static func order(_ nodes: [ONNX_NodeProto], reads: [[String]], producers: [String: Int]) throws(ImportError) -> [Int] {
        var waitsFor = [Int](repeating: 0, count: nodes.count)
        var consumers = [[Int]](repeating: [], count: nodes.count)
        var sorted = true
        for (index, inputs) in reads.enumerated() {
            for input in inputs {
                guard let producer = producers[input] else { continue }
                waitsFor[index] += 1
                consumers[producer].append(index)
                if producer >= index { sorted = false }
            }
        }
        if sorted { return Array(nodes.indices) }

        var order = nodes.indices.filter { waitsFor[$0] == 0 }
        var next = 0
        while next < order.count {
            for consumer in consumers[order[next]] {
                waitsFor[consumer] -= 1
                if waitsFor[consumer] == 0 { order.append(consumer) }
            }
            next += 1
        }
        if order.count < nodes.count {
            throw cycleError(nodes, reads, producers: producers, open: nodes.indices.filter { waitsFor[$0] > 0 })
        }
        return order
    }

    /// Every open node waits for an open one, so walking upstream from any of them ends in a cycle.
    private static func cycleError(
        _ nodes: [ONNX_NodeProto], _ reads: [[String]], producers: [String: Int], open: [Int]
    ) -> ImportError {
        let isOpen = Set(open)
        var path: [Int] = []
        var position: [Int: Int] = [:]
        var node = open[0]
        while position[node] == nil {
            position[node] = path.count
            path.append(node)
            node = reads[node].lazy.compactMap { producers[$0] }.first { isOpen.contains($0) } ?? node
        }
        let cycle = path[(position[node] ?? 0)...].reversed().map { "'\(NodeContext.displayName(nodes[$0]))'" }
        let shown = cycle.prefix(8).joined(separator: " → ") + (cycle.count > 8 ? " → … (\(cycle.count) nodes)" : "")
        return ImportError(.invalidGraph, "nodes feed each other in a cycle: \(shown)", node: NodeContext.displayName(nodes[node]))
    }
}
