import Tensors

/// ONNX If. Inputs: a condition of one element, what the first branch reads, what the second reads.
///
/// Where the condition is known when a plan is made, the branch's nodes take the place of this one. Else it runs the branch on row-major
/// tensors, as its nodes' reference kernels do.
public struct Conditional: GraphHolder {
    public enum Branch: Sendable, Equatable {
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
            guard a.elementType == b.elementType, a.isSequence == b.isSequence else {
                throw OperatorError("its branches give \(a.elementType) and \(b.elementType), or a sequence and a tensor")
            }
            merged.append(
                a.isSequence ? ValueFacts(sequence: nil, of: a.elementType) : ValueFacts(a.elementType, a.shape == b.shape ? a.shape : nil))
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
