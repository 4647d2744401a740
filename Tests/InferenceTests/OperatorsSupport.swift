import Inference
import Tensors
import TestSupport
import Testing

extension Dice {
    /// In −2 … 2.
    mutating func floats(_ shape: Shape) -> Tensor { tensor(shape, scale: 2) }
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
    _ what: String = "", sourceLocation: SourceLocation = #_sourceLocation
) {
    if let mismatch = how.mismatch(tensor, reference: reference) {
        Issue.record("\(mismatch) \(what)", sourceLocation: sourceLocation)
    }
}

func expectClose(_ tensor: Tensor, _ reference: Tensor, _ what: String, sourceLocation: SourceLocation = #_sourceLocation) {
    expectClose(tensor, reference, .close(relative: 1e-4, absolute: 1e-4), what, sourceLocation: sourceLocation)
}

/// A sliding window over a few axes, spelled out position by position.
struct NaiveWindow: CustomStringConvertible {
    var input, kernel, strides, dilations, begins, ends: [Int]

    /// Where tap `tap` of window `output` reads (or, transposed, writes).
    func place(_ output: ArraySlice<Int>, _ tap: ArraySlice<Int>) -> [Int] {
        var result: [Int] = []
        for (axis, (o, t)) in zip(output, tap).enumerated() {
            result.append(o * strides[axis] + t * dilations[axis] - begins[axis])
        }
        return result
    }

    func contains(_ place: [Int]) -> Bool { zip(place, input).allSatisfy { $0 >= 0 && $0 < $1 } }

    func span(_ axis: Int) -> Int { (kernel[axis] - 1) * dilations[axis] + 1 }

    func room(_ axis: Int) -> Int { input[axis] + begins[axis] + ends[axis] - span(axis) }

    var description: String {
        "input \(input) kernel \(kernel) strides \(strides) dilations \(dilations) pads \(begins)+\(ends)"
    }
}
