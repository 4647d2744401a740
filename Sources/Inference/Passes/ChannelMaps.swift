import Tensors

extension TypedGraph {
    /// Chains of operators that move elements (`Operator.movesElements`) and turn out to move whole channels.
    ///
    /// Channel shuffles are spelled in many ways, so the chain is not matched: it is run on the channel's own numbers,
    /// and the result says whether it is a channel map and which.
    mutating func recognizeChannelMaps() {
        let producers = producers()
        var pending: [(Int, Node)] = []
        for index in graph.nodes.indices {
            let node = graph.nodes[index]
            guard node.op.movesElements else { continue }
            for (slot, output) in node.outputs.enumerated() {
                guard let output, let shape = self[output]?.shape, shape.rank == 4, self[output]?.elementType == .float32,
                    let (root, map) = channelMap(of: output, shape, producers), root != output
                else { continue }
                let replacement = Node(
                    name: node.name + (node.outputs.count > 1 ? "/\(slot)" : ""), kind: "ChannelMap", op: ChannelMap(map: map),
                    inputs: [root], outputs: [output])
                var rest = graph.nodes[index]
                rest.outputs[slot] = nil
                graph.nodes[index] = rest
                pending.append((index + 1, replacement))
            }
        }
        // A map goes where its chain ended, so the order stays topological.
        for (offset, entry) in pending.enumerated() { graph.nodes.insert(entry.1, at: entry.0 + offset) }
        removeDeadCode()
    }

    /// The 4-D value at the chain's start and, per output channel, its channel there.
    private func channelMap(of value: ValueID, _ shape: Shape, _ producers: [ValueID: Int]) -> (ValueID, [Int])? {
        var chain: [Node] = []
        var current = value
        // Up to the nearest 4-D value whose map explains the whole chain; longer chains first merge nothing, so stop at the first.
        while let node = producers[current].map({ graph.nodes[$0] }), node.op.movesElements, let input = node.inputs[0],
            self[input]?.constant == nil
        {
            chain.append(node)
            current = input
            guard let source = self[current]?.shape, self[current]?.elementType == .float32 else { return nil }
            if source.rank == 4, source[0] == shape[0], source[2] == shape[2], source[3] == shape[3],
                let map = run(chain.reversed(), from: current, to: value, source, shape)
            {
                return (current, map)
            }
            if chain.count > 6 { return nil }
        }
        return nil
    }

    private func run(_ chain: [Node], from root: ValueID, to value: ValueID, _ source: Shape, _ shape: Shape) -> [Int]? {
        guard source[0] == 1, (1..<1 << 22).contains(source.elementCount) else { return nil }
        var known: [ValueID: Tensor] = [root: Tensor(source, of: Int32.self) { for i in $0.indices { $0[i] = Int32(i) } }]
        for node in chain {
            let inputs = node.inputs.map { $0.flatMap { known[$0] ?? constant($0) } }
            guard let results = try? node.op.evaluate(inputs) else { return nil }
            for (output, result) in zip(node.outputs, results) { if let output { known[output] = result } }
        }
        guard let result = known[value], result.shape == shape else { return nil }
        let plane = Int32(shape[2] * shape[3])
        return result.withElements(of: Int32.self) { indices in
            var map: [Int] = []
            for c in 0..<shape[1] {
                let base = indices[c * Int(plane)]
                guard base % plane == 0 else { return nil }
                for i in 0..<Int(plane) where indices[c * Int(plane) + i] != base + Int32(i) { return nil }
                map.append(Int(base / plane))
            }
            return map
        }
    }
}
