import Inference
import Tensors
import Testing

/// A small deterministic generator, so that a failing sweep fails again.
struct TestNumbers {
    private var state: UInt64
    init(_ seed: UInt64) { state = seed &* 0x9e37_79b9_7f4a_7c15 | 1 }

    mutating func next() -> UInt64 {
        state ^= state << 13
        state ^= state >> 7
        state ^= state << 17
        return state
    }

    mutating func int(_ range: ClosedRange<Int>) -> Int { range.lowerBound + Int(next() % UInt64(range.count)) }
    mutating func pick<T>(_ values: [T]) -> T { values[int(0...(values.count - 1))] }
    mutating func floats(_ shape: Shape) -> Tensor {
        Tensor(shape, (0..<shape.elementCount).map { _ in Float(int(-1000...1000)) / 500 })
    }
    mutating func int64s(_ shape: Shape, _ range: ClosedRange<Int>) -> Tensor {
        Tensor(shape, (0..<shape.elementCount).map { _ in Int64(int(range)) })
    }
}

func list(_ values: [Int]) -> Tensor { Tensor([values.count], values.map { Int64($0) }) }
func floats(_ values: [Float]) -> Tensor { Tensor([values.count], values) }

/// Every index of a shape, in row-major order, by counting.
func indices(_ shape: Shape) -> [[Int]] {
    shape.dims.reduce([[]]) { prefixes, extent in prefixes.flatMap { prefix in (0..<extent).map { prefix + [$0] } } }
}

/// A tensor as a function of an index: the tests' own, slow way of reading.
struct Naive {
    let shape: Shape
    let values: [Float]

    init(_ tensor: Tensor) { (shape, values) = (tensor.shape, tensor.elements()) }

    subscript(_ index: [Int]) -> Float {
        var offset = 0
        for axis in index.indices { offset = offset * shape[axis] + index[axis] }
        return values[offset]
    }

    /// Builds a tensor from a function of the index.
    static func build(_ shape: Shape, _ value: ([Int]) -> Float) -> Tensor { Tensor(shape, indices(shape).map(value)) }
}

/// Runs an operator and checks that its shape rule foretold what came out.
func run(_ op: some Operator, _ inputs: [Tensor?], sourceLocation: SourceLocation = #_sourceLocation) throws -> [Tensor] {
    let results = try op.evaluate(inputs)
    let facts = try op.outputs(for: inputs.map { $0.map { ValueFacts(constant: $0) } })
    #expect(facts.count == results.count, sourceLocation: sourceLocation)
    for (fact, result) in zip(facts, results) {
        #expect(fact.elementType == result.elementType, sourceLocation: sourceLocation)
        #expect(fact.shape == nil || fact.shape == result.shape, sourceLocation: sourceLocation)
    }
    return results
}

func expectClose(
    _ tensor: Tensor, _ reference: Tensor, _ how: Approximation = .close(relative: 1e-4, absolute: 1e-4),
    _ what: @autoclosure () -> String = "", sourceLocation: SourceLocation = #_sourceLocation
) {
    if let mismatch = how.mismatch(tensor, reference: reference) {
        Issue.record("\(mismatch) \(what())", sourceLocation: sourceLocation)
    }
}
