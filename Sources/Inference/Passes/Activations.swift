import Tensors

extension TypedGraph {
    /// Clip with constant bounds, and the spelled-out forms of SiLU, Mish, hard-swish, hard-sigmoid and GELU become `Unary`.
    mutating func recognizeActivations() {
        rewriteNodes { typed, node, producers, _ in
            guard let clamp = typed.constantClip(node) else { return nil }
            return Node(name: node.name, kind: node.kind, op: Unary(clamp), inputs: [node.inputs[0]], outputs: node.outputs)
        }
        rewriteNodes { typed, node, producers, _ in typed.hardSigmoid(node, producers) }
        rewriteNodes { typed, node, producers, _ in typed.gated(node, producers) }
        rewriteNodes { typed, node, producers, _ in typed.gelu(node, producers) }
    }

    private func constantClip(_ node: Node) -> Unary.Function? {
        guard node.op is Clip, let input = node.inputs.first ?? nil, self[input]?.elementType == .float32 else { return nil }
        let low = node.inputs.optional(1), high = node.inputs.optional(2)
        guard low == nil || scalar(low) != nil, high == nil || scalar(high) != nil else { return nil }
        return .clamp(low: scalar(low) ?? -.infinity, high: scalar(high) ?? .infinity)
    }

    /// clip(x + 3, 0, 6) / 6.
    private func hardSigmoid(_ node: Node, _ producers: [ValueID: Int]) -> Node? {
        guard let (inner, factor) = scaled(node), abs(factor - 1 / 6) < 1e-6, let x = clippedShift(inner, producers) else { return nil }
        return Node(
            name: node.name, kind: "HardSigmoid", op: Unary(.hardSigmoid(alpha: 1 / 6, beta: 0.5)),
            inputs: [x], outputs: node.outputs)
    }

    /// x · g(x), and (x · clip(x + 3, 0, 6)) / 6.
    private func gated(_ node: Node, _ producers: [ValueID: Int]) -> Node? {
        func make(_ function: Unary.Function, _ x: ValueID) -> Node {
            Node(name: node.name, kind: "Activation", op: Unary(function), inputs: [x], outputs: node.outputs)
        }
        if let (inner, factor) = scaled(node), abs(factor - 1 / 6) < 1e-6,
            let (a, b) = producers[inner].flatMap({ product(graph.nodes[$0]) })
        {
            for (x, gate) in [(a, b), (b, a)] where clippedShift(gate, producers) == x { return make(.hardSwish, x) }
        }
        guard let (a, b) = product(node) else { return nil }
        for (x, gate) in [(a, b), (b, a)] {
            guard let producer = producers[gate].map({ graph.nodes[$0] }) else { continue }
            if let unary = producer.op as? Unary {
                let from = producer.inputs[0]
                switch unary.function {
                case .sigmoid where from == x: return make(.silu, x)
                case .hardSigmoid(let alpha, 0.5) where from == x && abs(alpha - 1 / 6) < 1e-6:
                    return make(.hardSwish, x)
                case .tanh:
                    if let from, let softplus = producers[from].map({ graph.nodes[$0] }), (softplus.op as? Unary)?.function == .softplus,
                        softplus.inputs[0] == x
                    {
                        return make(.mish, x)
                    }
                default: break
                }
            }
        }
        return nil
    }

