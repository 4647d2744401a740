import Tensors

extension TypedGraph {
    /// A maximum over 9 × 9 pixels is one over 5 × 5 of those over 5 × 5: where poolings of growing windows look at the same image
    /// (SPP), each looks at the one before. Fewer values are compared, and fewer pixels reached by a change.
    ///
    /// Exact also at the edges: windows end there, and between a pixel and any other lies one that sees both.
    mutating func chainMaximumPoolings() {
        let uses = useCounts()
        var smaller: [ValueID: [(side: Int, output: ValueID)]] = [:]
        for index in graph.nodes.indices {
            let node = graph.nodes[index]
            guard let input = node.inputs.first ?? nil, let output = node.outputs.first ?? nil, let side = centeredMaximum(node, uses) else {
                continue
            }
            if let last = smaller[input]?.filter({ $0.side < side }).max(by: { $0.side < $1.side }) {
                let rest = side - last.side + 1
                let op = Pooling(kind: .maximum, kernel: [rest, rest], padding: .explicit(Array(repeating: rest / 2, count: 4)))
                graph.nodes[index] = Node(name: node.name, kind: node.kind, op: op, inputs: [last.output], outputs: node.outputs)
            }
            smaller[input, default: []].append((side, output))
        }
    }

    /// The side of a square window of maxima around each pixel of an image; nil for any other node.
    private func centeredMaximum(_ node: Node, _ uses: [Int]) -> Int? {
        guard let pooling = node.op as? Pooling, pooling.kind == .maximum, pooling.kernel.count == 2,
            pooling.kernel[0] == pooling.kernel[1], node.outputs.dropFirst().allSatisfy({ $0.map { uses[$0.index] == 0 } ?? true }),
            let shape = node.inputs[0].flatMap({ self[$0]?.shape }), let axes = try? pooling.geometry(input: shape).axes
        else { return nil }
        let side = pooling.kernel[0]
        let isCentered = axes.allSatisfy {
            $0.stride == 1 && $0.dilation == 1 && $0.padBegin == side / 2 && $0.padEnd == side / 2
        }
        return isCentered && side % 2 == 1 ? side : nil
    }
}
