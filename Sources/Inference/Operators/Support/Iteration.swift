import Synchronization
import Tensors

// What Loop and Scan share.

extension Subgraph {
    /// Facts that hold in every iteration: of the states a shape only where the body leaves it as it is. O(nodes), three times at most.
    ///
    /// - Parameters:
    ///   - before: facts of the parameters before the states.
    ///   - after: of those behind.
    ///   - firstState: which output of the body is the first state's next value.
    /// - Returns: the states, and all outputs of the body.
    func steadyFacts(
        before: [ValueFacts?], states given: [ValueFacts?], after: [ValueFacts?], firstState: Int
    ) throws(OperatorError) -> (states: [ValueFacts], outputs: [ValueFacts]) {
        var states: [ValueFacts] = []
        for (index, fact) in given.enumerated() {
            guard let fact else { throw OperatorError("state \(index) is missing") }
            states.append(fact.isSequence ? ValueFacts(sequence: nil, of: fact.elementType) : ValueFacts(fact.elementType, fact.shape))
        }
        var isLast = false
        while true {
            let outputs = try facts(for: before + states + after)
            var moving: [Int] = []
            for (index, state) in states.enumerated() {
                let next = outputs[firstState + index]
                guard state.elementType == next.elementType, state.isSequence == next.isSequence else {
                    throw OperatorError("state \(index) is \(state.elementType) at first and \(next.elementType) later")
                }
                if !state.isSequence, state.shape != nil, state.shape != next.shape { moving.append(index) }
            }
            if moving.isEmpty { return (states, outputs) }
            // The second time all shapes go, so that the third is the last.
            for index in states.indices where isLast || moving.contains(index) { states[index].shape = nil }
            isLast = true
        }
    }
}

/// What an output of a body was, iteration by iteration.
struct StackedTensors {
    private let elementType: ElementType
    /// Of the outcome, as far as it is known.
    private let shape: Shape?
    private var items: [Tensor] = []
    private var bytes = 0

    init(_ facts: ValueFacts) { (elementType, shape) = (facts.elementType, facts.shape) }

    mutating func append(_ item: Tensor, limit: MemoryLimit = .machine) throws(OperatorError) {
        if let first = items.first, first.shape != item.shape {
            throw OperatorError("the body gives \(first.shape) at first and \(item.shape) later, which cannot be stacked")
        }
        bytes += MemoryLimit.bytes(of: item.shape, item.elementType)
        guard bytes <= limit.bytes else { throw OperatorError("it stacks \(MemoryLimit.text(bytes)), of \(limit.described)") }
        items.append(item)
    }

    func joined(axis: Int, isReversed: Bool = false) throws(OperatorError) -> Tensor {
        guard !items.isEmpty else { return Tensor(shape ?? [0], type: elementType) { _ in } }
        var parts: [Tensor] = []
        for item in isReversed ? items.reversed() : items { parts.append(item.reshaped(to: try item.shape.inserting(axis: axis))) }
        return try Concat(axis: axis).evaluate(parts)[0]
    }
}

/// How many iterations a loop may have, with all loops inside of it. A few bytes of a file can ask for any number.
final class IterationBudget: Sendable {
    static let most = 1 << 17

    /// Of the loop around; nil outside of loops.
    @TaskLocal private static var current: IterationBudget?

    private let left = Mutex(most)

    func take() throws(OperatorError) {
        let isLeft = left.withLock { left in
            left -= 1
            return left >= 0
        }
        if !isLeft { throw OperatorError("it has more than \(Self.most) iterations, with those of the loops inside of it") }
    }

    /// Runs a loop within the budget of the one around it.
    static func within<Outcome>(_ body: (IterationBudget) throws(OperatorError) -> Outcome) throws(OperatorError) -> Outcome {
        if let outer = current { return try body(outer) }
        let budget = IterationBudget()
        let result = $current.withValue(budget) {
            Result { () throws(OperatorError) -> Outcome in try body(budget) }
        }
        return try result.get()
    }

    /// Refuses a number of iterations that is known beforehand.
    static func check(_ count: Int) throws(OperatorError) {
        guard count <= most else { throw OperatorError("\(count) iterations are more than the \(most) that a loop may have") }
    }
}
