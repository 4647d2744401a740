import Tensors

// Products with a transposed operand, and the attention that they are part of.

extension TypedGraph {
    /// A · Bᵀ without making Bᵀ: what exchanges the last two axes of a product's operand goes into the product, and the rest of the
    /// transposition, if any, moves whole rows. So do constant factors of either operand.
    mutating func absorbTransposes() {
        var nodes: [Node] = []
        let producers = producers()
        for node in graph.nodes {
            guard node.op is MatMul, let (a, left) = node.inputs[0].map({ unscaled($0, producers) }),
                let (b, right) = node.inputs[1].map({ unscaled($0, producers) }),
                let transpose = producers[b].map({ graph.nodes[$0] }), let order = (transpose.op as? Transpose)?.permutation,
                let source = transpose.inputs[0], let facts = self[source], facts.elementType == .float32, facts.constant == nil,
                let shape = facts.shape, order.count == shape.rank, order.count >= 2, order[order.count - 2] == order.count - 1
            else {
                nodes.append(node)
                continue
            }
            var rest = order, operand = source
            rest.swapAt(order.count - 2, order.count - 1)
            if rest != Array(0..<order.count) {
                operand = addValue(ValueFacts(.float32, Shape(rest.map { shape[$0] })), named: "\(graph.valueNames[b.index])/rows")
                nodes.append(
                    Node(name: transpose.name, kind: transpose.kind, op: Transpose(permutation: rest), inputs: [source], outputs: [operand])
                )
            }
            nodes.append(
                Node(
                    name: node.name, kind: node.kind, op: FusedMatMul(alpha: left * right, transposesB: true), inputs: [a, operand],
                    outputs: node.outputs))
        }
        graph.nodes = nodes
        removeDeadCode()
    }

    /// A value without the constant numbers that it is multiplied by.
    private func unscaled(_ value: ValueID, _ producers: [ValueID: Int]) -> (value: ValueID, factor: Float) {
        guard self[value]?.elementType == .float32, let node = producers[value].map({ graph.nodes[$0] }),
            let (inner, factor) = scaled(node),
            self[inner]?.shape == self[value]?.shape
        else { return (value, 1) }
        return (inner, factor)
    }

    /// softmax(scale · Q Kᵀ + mask) V, head by head, so that the scores stay in the cache. Also in the form V softmax(…)ᵀ, whose operands have
    /// their rows as columns.
    mutating func recognizeAttention() {
        var nodes: [Node] = []
        let producers = producers(), uses = useCounts()
        for node in graph.nodes {
            if let attention = AttentionPattern(node, self, producers, uses) {
                nodes += attention.nodes(in: &self)
            } else {
                nodes.append(node)
            }
        }
        graph.nodes = nodes
        removeDeadCode()
    }
}

/// The parts of an attention that ends in a product of the graph.
private struct AttentionPattern {
    let node: Node
    /// Q and K are [batch, heads, length, size]; V is too, or has the last two axes exchanged, as the result then has.
    let query, key, value: ValueID
    /// K has the last two axes exchanged.
    let keyIsTransposed: Bool
    let mask: ValueID?
    let scale: Float
    let isTransposed: Bool

    init?(_ node: Node, _ typed: TypedGraph, _ producers: [ValueID: Int], _ uses: [Int]) {
        /// What makes a value that nothing else reads.
        func inner(_ value: ValueID?) -> Node? {
            guard let value, uses[value.index] == 1 else { return nil }
            return producers[value].map { typed.graph.nodes[$0] }
        }
        guard let a = node.inputs.optional(0) as ValueID?, let b = node.inputs.optional(1) as ValueID?,
            let output = node.outputs.first ?? nil,
            let shape = typed[output]?.shape, shape.rank == 4 || shape.rank == 3
        else { return nil }
        isTransposed = (node.op as? FusedMatMul) == FusedMatMul(transposesB: true)
        guard node.op is MatMul || isTransposed, let softmax = inner(isTransposed ? b : a), let normal = softmax.op as? Softmax,
            !normal.logarithm, !normal.flattens, normal.axis == -1 || normal.axis == shape.rank - 1
        else { return nil }
        var (scores, factor, added) = (softmax.inputs[0], Float(1), nil as ValueID?)
        // From the softmax back to the product: at most a mask and a factor.
        if let sum = inner(scores), (sum.op as? Binary)?.function == .add, let x = sum.inputs[0], let y = sum.inputs[1] {
            let isFirst = typed.isScores(x, producers)
            guard isFirst || typed.isScores(y, producers) else { return nil }
            (scores, added) = isFirst ? (x, y) : (y, x)
        }
        if let product = inner(scores), let (x, by) = typed.scaled(product) { (scores, factor) = (x, by) }
        guard let product = inner(scores), let kind = Product(product), let q = product.inputs[0],
            let k = product.inputs[1], let from = typed[q]?.shape, let keys = typed[k]?.shape,
            let values = typed[isTransposed ? a : b]?.shape,
            from.rank == shape.rank, keys.rank == shape.rank, values.rank == shape.rank,
            from.dims.dropLast(2) == keys.dims.dropLast(2), from.dims.dropLast(2) == values.dims.dropLast(2), typed.constant(q) == nil,
            typed.constant(k) == nil, typed.constant(isTransposed ? a : b) == nil
        else { return nil }
        // A mask of another rank would not broadcast where the heads are told from the batch.
        if let added,
            typed[added]?.elementType != .float32 || typed[added]?.shape == nil || shape.rank == 3 && typed[added]!.shape!.rank > 2
        {
            return nil
        }
        (self.node, query, key, value, mask, scale) = (node, q, k, isTransposed ? a : b, added, factor * kind.factor)
        keyIsTransposed = !kind.transposesB
    }

