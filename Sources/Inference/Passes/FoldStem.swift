import Tensors

extension TypedGraph {
    /// YOLOX's and YOLOv5's "focus" stem: a k×k convolution over the concatenated strided slices of one image is a
    /// (k·s)×(k·s) convolution of stride s on the image itself. Same multiplications, no copies.
    mutating func foldStem() {
        rewriteNodes { typed, node, producers, uses in
            guard let convolution = node.op as? Convolution, convolution.factors == nil, let input = node.inputs[0], uses[input.index] == 1,
                let concat = producers[input].map({ typed.graph.nodes[$0] }), (concat.op as? Concat)?.axis == 1,
                convolution.groups == 1, convolution.dilations.allSatisfy({ $0 == 1 }), convolution.strides.allSatisfy({ $0 == 1 }),
                case .explicit(let pads) = convolution.padding, pads.count == 4, Set(pads).count == 1,
                let weights = typed.constant(node.inputs[1]), weights.shape.rank == 4,
                let slices = typed.strided(concat.inputs, producers), let shape = typed[slices.source]?.shape
            else { return nil }
            let s = slices.step, c = shape[1], k = weights.shape[2]
            guard weights.shape[3] == k, weights.shape[1] == c * slices.offsets.count, shape[2] % s == 0, shape[3] % s == 0 else {
                return nil
            }
            let wide = k * s, o = weights.shape[0], w = weights.elements(of: Float.self)
            let expanded = Tensor([o, c, wide, wide], of: Float.self) { buffer in
                for out in 0..<o {
                    for (part, offset) in slices.offsets.enumerated() {
                        for channel in 0..<c {
                            for y in 0..<k {
                                for x in 0..<k {
                                    let from = ((out * weights.shape[1] + part * c + channel) * k + y) * k + x
                                    let to = ((out * c + channel) * wide + y * s + offset.y) * wide + x * s + offset.x
                                    buffer[to] += w[from]
                                }
                            }
                        }
                    }
                }
            }
            let value = typed.addConstant(expanded, named: node.name + "/stem")
            var inputs = node.inputs
            inputs[0] = slices.source
            inputs[1] = value
            return Node(
                name: node.name, kind: node.kind,
                op: Convolution(strides: [s, s], dilations: [1, 1], padding: .explicit(pads.map { $0 * s }), groups: 1),
                inputs: inputs, outputs: node.outputs)
        }
    }

    /// The common image, step and (y, x) offsets when every value is image[:, :, y::s, x::s].
    private func strided(_ values: [ValueID?], _ producers: [ValueID: Int]) -> (source: ValueID, step: Int, offsets: [(y: Int, x: Int)])? {
        var source: ValueID?, step: Int?, offsets: [(y: Int, x: Int)] = []
        for value in values {
            guard let value, let (root, spans) = sliceChain(value, producers), let shape = self[root]?.shape, shape.rank == 4 else {
                return nil
            }
            guard source == nil || source == root, let y = spans[2], let x = spans[3], spans.count == 2, y.step == x.step, y.step > 1,
                step == nil || step == y.step, y.start < y.step, x.start < x.step,
                self[value]?.shape == Shape([shape[0], shape[1], shape[2] / y.step, shape[3] / x.step])
            else { return nil }
            (source, step) = (root, y.step)
            offsets.append((y.start, x.start))
        }
        guard let source, let step else { return nil }
        return (source, step, offsets)
    }

    /// Walks up a chain of constant slices, each along axes not sliced before.
    func sliceChain(_ value: ValueID, _ producers: [ValueID: Int]) -> (root: ValueID, spans: [Int: (start: Int, step: Int)])? {
        var spans: [Int: (start: Int, step: Int)] = [:]
        var value = value
        while let node = producers[value].map({ graph.nodes[$0] }), node.op is Slice {
            guard let input = node.inputs[0], let shape = self[input]?.shape, let starts = integers(node.inputs, 1),
                let steps = integers(node.inputs, 4) ?? Optional(starts.map { _ in 1 })
            else { return nil }
            let axes = integers(node.inputs, 3) ?? Array(starts.indices)
            for ((axis, start), step) in zip(zip(axes, starts), steps) {
                guard let axis = shape.normalized(axis: axis), step > 0, spans[axis] == nil else { return nil }
                let begin = min(max(start < 0 ? start + shape[axis] : start, 0), shape[axis])
                spans[axis] = (begin, step)
            }
            value = input
        }
        return spans.isEmpty ? nil : (value, spans)
    }

    func integers(_ inputs: [ValueID?], _ index: Int) -> [Int]? {
        guard index < inputs.count, let tensor = constant(inputs[index]) else { return nil }
        return ElementType.integers.contains(tensor.elementType) ? tensor.integerElements : nil
    }
}
