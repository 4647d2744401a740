import Tensors

/// ONNX Scan: a loop over the slices of tensors. Inputs: the states, the tensors that are cut, what the body reads of the graph around it.
/// Outputs: the states after the last iteration, then for each further output of the body its values stacked.
public struct Scan: GraphHolder {
    /// One of the tensors that are cut or stacked.
    public struct Track: Sendable, Hashable {
        public var axis: Int
        public var isReversed: Bool
        public init(axis: Int = 0, isReversed: Bool = false) { (self.axis, self.isReversed) = (axis, isReversed) }
    }

    /// Parameters: the states, the slices, what it reads besides. Outputs: the states, the rest.
    public var body: Subgraph
    public var stateCount: Int
    public var inputs, outputs: [Track]
    public init(body: Subgraph, stateCount: Int, inputs: [Track], outputs: [Track]) {
        (self.body, self.stateCount, self.inputs, self.outputs) = (body, stateCount, inputs, outputs)
    }

    public func outputs(for given: [ValueFacts?]) throws(OperatorError) -> [ValueFacts] {
        guard stateCount >= 0, !inputs.isEmpty, stateCount <= given.count - inputs.count, body.outputs.count - outputs.count == stateCount
        else {
            throw OperatorError("\(given.count) inputs and \(body.outputs.count) outputs of the body do not go with \(stateCount) states")
        }
        let tracks = stateCount..<stateCount + inputs.count
        var slices: [ValueFacts?] = [], count: Int?
        for (index, track) in zip(tracks, inputs) {
            let whole = try given.operand(index, "scan input \(index - stateCount)")
            var slice = whole.shape
            if let shape = whole.shape {
                let axis = try shape.checked(axis: track.axis)
                guard count == nil || count == shape[axis] else {
                    throw OperatorError("its inputs have \(count!) and \(shape[axis]) slices")
                }
                count = shape[axis]
                slice?.dims.remove(at: axis)
            }
            slices.append(ValueFacts(whole.elementType, slice))
        }
        if let count { try IterationBudget.check(count) }
        let steady = try body.steadyFacts(
            before: [], states: Array(given[..<stateCount]), after: slices + given[tracks.upperBound...], firstState: 0)
        var results = steady.states
        for (fact, track) in zip(steady.outputs[stateCount...], outputs) {
            guard !fact.isSequence else { throw OperatorError("the body gives a sequence where a tensor is stacked") }
            var stacked: Shape?
            if let count, let item = fact.shape {
                var shape = try item.inserting(axis: track.axis)
                shape[try shape.checked(axis: track.axis)] = count
                stacked = try Shape(checking: shape.dims)
            }
            results.append(ValueFacts(fact.elementType, stacked))
        }
        return results
    }

    public func evaluate(_ given: Operands) throws(OperatorError) -> [Tensor] {
        try IterationBudget.within { budget throws(OperatorError) in try run(given, budget) }
    }

    private func run(_ given: Operands, _ budget: IterationBudget) throws(OperatorError) -> [Tensor] {
        let wholes = given.tensors[stateCount..<stateCount + inputs.count].compactMap(\.self)
        let axes = try zip(wholes, inputs).map { whole, track throws(OperatorError) in try whole.shape.checked(axis: track.axis) }
        let count = wholes[0].shape[axes[0]]
        var states: [Tensor?] = Array(given.tensors[..<stateCount])
        let captured = Array(given.tensors[(stateCount + inputs.count)...])
        var stacks = given.outputs[stateCount...].map { StackedTensors($0) }
        for iteration in 0..<count {
            try budget.take()
            var slices: [Tensor?] = []
            for (index, whole) in wholes.enumerated() {
                let place = inputs[index].isReversed ? count - 1 - iteration : iteration
                slices.append(try Gather(axis: axes[index]).evaluate([whole, Tensor(scalar: Int64(place))])[0])
            }
            let results = try body.evaluate(states + slices + captured)
            states = Array(results[..<stateCount])
            for index in stacks.indices { try stacks[index].append(results[stateCount + index]) }
        }
        var results = states.compactMap(\.self)
        for (stack, track) in zip(stacks, outputs) { results.append(try stack.joined(axis: track.axis, isReversed: track.isReversed)) }
        return results
    }
}
