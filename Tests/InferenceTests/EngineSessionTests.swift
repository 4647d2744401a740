import Inference
import Tensors
import Testing
import TestSupport

/// What a random network rarely has.
struct EngineSessionTests {
    private func check(_ b: GraphBuilder, _ inputs: [String: Tensor], sourceLocation: SourceLocation = #_sourceLocation) throws {
        let wanted = try Interpreter(graph: b.graph).run(inputs), plan = try Plan(b.graph)
        for threads in [1, 2, 3] {
            let session = Session(plan, threads: threads)
            for _ in 0..<2 {
                let got = try session.run(plan.inputs.map { inputs[$0.name]! })
                for (output, reference) in zip(got, wanted) {
                    if let mismatch = Approximation.relativeToLargest(1e-4).mismatch(output, reference: reference) {
                        Issue.record("\(threads) threads: \(mismatch)\n\(b.text)", sourceLocation: sourceLocation)
                    }
                }
            }
        }
    }

    @Test func inputsMayBeOutputsAndReadManyTimes() throws {
        var b = GraphBuilder(), dice = Dice(1)
        let x = b.input("x", [1, 3, 5, 7])
        b.outputs = [x, try b.add(Concat(axis: 1), [x, x, x]), try b.add(Binary(.multiply), [x, x]), x]
        try check(b, ["x": dice.tensor([1, 3, 5, 7])])
    }

    @Test func severalInputsOfSeveralRanks() throws {
        var b = GraphBuilder(), dice = Dice(2)
        let x = b.input("x", [1, 8, 6, 6]), gate = b.input("gate", [1, 8, 1, 1]), row = b.input("row", [1, 8])
        let scaled = try b.add(Binary(.multiply), [gate, x])
        let linear = try b.add(Gemm(), [row, b.constant(dice.tensor([8, 3])), b.constant(dice.tensor([3]))])
        b.outputs = [try b.add(Binary(.subtract), [scaled, gate]), linear, try b.add(Binary(.add), [row, row])]
        try check(b, ["x": dice.tensor([1, 8, 6, 6]), "gate": dice.tensor([1, 8, 1, 1]), "row": dice.tensor([1, 8])])
    }

    @Test func oneChannelBroadcastsOverMany() throws {
        var b = GraphBuilder(), dice = Dice(3)
        let x = b.input("x", [2, 9, 4, 5])
        let attention = try b.convolution(x, to: 1, kernel: (3, 3), padding: .sameLower, &dice)
        for function: Binary.Function in [.multiply, .add, .subtract, .divide, .minimum, .maximum] {
            b.outputs.append(try b.add(Binary(function), [x, attention]))
            b.outputs.append(try b.add(Binary(function), [attention, x]))
        }
        // Quotients near zero would make the largest value meaningless.
        b.outputs.removeSubrange(6...7)
        try check(b, ["x": dice.tensor([2, 9, 4, 5])])
    }

    @Test func manyChannelsOfOnePixelAreSharedOutByChannels() throws {
        var b = GraphBuilder(), dice = Dice(4)
        let x = b.input("x", [1, 300, 1, 1])
        let y = try b.activation("hardSwish", b.convolution(x, to: 521, kernel: (1, 1), padding: .valid, &dice))
        b.outputs = [try b.add(Gemm(transposesB: true), [b.add(Flatten(), [y]), b.constant(dice.tensor([402, 521], scale: 0.05))])]
        try check(b, ["x": dice.tensor([1, 300, 1, 1])])
    }

    @Test func largeGroupsAndWideImagesOnThreads() throws {
        var b = GraphBuilder(), dice = Dice(5)
        let x = b.input("x", [1, 12, 33, 70])
        let grouped = try b.convolution(x, to: 36, kernel: (3, 3), padding: .sameUpper, groups: 3, &dice)
        let deep = try b.convolution(
            grouped, to: 36, kernel: (5, 5), strides: [2, 2], padding: .explicit([2, 2, 2, 2]), groups: 36, &dice)
        b.outputs = [
            try b.activation("silu", deep), try b.add(Pooling(kind: .maximum, kernel: [5, 5], padding: .explicit([2, 2, 2, 2])), [deep]),
        ]
        try check(b, ["x": dice.tensor([1, 12, 33, 70])])
    }

    @Test func constantOutputsAndFoldedArithmeticOfShapes() throws {
        var b = GraphBuilder(), dice = Dice(6)
        let x = b.input("x", [1, 4, 6, 8])
        let shape = try b.add(ShapeOf(), [x])
        b.outputs = [shape, try b.add(Reshape(), [x, b.add(Gather(axis: 0), [shape, b.constant([3, 2, 1, 0])])])]
        let plan = try Plan(b.graph), input = dice.tensor([1, 4, 6, 8])
        let got = try Session(plan).run([input])
        #expect(got[0].elements(of: Int64.self) == [1, 4, 6, 8])
        #expect(sameBits(got[1], input.reshaped(to: [8, 6, 4, 1])))
        #expect(!plan.layers.contains { $0.kind == "ShapeOf" || $0.kind == "Gather" })
    }

    /// Interleaved bytes, scaled and shifted, are the tensor that they stand for.
    @Test func pixelsGoInAsTheyAre() throws {
        var b = GraphBuilder(), dice = Dice(7)
        let x = b.input("x", [1, 3, 9, 11])
        b.outputs = [try b.convolution(x, to: 5, kernel: (3, 3), padding: .sameUpper, &dice)]
        let bytes = (0..<9 * 40).map { _ in UInt8(dice.int(0...255)) }, scale: [Float] = [0.01, 0.02, 0.03], bias: [Float] = [-1, 0, 1]
        let tensor = Tensor(
            [1, 3, 9, 11],
            (0..<297).map { i in
                let (c, y, x) = (i / 99, i / 11 % 9, i % 11)
                return Float(bytes[y * 40 + x * 3 + c]) * scale[c] + bias[c]
            })
        let plan = try Plan(b.graph)
        #expect(sameBits(try Session(plan).run(pixels: bytes, rowBytes: 40, scale: scale, bias: bias), try Session(plan).run([tensor])))
    }
}