    /// x · ½ · (1 + erf(x / √2)), or with tanh(√(2/π) · (x + 0.044715 x³)) for erf, in any order of the factors; x · sigmoid(1.702 x).
    private func gelu(_ node: Node, _ producers: [ValueID: Int]) -> Node? {
        guard product(node) != nil || scaled(node) != nil, let output = node.outputs[0] else { return nil }
        func producer(_ value: ValueID?) -> Node? { value.flatMap { producers[$0] }.map { graph.nodes[$0] } }
        func make(_ function: Unary.Function, _ x: ValueID) -> Node {
            Node(name: node.name, kind: "Gelu", op: Unary(function), inputs: [x], outputs: [output])
        }
        let (values, factor) = factors(node, producers)
        guard values.count == 2 else { return nil }
        for (x, other) in [(values[0], values[1]), (values[1], values[0])] {
            guard let gate = producer(other) else { continue }
            if factor == 1, (gate.op as? Unary)?.function == .sigmoid, let scaled = producer(gate.inputs[0]).flatMap(scaled), scaled.0 == x
            {
                return make(.swish(alpha: scaled.1), x)
            }
            guard abs(factor - 0.5) < 1e-6, (gate.op as? Binary)?.function == .add,
                let inner = scalar(gate.inputs[1]) == 1 ? gate.inputs[0] : scalar(gate.inputs[0]) == 1 ? gate.inputs[1] : nil,
                let curve = producer(inner), let argument = producer(curve.inputs[0]).flatMap(scaled)
            else { continue }
            switch (curve.op as? Unary)?.function {
            case .erf where argument.0 == x && abs(argument.1 - 0.70710678) < 1e-4: return make(.gelu(tanhApproximation: false), x)
            case .tanh where abs(argument.1 - 0.79788456) < 1e-4 && isCubic(argument.0, of: x, producers):
                return make(.gelu(tanhApproximation: true), x)
            default: continue
            }
        }
        return nil
    }

    /// The values that a node multiplies, through products and constant factors before it, and the product of those factors.
    private func factors(_ node: Node, _ producers: [ValueID: Int]) -> (values: [ValueID], factor: Float) {
        var values: [ValueID] = [], factor: Float = 1
        func expand(_ node: Node, depth: Int) {
            if let (value, scale) = scaled(node) {
                factor *= scale
                visit(value, depth)
            } else if let (a, b) = product(node) {
                visit(a, depth)
                visit(b, depth)
            }
        }
        func visit(_ value: ValueID, _ depth: Int) {
            if depth < 2, let inner = producers[value].map({ graph.nodes[$0] }), product(inner) != nil || scaled(inner) != nil {
                expand(inner, depth: depth + 1)
            } else {
                values.append(value)
            }
        }
        expand(node, depth: 0)
        return (values, factor)
    }

    /// Whether a value is x + 0.044715 x³.
    private func isCubic(_ value: ValueID, of x: ValueID, _ producers: [ValueID: Int]) -> Bool {
        guard let sum = producers[value].map({ graph.nodes[$0] }), (sum.op as? Binary)?.function == .add else { return false }
        for (plain, other) in [(sum.inputs[0], sum.inputs[1]), (sum.inputs[1], sum.inputs[0])] where plain == x {
            guard let term = other.flatMap({ producers[$0] }).flatMap({ scaled(graph.nodes[$0]) }), abs(term.1 - 0.044715) < 1e-5,
                let power = producers[term.0].map({ graph.nodes[$0] }), (power.op as? Binary)?.function == .power
            else { return false }
            return power.inputs[0] == x && scalar(power.inputs[1]) == 3
        }
        return false
    }

    private func product(_ node: Node) -> (ValueID, ValueID)? {
        guard (node.op as? Binary)?.function == .multiply, let a = node.inputs[0], let b = node.inputs[1] else { return nil }
        return (a, b)
    }

    /// (v, f) when the node is v · f or v / (1/f) with a constant scalar.
    func scaled(_ node: Node) -> (ValueID, Float)? {
        guard let binary = node.op as? Binary, node.inputs.count == 2, let a = node.inputs[0], let b = node.inputs[1] else { return nil }
        switch binary.function {
        case .divide: return scalar(b).map { (a, 1 / $0) }
        case .multiply: return scalar(b).map { (a, $0) } ?? scalar(a).map { (b, $0) }
        default: return nil
        }
    }

    /// x when `value` is clip(x + 3, 0, 6).
    private func clippedShift(_ value: ValueID, _ producers: [ValueID: Int]) -> ValueID? {
        guard let clip = producers[value].map({ graph.nodes[$0] }), (clip.op as? Unary)?.function == .clamp(low: 0, high: 6),
            let sum = clip.inputs[0],
            let add = producers[sum].map({ graph.nodes[$0] }), (add.op as? Binary)?.function == .add
        else { return nil }
        if scalar(add.inputs[1]) == 3 { return add.inputs[0] }
        if scalar(add.inputs[0]) == 3 { return add.inputs[1] }
        return nil
    }
}
