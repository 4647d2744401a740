import Inference
import Tensors
import TestSupport
import Testing

/// How operators say that they run, and what becomes of it in a plan.
struct OperatorLoweringTests {
    /// Two rules and no more: shape and values.
    private struct Doubled: Operator {
        func outputs(for inputs: [ValueFacts?]) throws(OperatorError) -> [ValueFacts] {
            let x = try inputs.required(0, "x")
            return [ValueFacts(x.elementType, x.shape)]
        }

        func evaluate(_ inputs: Operands) throws(OperatorError) -> [Tensor] {
            try Binary(.add).evaluate([inputs[0], inputs[0]])
        }
    }

    /// The kinds of the steps that run on images, and of the row-major ones.
    private func steps(_ graph: Graph) throws -> (spatial: [String], rowMajor: [String]) {
        let layers = try Plan(graph).layers.filter { $0.kind != "NHWC→rows" && $0.kind != "rows→NHWC" }
        return (layers.filter(\.isSpatial).map(\.kind), layers.filter { !$0.isSpatial }.map(\.kind))
    }

    private func expectLikeInterpreter(_ graph: Graph, _ input: Tensor) throws {
        let wanted = try Interpreter(graph: graph).run(["x": input]), outputs = try Session(Plan(graph)).run([input])
        for (output, reference) in zip(outputs, wanted) {
            let mismatch = Approximation.relativeToLargest(1e-5).mismatch(output, reference: reference)
            #expect(mismatch == nil)
        }
    }

    @Test func withoutALoweringAnOperatorRunsRowMajorBetweenImages() throws {
        var b = GraphBuilder(), dice = Dice(1)
        let x = b.input("x", [1, 3, 8, 8])
        let first = try b.convolution(x, to: 8, kernel: (3, 3), padding: .explicit([1, 1, 1, 1]), &dice)
        let doubled = try b.add(Doubled(), [first])
        b.outputs = [try b.convolution(doubled, to: 4, kernel: (1, 1), padding: .explicit([]), &dice)]
        let kinds = try steps(b.graph)
        #expect(kinds.spatial == ["Convolution", "Convolution"])
        #expect(kinds.rowMajor == ["Doubled"])
        try expectLikeInterpreter(b.graph, dice.tensor([1, 3, 8, 8]))
    }

    /// An operator of one input behind a convolution, and whether it runs on images.
    private static let choices: [(name: String, isSpatial: Bool, build: @Sendable (inout GraphBuilder, ValueID) throws -> ValueID)] = [
        ("strided slice", true, { b, x in try b.add(Slice(), [x, b.constant([1]), b.constant([8]), b.constant([2]), b.constant([2])]) }),
        (
            "backward slice", false,
            { b, x in try b.add(Slice(), [x, b.constant([7]), b.constant([-9]), b.constant([2]), b.constant([-1])]) }
        ),
        ("zero padding", true, { b, x in try b.add(Pad(), [x, b.constant([0, 0, 1, 1, 0, 0, 1, 1])]) }),
        ("padding of the batch", false, { b, x in try b.add(Pad(), [x, b.constant([1, 0, 0, 0, 0, 0, 0, 0])]) }),
        ("cropping", false, { b, x in try b.add(Pad(), [x, b.constant([0, 0, -1, 0, 0, 0, 0, 0])]) }),
        ("reflection", false, { b, x in try b.add(Pad(mode: .reflect), [x, b.constant([0, 0, 1, 1, 0, 0, 1, 1])]) }),
        ("padding with ones", false, { b, x in try b.add(Pad(), [x, b.constant([0, 0, 1, 1, 0, 0, 1, 1]), b.constant(1)]) }),
        ("bilinear resize", true, { b, x in try b.add(Resize(mode: .linear), [x, nil, nil, b.constant([1, 8, 16, 16])]) }),
        ("bicubic resize", false, { b, x in try b.add(Resize(mode: .cubic), [x, nil, nil, b.constant([1, 8, 16, 16])]) }),
        ("pooling", true, { b, x in try b.add(Pooling(kind: .average, kernel: [2, 2]), [x]) }),
        (
            "product with a constant a channel", true,
            { b, x in try b.add(Binary(.multiply), [x, b.constant(Tensor([8, 1, 1], (1...8).map(Float.init)))]) }
        ),
        (
            "product with a constant a column", false,
            { b, x in try b.add(Binary(.multiply), [x, b.constant(Tensor([8], (1...8).map(Float.init)))]) }
        ),
        ("power", false, { b, x in try b.add(Binary(.power), [x, b.constant(2)]) }),
        ("remainder", false, { b, x in try b.add(Mod(takesSignOfDividend: true), [x, b.constant(0.5)]) }),
    ]

