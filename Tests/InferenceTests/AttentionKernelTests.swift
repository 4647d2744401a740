@testable import Inference
import Tensors
import Testing
import TestSupport

/// Attention over images of tokens, against the operator's own evaluation.
struct AttentionKernelTests {
    /// Keys and values may come from images of the same tokens whose rows are of different lengths, as those of RT-DETR's encoder do.
    @Test(arguments: [([4, 5], [2, 10]), ([2, 10], [4, 5]), ([1, 20], [4, 5]), ([5, 4], [20, 1])])
    func imagesMayHaveOtherRows(keys: [Int], values: [Int]) throws {
        var dice = Dice(3), b = GraphBuilder()
        let x = b.input("x", [1, 16, 4, 5])
        func image(_ size: [Int]) throws -> ValueID {
            let seen = try b.add(Reshape(), [x, b.constant([1, 16] + size)])
            return try b.convolution(seen, to: 16, kernel: (1, 1), padding: .valid, &dice)
        }
        let channels = TokenAttention.Channels(first: 0, step: 8, count: 8)
        let attention = TokenAttention(batches: 1, heads: 2, query: channels, key: channels, value: channels, scale: 0.5)
        b.outputs = [try b.add(attention, [image([4, 5]), image(keys), image(values)])]
        let input = dice.tensor([1, 16, 4, 5], scale: 2)
        let expected = try Interpreter(graph: b.graph).run(["x": input])[0]
        let plan = try Plan(b.graph)
        #expect(plan.layers.contains { $0.isSpatial && $0.macs == 2 * 20 * 20 * (8 + 8) })
        let found = try Session(plan).run([input])[0]
        if let mismatch = Approximation.relativeToLargest(1e-5).mismatch(found, reference: expected) { Issue.record("\(mismatch)") }
    }

    /// Fewer values than keys would be read beyond their end.
    @Test func keysAndValuesAreOfTheSameTokens() {
        let channels = TokenAttention.Channels(first: 0, step: 8, count: 8)
        let attention = TokenAttention(batches: 1, heads: 1, query: channels, key: channels, value: channels, scale: 1)
        let facts = [[1, 8, 4, 5], [1, 8, 4, 5], [1, 8, 4, 4]].map { ValueFacts(.float32, Shape($0)) }
        #expect(throws: OperatorError.self) { try attention.outputs(for: facts) }
    }
}