    /// A product of matrices, with or without a factor and an exchange of B's last axes.
    private struct Product {
        let factor: Float
        let transposesB: Bool
        init?(_ node: Node) {
            if node.op is MatMul {
                (factor, transposesB) = (1, false)
                return
            }
            guard let fused = node.op as? FusedMatMul, fused == FusedMatMul(alpha: fused.alpha, transposesB: fused.transposesB) else {
                return nil
            }
            (factor, transposesB) = (fused.alpha, fused.transposesB)
        }
    }

    /// Attention, with what brings its operands into the order that it wants.
    func nodes(in typed: inout TypedGraph) -> [Node] {
        var nodes: [Node] = []
        /// The value seen in another order or shape.
        func add(_ op: any Operator, _ value: ValueID, _ extra: [ValueID], _ shape: Shape) -> ValueID {
            let result = typed.addValue(ValueFacts(.float32, shape), named: "\(typed.graph.valueNames[value.index])/heads")
            nodes.append(Node(name: node.name, kind: "Attention", op: op, inputs: [value] + extra, outputs: [result]))
            return result
        }
        func reshaped(_ value: ValueID, _ shape: Shape) -> ValueID {
            let dims = typed.addConstant(Tensor([shape.rank], shape.dims.map(Int64.init)), named: "\(node.name)/shape")
            return add(Reshape(allowZero: true), value, [dims], shape)
        }
        func byHead(_ value: ValueID) -> ValueID {
            let shape = typed[value]!.shape!
            return shape.rank == 4 ? value : reshaped(value, Shape([1] + shape.dims))
        }
        func exchanged(_ value: ValueID) -> ValueID {
            let shape = typed[value]!.shape!
            return add(Transpose(permutation: [0, 1, 3, 2]), value, [], [shape[0], shape[1], shape[3], shape[2]])
        }
        let q = byHead(query), k = keyIsTransposed ? exchanged(byHead(key)) : byHead(key),
            v = isTransposed ? exchanged(byHead(value)) : byHead(value)
        let rows = typed[q]!.shape!, columns = typed[v]!.shape!
        let shape: Shape = [rows[0], rows[1], rows[2], columns[3]]
        var result = typed.addValue(ValueFacts(.float32, shape), named: "\(node.name)/attention")
        nodes.append(
            Node(
                name: node.name, kind: "Attention", op: Attention(scale: scale), inputs: [q, k, v] + (mask.map { [$0] } ?? []),
                outputs: [result]))
        if isTransposed { result = exchanged(result) }
        let output = node.outputs[0]!, wanted = typed[output]!.shape!
        if wanted.rank == 3 { result = reshaped(result, wanted) }
        nodes[nodes.count - 1].outputs = [output]
        return nodes
    }
}

extension TypedGraph {
    /// Whether a value is a product of two values, or such a product times a number.
    fileprivate func isScores(_ value: ValueID, _ producers: [ValueID: Int]) -> Bool {
        guard let node = producers[value].map({ graph.nodes[$0] }) else { return false }
        let inner = scaled(node).flatMap { producers[$0.0] }.map { graph.nodes[$0] } ?? node
        return inner.op is FusedMatMul || inner.op is MatMul
    }
}
