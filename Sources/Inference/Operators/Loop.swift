import Tensors

/// ONNX Loop. Inputs: the most iterations (optional), a condition of one element (optional), the states, what the body reads of the graph
/// around it. Outputs: the states after the last iteration, then for each further output of the body its values stacked.
///
/// Runs the body on row-major tensors, as its nodes' reference kernels do.
public struct Loop: GraphHolder {
    /// Parameters: the iteration's number, the condition, the states, what it reads besides. Outputs: the condition, the states, the rest.
    public var body: Subgraph
    public var stateCount: Int
    public init(body: Subgraph, stateCount: Int) { (self.body, self.stateCount) = (body, stateCount) }

    public func outputs(for inputs: [ValueFacts?]) throws(OperatorError) -> [ValueFacts] {
        let most = try inputs.optionalOperand(0, "M", [.int64])
        let condition = try inputs.optionalOperand(1, "cond", [.bool])
        try inputs.checkSingle(0, "M", .int64)
        try inputs.checkSingle(1, "cond", .bool)
        guard stateCount >= 0, stateCount <= inputs.count - 2, stateCount < body.outputs.count else {
            throw OperatorError("\(inputs.count) inputs and \(body.outputs.count) outputs of the body do not go with \(stateCount) states")
        }
        // The body runs only while the condition is true.
        let inside = ValueFacts(constant: Tensor(scalar: true))
        let steady = try body.steadyFacts(
            before: [ValueFacts(.int64, []), inside], states: Array(inputs[2..<2 + stateCount]), after: Array(inputs[(2 + stateCount)...]),
            firstState: 1)
        let next = steady.outputs[0]
        guard next.elementType == .bool, !next.isSequence else { throw OperatorError("the body's condition is \(next.elementType)") }
        var count: Int?
        let alwaysGoesOn = next.constant.map(Conditional.isTrue) ?? false
        if condition == nil || condition?.constant.map(Conditional.isTrue) == true, alwaysGoesOn {
            guard let most else { throw OperatorError("it never ends: it has no number of iterations, and its condition stays true") }
            count = most.constant.map { max(0, $0.integerElements[0]) }
            if let count { try IterationBudget.check(count) }
        }
        return steady.states
            + (try steady.outputs[(1 + stateCount)...].map { fact throws(OperatorError) in
                guard !fact.isSequence else { throw OperatorError("the body gives a sequence where a tensor is stacked") }
                guard let count, let item = fact.shape else { return ValueFacts(fact.elementType, nil) }
                return ValueFacts(fact.elementType, try Shape(checking: [count] + item.dims))
            })
    }

    public func evaluate(_ inputs: Operands) throws(OperatorError) -> [Tensor] {
        try IterationBudget.within { budget throws(OperatorError) in try run(inputs, budget) }
    }

    private func run(_ inputs: Operands, _ budget: IterationBudget) throws(OperatorError) -> [Tensor] {
        let most = inputs.optional(0).map { $0.integerElements[0] } ?? Int.max
        var goesOn = inputs.optional(1).map(Conditional.isTrue) ?? true
        var states: [Tensor?] = Array(inputs.tensors[2..<2 + stateCount])
        let captured = Array(inputs.tensors[(2 + stateCount)...])
        var stacks = inputs.outputs[stateCount...].map { StackedTensors($0) }
        var iteration = 0
        while iteration < most, goesOn {
            try budget.take()
            let results = try body.evaluate([Tensor(scalar: Int64(iteration)), Tensor(scalar: true)] + states + captured)
            goesOn = Conditional.isTrue(results[0])
            states = Array(results[1..<1 + stateCount])
            for index in stacks.indices { try stacks[index].append(results[1 + stateCount + index]) }
            iteration += 1
        }
        var outputs = states.compactMap(\.self)
        for stack in stacks { outputs.append(try stack.joined(axis: 0)) }
        return outputs
    }
}
