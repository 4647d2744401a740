import Tensors

/// A list of nodes inside of a node, with the outer values that it reads as its parameters.
public struct Subgraph: Sendable {
    /// In topological order.
    public var nodes: [Node]
    public var constants: [ValueID: Tensor]
    /// What stands for the inputs that the outer node hands in, in their order.
    public var parameters: [ValueID]
    public var outputs: [ValueID]
    /// Names for messages; index = `ValueID.index`.
    public var valueNames: [String]

    public init(
        nodes: [Node], constants: [ValueID: Tensor], parameters: [ValueID], outputs: [ValueID], valueNames: [String]
    ) {
        (self.nodes, self.constants, self.parameters) = (nodes, constants, parameters)
        (self.outputs, self.valueNames) = (outputs, valueNames)
    }

    /// Elements of constants that the shape rule computes, for shapes made of shapes.
    private static let foldingLimit = 1 << 12

    /// Shape rules of all nodes, in order.
    func facts(for inputs: [ValueFacts?]) throws(OperatorError) -> [ValueFacts] {
        var facts = constants.mapValues { ValueFacts(constant: $0) }
        for (parameter, input) in zip(parameters, inputs) { facts[parameter] = input }
        for node in nodes {
            let arguments = node.inputs.map { $0.flatMap { facts[$0] } }
            let results = try Self.named(node) { () throws(OperatorError) in try node.op.outputs(for: arguments) }
            var values: [Tensor?] = results.map(\.constant)
            // What a conditional knows of its branch it has computed itself.
            if !(node.op is Conditional), results.allSatisfy({ ($0.shape?.elementCount ?? Int.max) <= Self.foldingLimit }),
                zip(arguments, node.inputs).allSatisfy({ $1 == nil || $0?.constant != nil })
            {
                values = try Self.named(node) { () throws(OperatorError) in try node.op.evaluate(arguments.map { $0?.constant }) }
            }
            for (index, output) in node.outputs.enumerated() where index < results.count {
                guard let output else { continue }
                facts[output] = (index < values.count ? values[index] : nil).map { ValueFacts(constant: $0) } ?? results[index]
            }
        }
        var results: [ValueFacts] = []
        for output in outputs {
            guard let fact = facts[output] else { throw OperatorError("nothing produces '\(valueNames[output.index])'") }
            results.append(fact)
        }
        return results
    }

    /// All nodes, one after the other, on row-major tensors. What nothing reads any more is let go.
    func evaluate(_ inputs: [Tensor?]) throws(OperatorError) -> [Tensor] {
        var values = constants
        for (parameter, input) in zip(parameters, inputs) { values[parameter] = input }
        var uses: [ValueID: Int] = [:]
        for value in nodes.flatMap(\.inputs) + outputs { if let value { uses[value, default: 0] += 1 } }
        for node in nodes {
            let arguments = node.inputs.map { $0.flatMap { values[$0] } }
            let results = try Self.named(node) { () throws(OperatorError) in try node.op.evaluate(arguments) }
            for (output, result) in zip(node.outputs, results) { if let output { values[output] = result } }
            for case let input? in node.inputs {
                uses[input, default: 0] -= 1
                if uses[input] == 0 { values[input] = nil }
            }
        }
        var results: [Tensor] = []
        for output in outputs {
            guard let value = values[output] else { throw OperatorError("nothing produces '\(valueNames[output.index])'") }
            results.append(value)
        }
        return results
    }

    private static func named<T>(_ node: Node, _ body: () throws(OperatorError) -> T) throws(OperatorError) -> T {
        do throws(OperatorError) { return try body() } catch {
            throw OperatorError("inside, node '\(node.name)': \(node.kind): \(error.message)")
        }
    }
}

/// ONNX If. Inputs: a condition of one element, what the first branch reads, what the second reads.
///
/// Where the condition is known when a plan is made, the branch's nodes take the place of this one. Else it runs the branch on row-major
/// tensors, as its nodes' reference kernels do.
public struct Conditional: Operator {
    public enum Branch: Sendable {
        case graph(Subgraph)
        /// Cannot be run, and why: an error only where the condition leads there.
        case unusable(String)
    }
    public var then: Branch
    public var otherwise: Branch
    /// Inputs of the first branch; the rest are the second's.
    public var thenInputCount: Int
    public var outputCount: Int
    public init(then: Branch, otherwise: Branch, thenInputCount: Int, outputCount: Int) {
        (self.then, self.otherwise) = (then, otherwise)
        (self.thenInputCount, self.outputCount) = (thenInputCount, outputCount)
    }

    public func outputs(for inputs: [ValueFacts?]) throws(OperatorError) -> [ValueFacts] {
        let condition = try inputs.operand(0, "cond", [.bool])
        try inputs.checkSingle(0, "cond", .bool)
        if let known = condition.constant { return try facts(of: Self.isTrue(known), inputs) }
        let first = try facts(of: true, inputs)
        let second = try facts(of: false, inputs)
        var merged: [ValueFacts] = []
        for (a, b) in zip(first, second) {
            guard a.elementType == b.elementType else {
                throw OperatorError("its branches give \(a.elementType) and \(b.elementType)")
            }
            merged.append(ValueFacts(a.elementType, a.shape == b.shape ? a.shape : nil))
        }
        return merged
    }

    public func evaluate(_ inputs: Operands) throws(OperatorError) -> [Tensor] {
        let choice = Self.isTrue(inputs[0])
        return try subgraph(choice).evaluate(Array(inputs.tensors[range(choice, inputs.tensors.count)]))
    }

    static func isTrue(_ condition: Tensor) -> Bool { condition.withElements(of: Bool.self) { $0.first ?? false } }

    /// The inputs of a branch.
    func range(_ choice: Bool, _ count: Int) -> Range<Int> {
        let split = min(max(1 &+ thenInputCount, 1), max(count, 1))
        return choice ? 1..<split : split..<max(count, split)
    }

    func subgraph(_ choice: Bool) throws(OperatorError) -> Subgraph {
        switch choice ? then : otherwise {
        case .graph(let graph):
            guard graph.outputs.count == outputCount else {
                throw OperatorError("a branch has \(graph.outputs.count) outputs instead of \(outputCount)")
            }
            return graph
        case .unusable(let reason): throw OperatorError("its \(choice ? "then" : "else") branch cannot be run: \(reason)")
        }
    }

    private func facts(of choice: Bool, _ inputs: [ValueFacts?]) throws(OperatorError) -> [ValueFacts] {
        try subgraph(choice).facts(for: Array(inputs[range(choice, inputs.count)]))
    }
}
