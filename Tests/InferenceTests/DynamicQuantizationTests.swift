@testable import Inference
import Tensors
import TestSupport
import Testing

/// Dynamically quantised layers on images: to the bits what their integers give, for all sums are exact.
struct DynamicQuantizationTests {
    private func check(_ b: GraphBuilder, _ shape: Shape, _ dice: inout Dice, scale: Float = 3) throws -> Plan {
        let plan = try Plan(b.graph)
        for threads in [1, 2] {
            let session = Session(plan, threads: threads)
            for _ in 0..<2 {
                let input = dice.tensor(shape, scale: scale), wanted = try Interpreter(graph: b.graph).run(["x": input])
                // Zeros may differ in their sign, which a clamp need not keep.
                for (output, reference) in zip(try session.run([input]), wanted) {
                    #expect(
                        output.elementType == .float32 ? output.elements() == reference.elements() as [Float] : sameBits(output, reference))
                }
            }
        }
        return plan
    }

    /// Kernels of every kind: single pixels, strides, groups, a channel a filter, Winograd's tiles, narrow panels.
    @Test(arguments: [
        (5, 7, 1, 1, 1), (3, 40, 3, 2, 1), (16, 24, 3, 1, 1), (48, 40, 3, 1, 1), (12, 12, 3, 1, 12), (20, 20, 5, 2, 20), (12, 20, 3, 1, 4),
        (33, 130, 1, 1, 1),
    ]) func convolutions(inputs: Int, outputs: Int, kernel: Int, stride: Int, groups: Int) throws {
        for seed in 0..<4 {
            var b = GraphBuilder(), dice = Dice(900 + seed)
            let shape: Shape = [1, inputs, dice.int(4...11), dice.int(4...19)], x = b.input("x", shape)
            let y = try b.dynamicConvolution(x, to: outputs, kernel: kernel, stride: stride, groups: groups, &dice)
            b.outputs = [dice.chance(2) ? try b.add(Unary(.relu), [y]) : y]
            let kinds = try check(b, shape, &dice).layers.map { "\($0.kind) \($0.isSpatial)" }
            #expect(kinds.filter { $0.hasPrefix("Conv") } == ["Convolution true"])
            #expect(
                Set(kinds.filter { $0.hasSuffix("true") && !$0.contains("→") }) == [
                    "RowExtremes true", "LevelRange true", "FakeQuantize true", "Convolution true",
                ])
        }
    }

    /// Two convolutions of the same levels, an addition after one, concatenation, nearest pixels, another layer.
    @Test(arguments: 0..<4) func networks(seed: Int) throws {
        var b = GraphBuilder(), dice = Dice(950 + seed)
        let shape: Shape = [1, 3, 16, 20], x = b.input("x", shape)
        let stem = try b.add(Unary(.relu), [b.dynamicConvolution(x, to: 16, kernel: 3, &dice)])
        let inner = try b.add(Unary(.relu), [b.dynamicConvolution(stem, to: 16, kernel: 3, &dice)])
        let joined = try b.add(Concat(axis: 1), [stem, b.add(Binary(.add), [inner, stem])])
        let resized = try b.add(Resize(mode: .nearest), [joined, nil, b.constant(floats([1, 1, 0.5, 2]))])
        let y = try b.dynamicConvolution(resized, to: 40, kernel: 1, &dice)
        b.outputs = [y, try b.dynamicConvolution(y, to: 4, kernel: 3, &dice)]
        let plan = try check(b, shape, &dice)
        #expect(plan.layers.filter { !$0.isSpatial }.isEmpty)
        #expect(!plan.layers.map(\.kind).contains("Binary"))
    }

    /// All images of a batch have one range: they stay row-major, and what they give stays the same.
    @Test func batches() throws {
        var b = GraphBuilder(), dice = Dice(960)
        let x = b.input("x", [2, 3, 8, 9])
        b.outputs = [try b.dynamicConvolution(x, to: 20, kernel: 3, &dice)]
        _ = try check(b, [2, 3, 8, 9], &dice)
    }

    /// Rows between which nothing is row-major.
    @Test func rows() throws {
        var b = GraphBuilder(), dice = Dice(970)
        let x = b.input("x", [1, 30, 12])
        let inner = try b.add(Unary(.relu), [b.dynamicProduct(x, to: 40, &dice)])
        b.outputs = [try b.dynamicProduct(inner, to: 12, &dice)]
        let plan = try check(b, [1, 30, 12], &dice)
        #expect(plan.layers.filter { $0.kind == "MatMul" && $0.isSpatial }.count == 2)
        #expect(!plan.layers.map(\.kind).contains("Rescale"))
    }

    /// The integers stay where they are asked for, and sums that several read are scaled by themselves.
    @Test func whatElseIsRead() throws {
        var b = GraphBuilder(), dice = Dice(980)
        let x = b.input("x", [1, 3, 6, 7])
        let parts = try b.addAll(DynamicQuantizeLinear(), [x])
        let whole = try b.add(DequantizeLinear(), [parts[0], b.constant(1), parts[2]])
        let sums = try b.add(Convolution(), [whole, b.constant(Tensor([4, 3, 1, 1], (0..<12).map { Float($0 * 9 - 50) }))])
        b.outputs = [try b.scaled(sums, parts[1], by: dice.tensor([4, 1, 1]), &dice), sums] + parts
        #expect(try check(b, [1, 3, 6, 7], &dice).layers.contains { $0.kind == "Rescale" && $0.isSpatial })
    }

    /// As DynamicQuantizeMatMul has it: what the levels stand for.
    @Test func levelsByTheirOwnScale() throws {
        var b = GraphBuilder(), dice = Dice(990)
        let x = b.input("x", [1, 5, 6, 7]), parts = try b.addAll(DynamicQuantizeLinear(), [x])
        b.outputs = [try b.add(DequantizeLinear(), parts)]
        #expect(try check(b, [1, 5, 6, 7], &dice).layers.map(\.kind).contains("FakeQuantize"))
    }

    @Test(arguments: [[Float](repeating: 0, count: 12), Array(repeating: -2, count: 12), [.infinity] + Array(repeating: 1, count: 11)])
    func rangesWithoutEndsOrWidth(values: [Float]) throws {
        var b = GraphBuilder()
        let x = b.input("x", [1, 3, 2, 2]), parts = try b.addAll(DynamicQuantizeLinear(), [x])
        b.outputs = [try b.add(DequantizeLinear(), [parts[0], b.constant(1), parts[2]])]
        let input = Tensor([1, 3, 2, 2], values)
        #expect(sameBits(try Session(Plan(b.graph)).run([input]), try Interpreter(graph: b.graph).run(["x": input])))
    }

    @Test func whatDoesNotFitIsRefused() {
        let x = ValueFacts(.float32, [1, 4, 2, 2]), range = ValueFacts(.float32, [1, 2, 1, 1])
        func refuses(_ op: some Operator, _ facts: [ValueFacts?]) -> Bool { (try? op.outputs(for: facts)) == nil }
        #expect(refuses(Rescale(factors: [1, 2], axis: 1), [x, range]))
        #expect(refuses(Rescale(factors: [1], axis: 4), [x, range]))
        #expect(refuses(Rescale(factors: [1], axis: 1), [x, x]))
        #expect(refuses(LevelRange(), [x]))
        #expect(refuses(FakeQuantize(level: nil), [x, x]))
        #expect(refuses(FakeQuantize(level: nil), [x]))
        #expect(!refuses(Rescale(factors: [1, 2, 3, 4], axis: 1), [x, range]))
    }
}
