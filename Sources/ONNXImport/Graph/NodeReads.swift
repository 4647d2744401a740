import ONNXProto

/// What nodes read, and which of them anything comes of.
enum NodeReads {
    /// How deeply graphs may lie in nodes.
    static let deepestNesting = 8

    /// The node's inputs, and what its subgraphs read of the graph around them.
    static func names(_ node: ONNX_NodeProto) -> [String] { names(node, depth: 0) }

    private static func names(_ node: ONNX_NodeProto, depth: Int) -> [String] {
        var names = node.input.filter { !$0.isEmpty }
        for attribute in node.attribute where attribute.hasG && depth < deepestNesting {
            // A damaged one is found when the node is imported.
            guard let graph = try? ONNX_GraphProto(parsing: attribute.g) else { continue }
            let own = Set(graph.node.flatMap(\.output) + graph.initializer.map(\.name) + graph.input.map(\.name))
            let inner = graph.node.flatMap { Self.names($0, depth: depth + 1) } + graph.output.map(\.name)
            names += inner.filter { !own.contains($0) }
        }
        return names
    }

    /// By node: whether any output depends on it. The others are neither imported nor need to be supported. O(nodes + edges).
    static func live(_ nodes: [ONNX_NodeProto], _ reads: [[String]], outputs: [String]) -> [Bool] {
        var producers: [String: [Int]] = [:]
        for (index, node) in nodes.enumerated() { for output in node.output { producers[output, default: []].append(index) } }
        var live = [Bool](repeating: false, count: nodes.count)
        var open = outputs
        while let name = open.popLast() {
            for index in producers[name] ?? [] where !live[index] {
                live[index] = true
                open += reads[index]
            }
        }
        return live
    }
}