    @Test(arguments: choices.indices) func operatorsChooseByTheirAttributesAndInputs(index: Int) throws {
        let (name, isSpatial, build) = Self.choices[index]
        var b = GraphBuilder(), dice = Dice(index)
        // Without a bias, or a constant factor would move into the convolution.
        let x = b.input("x", [1, 3, 8, 8]), pooled = try b.add(Pooling(kind: .average, kernel: [1, 1]), [x])
        let image = try b.convolution(pooled, to: 8, kernel: (1, 1), padding: .explicit([]), &dice)
        b.outputs = [try build(&b, image), image]
        let kinds = try steps(b.graph)
        #expect(kinds.rowMajor.isEmpty == isSpatial, "\(name): \(kinds)")
        try expectLikeInterpreter(b.graph, dice.tensor([1, 3, 8, 8]))
    }

    @Test func vectorsAndImagesOfOnePixelAreViews() throws {
        var b = GraphBuilder(), dice = Dice(3)
        let x = b.input("x", [1, 8, 4, 4]), pooled = try b.add(GlobalPooling(kind: .average), [x])
        let flat = try b.add(Flatten(), [pooled]), back = try b.add(Reshape(), [flat, b.constant([1, 8, 1, 1])])
        b.outputs = [try b.convolution(back, to: 8, kernel: (1, 1), padding: .explicit([]), &dice)]
        let kinds = try steps(b.graph)
        #expect(kinds.spatial == ["GlobalPooling", "Convolution"])
        #expect(kinds.rowMajor == [])
        try expectLikeInterpreter(b.graph, dice.tensor([1, 8, 4, 4]))
    }

    /// Norms are taken on the image, and what is computed of them row by row comes back to it as one pixel.
    @Test func responseNormalizationStaysOnTheImage() throws {
        var b = GraphBuilder(), dice = Dice(6)
        let x = b.input("x", [1, 3, 9, 7]), image = try b.convolution(x, to: 20, kernel: (3, 3), padding: .explicit([1, 1, 1, 1]), &dice)
        b.outputs = [try b.responseNormalization(image, &dice)]
        let rowMajor = try Plan(b.graph).layers.filter { !$0.isSpatial && ($0.outputShape?.elementCount ?? 0) > 20 }.map(\.kind)
        #expect(rowMajor == [])
        try expectLikeInterpreter(b.graph, dice.tensor([1, 3, 9, 7]))
    }

    /// Convolutions, and paddings of rows and columns, write their channels of a concatenation; paddings of channels do not.
    @Test(arguments: [false, true]) func concatenatedValuesAreWrittenInPlace(padsChannels: Bool) throws {
        var b = GraphBuilder(), dice = Dice(4)
        let x = b.input("x", [1, 3, 6, 6])
        let convolved = try b.convolution(x, to: 5, kernel: (3, 3), padding: .explicit([2, 2, 2, 2]), &dice)
        let padded = try b.add(Pad(), [x, b.constant([0, padsChannels ? 2 : 0, 1, 1, 0, 0, 1, 1])])
        b.outputs = [try b.add(Concat(axis: 1), [convolved, padded])]
        let kinds = try steps(b.graph)
        #expect(kinds.spatial == ["Convolution", "Pad"] + (padsChannels ? ["Concat"] : []))
        #expect(kinds.rowMajor == [])
        try expectLikeInterpreter(b.graph, dice.tensor([1, 3, 6, 6]))
    }

    /// Channels last is how images lie in memory: that transposition is a copy, any other is computed.
    @Test func pixelRowsAreCopied() throws {
        for (permutation, rowMajor) in [([0, 2, 3, 1], []), ([0, 3, 2, 1], ["Transpose"])] {
            var b = GraphBuilder(), dice = Dice(5)
            let x = b.input("x", [1, 3, 4, 6]), image = try b.convolution(x, to: 7, kernel: (1, 1), padding: .explicit([]), &dice)
            b.outputs = [try b.add(Transpose(permutation: permutation), [image])]
            #expect(try steps(b.graph).rowMajor == rowMajor)
            try expectLikeInterpreter(b.graph, dice.tensor([1, 3, 4, 6]))
        }
    }
}
