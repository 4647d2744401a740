@testable import Inference
import Tensors
import TestSupport
import Testing

/// Whatever a model holds, operators answer with an error.
@Suite struct OperatorsGarbageTests {
    private static let extremes = [Int.min, Int.min + 1, -(1 << 33), -2, -1, 0, 1, 2, 3, 1 << 16, 1 << 31, 1 << 33, Int.max - 1, Int.max]

    private static func operators(_ n: inout Dice) -> [any Operator] {
        func figures() -> [Int] { (0..<n.int(0...4)).map { _ in n.int(0...3) == 0 ? n.pick(extremes) : n.int(1...3) } }
        func figure() -> Int { n.pick(extremes) }
        let padding = n.pick([Padding.sameUpper, .sameLower, .valid, .explicit(figures()), .explicit([])])
        return [
            Convolution(strides: figures(), dilations: figures(), padding: padding, groups: figure()),
            TransposedConvolution(
                strides: figures(), dilations: figures(), padding: padding, outputPadding: figures(),
                outputShape: n.int(0...1) == 0 ? nil : figures(), groups: n.int(0...2)),
            Pooling(
                kind: n.pick([.maximum, .average]), kernel: figures(), strides: figures(), dilations: figures(), padding: padding,
                ceilMode: true),
            GlobalPooling(kind: .average), Concat(axis: figure()), Split(axis: figure(), outputCount: figure()),
            Split(axis: 0, outputCount: n.int(1...4)), Slice(), Pad(mode: n.pick([.constant, .reflect, .edge, .wrap])), Reshape(),
            Reshape(allowZero: true), Flatten(axis: figure()), Transpose(permutation: figures()), Squeeze(), Unsqueeze(), Expand(), Tile(),
            Gather(axis: figure()), GatherElements(axis: figure()), Gather(), DepthToSpace(blockSize: figure()),
            SpaceToDepth(blockSize: figure()),
            Softmax(axis: figure(), flattens: n.int(0...1) == 0), ArgMax(axis: figure()), TopK(axis: figure()), TopK(), NonMaxSuppression(),
            Reduction(n.pick([.mean, .sum, .maximum, .l2])), Gemm(), MatMul(), BatchNormalization(), InstanceNormalization(),
            LocalResponseNormalization(size: figure()), ShapeOf(start: figure(), end: figure()), SizeOf(), RangeOf(),
            ConstantOfShape(value: Tensor(scalar: Float(1))), Clip(), ParametricRelu(), Where(), Cast(to: .int32), Unary(.sigmoid),
            Unary(.not),
            Binary(.add), Binary(.power), Binary(.divide), Binary(.and), Variadic(.mean), Mod(), Mod(takesSignOfDividend: true),
            Resize(
                mode: n.pick([.nearest, .linear, .cubic]),
                coordinates: n.pick([.halfPixel, .alignCorners, .tfCropAndResize, .halfPixelSymmetric]),
                antialias: n.int(0...1) == 0, axes: n.int(0...1) == 0 ? nil : figures(),
                aspectRatio: n.pick([.stretch, .notLarger, .notSmaller])),
        ] + rarer(&n)
    }

    private static func rarer(_ n: inout Dice) -> [any Operator] {
        func figures() -> [Int] { (0..<n.int(0...4)).map { _ in n.int(0...3) == 0 ? n.pick(extremes) : n.int(1...3) } }
        func figure() -> Int { n.pick(extremes) }
        func flag() -> Bool { n.int(0...1) == 0 }
        let padding = n.pick([Padding.sameUpper, .valid, .explicit(figures())])
        return [
            Unary(n.pick([.sin, .sign, .celu(alpha: 0), .shrink(bias: .nan, lambda: -1), .thresholdedRelu(alpha: 1)])),
            FloatTest(n.pick([.isNaN, .isInfinite(positive: true, negative: false)])),
            Bitwise(n.pick([.and, .or, .xor])), Bitwise(n.pick([.shiftLeft, .shiftRight])), Binary(.xor),
            Cast(to: n.pick(ElementType.allCases)),
            QuantizeLinear(to: n.pick([nil, .int8, .int64]), axis: figure(), block: flag() ? 0 : figure()), QuantizeLinear(axis: 0),
            DequantizeLinear(axis: figure(), block: flag() ? 0 : figure()), DequantizeLinear(axis: 0), DynamicQuantizeLinear(),
            IntegerSum(), RowExtremes(), LevelRange(), FakeQuantize(level: nil), FakeQuantize(level: nil, isInLevels: true),
            Rescale(factors: [1, .nan], axis: n.int(0...2)), Rescale(factors: [2], axis: 0),
            SequenceConstruct(), SequenceAt(), SequenceInsert(), SequenceErase(), SequenceLength(),
            ConcatFromSequence(axis: figure(), makesAxis: flag()), SplitToSequence(axis: figure(), keepsAxis: flag()), SplitToSequence(),
            Loop(body: body, stateCount: n.pick([0, 1, -1, .max])),
            Scan(body: body, stateCount: n.int(0...1), inputs: [.init(axis: figure())], outputs: [.init(axis: figure()), .init()]),
            CastLike(), Unary(.bitwiseNot), LayerNormalization(axis: figure()), LayerNormalization(axis: -1, keepsMean: true),
            GroupNormalization(groups: figure(), isPerGroup: flag()), GroupNormalization(groups: 1),
            MeanVarianceNormalization(axes: figures()), LpNormalization(axis: figure(), order: n.int(0...2)),
            ScatterElements(axis: figure(), reduction: n.pick([.none, .add, .multiply, .maximum, .minimum])), ScatterElements(),
            ScatterND(reduction: n.pick([.none, .add, .minimum])), GatherND(batchAxes: figure()), GatherND(),
            CumulativeSum(isExclusive: flag(), isReversed: flag()), Trilu(isUpper: flag()), EyeLike(diagonal: figure()),
            EyeLike(elementType: .bool), OneHot(axis: figure()), OneHot(),
            ReverseSequence(batchAxis: n.int(0...1), timeAxis: n.int(0...1)),
            NonZero(), Compress(axis: flag() ? nil : figure()), ArgMax(axis: figure(), largest: false),
            Hardmax(axis: figure(), flattens: flag()),
            Reduction(n.pick([.l1, .sumOfSquares, .logSum, .logSumExp]), keepsDims: flag(), noopWithEmptyAxes: flag()),
            Einsum(equation: n.pick(["ij,jk->ik", "ii->i", "...a,a...->...", "a,b", "->", "i.j", "ab,ab,b", "", "aa,a->", "é", "a->b"])),
            GridSample(
                mode: n.pick([.nearest, .linear, .cubic]), padding: n.pick([.zeros, .border, .reflection]), alignsCorners: flag()),
            RegionAlign(height: figure(), width: n.int(1...2), samplingRatio: figure(), spatialScale: n.pick([1, .nan, 1e30])),
            RegionAlign(halfPixel: flag(), takesMaximum: flag()), ColumnsToImage(strides: figures(), dilations: figures(), pads: figures()),
            LpPooling(
                order: n.int(-1...3), kernel: figures(), strides: figures(), dilations: figures(), padding: padding, ceilMode: flag()),
            GlobalLpPooling(order: n.int(0...3)),
            Attention(queryHeads: flag() ? nil : figure(), keyHeads: flag() ? nil : figure(), isCausal: flag(), softCap: 1),
            FusedMatMul(transposesA: flag(), transposesB: flag(), batchTransposesA: flag(), batchTransposesB: flag()),
            Recurrent(
                n.pick([.simple, .gru(resetsAfterProduct: flag()), .lstm(couplesInput: flag())]), hidden: n.int(0...3) == 0 ? figure() : 1,
                direction: n.pick([.forward, .reverse, .bidirectional]), isBatchFirst: flag()),
            Conditional(then: .unusable("no"), otherwise: .unusable("no"), thenInputCount: figure(), outputCount: figure()),
        ]
    }

    /// A body that hands its two parameters on.
    private static let body = Subgraph(
        nodes: [], constants: [:], parameters: [ValueID(index: 0), ValueID(index: 1)],
        outputs: [ValueID(index: 1), ValueID(index: 0), ValueID(index: 0)], valueNames: ["i", "go"])

    /// Random inputs of every type: lists of extreme integers, odd floats, small images, omitted ones.
    private static func input(_ n: inout Dice) -> Tensor? {
        switch n.int(0...10) {
        case 8: return Tensor([2], [UInt8(n.int(0...255)), 0])
        case 9: return Tensor(scalar: Int8(n.int(-128...127)))
        case 10: return Tensor(sequence: (0..<n.int(0...3)).map { Tensor([$0 + 1], [Float](repeating: 1, count: $0 + 1)) }, of: .float32)
        case 0: return nil
        case 1: return list((0..<n.int(0...4)).map { _ in n.pick(extremes) })
        case 2: return list((0..<n.int(0...4)).map { _ in n.int(0...3) })
        case 3: return floats((0..<n.int(0...4)).map { _ in n.pick([Float.nan, .infinity, -1, 0, 0.5, 1, 2, 1e-40, 1e30]) })
        case 4: return Tensor(scalar: Int64(n.pick(extremes)))
        case 5: return Tensor([2], [true, false])
        default: return n.floats(Shape((0..<n.int(0...4)).map { _ in n.int(0...4) }))
        }
    }

    @Test func shapeRulesNeverTrap() {
        var numbers = Dice(60)
        for _ in 0..<400 {
            for op in Self.operators(&numbers) {
                let facts = (0..<numbers.int(0...5)).map { _ -> ValueFacts? in
                    if numbers.int(0...2) == 0 {
                        // Shapes as a hostile model may declare them.
                        let dims = (0..<numbers.int(0...4)).map { _ in numbers.pick(Self.extremes) }
                        return ValueFacts(numbers.pick(ElementType.allCases), numbers.int(0...3) == 0 ? nil : Shape(dims))
                    }
                    return Self.input(&numbers).map { ValueFacts(constant: $0) }
                }
                _ = try? op.outputs(for: facts)
            }
        }
    }

    /// Kernels run wherever the rule promises at most a million elements (a hostile but lawful model may ask for gigabytes).
    @Test func kernelsNeverTrap() {
        var numbers = Dice(61)
        var ran = 0
        for _ in 0..<400 {
            for op in Self.operators(&numbers) {
                let inputs = (0..<numbers.int(1...5)).map { _ in Self.input(&numbers) }
                guard let outputs = try? op.outputs(for: inputs.map { $0.map { ValueFacts(constant: $0) } }) else {
                    #expect(throws: OperatorError.self) { try op.evaluate(inputs) }
                    continue
                }
                if outputs.allSatisfy({ ($0.shape?.elementCount ?? 0) <= 1 << 20 }) {
                    ran += (try? op.evaluate(inputs)) == nil ? 0 : 1
                }
            }
        }
        #expect(ran > 500)
    }

    @Test func messagesNameTheFigures() {
        func message(_ op: some Operator, _ inputs: [Tensor?]) -> String {
            do throws(OperatorError) { _ = try op.evaluate(inputs) } catch { return error.message }
            return "no error"
        }
        let x = Tensor([2, 3], [Float](repeating: 0, count: 6))
        #expect(message(Reshape(), [x, list([4, -1])]) == "2×3 (6 elements) cannot be reshaped to [4, -1]")
        #expect(message(Binary(.add), [x, floats([1, 2])]) == "shapes 2×3 and 2 do not broadcast")
        #expect(message(Gather(), [x, list([2])]) == "index 2 is outside of axis 0 of 2")
        #expect(message(Concat(axis: 5), [x]) == "axis 5 is outside of shape 2×3 (rank 2)")
        #expect(message(Unary(.sigmoid), [list([1])]) == "input 0 (X) is int64, not float32")
    }

    @Test func shapesFollowFromConstantsOnly() throws {
        let x = ValueFacts(.float32, [2, 3])
        let unknown = ValueFacts(.int64, [2])
        #expect(try Reshape().outputs(for: [x, unknown])[0].shape == nil)
        #expect(try Reshape().outputs(for: [x, ValueFacts(constant: list([3, 2]))])[0].shape == [3, 2])
        #expect(try Slice().outputs(for: [x, unknown, unknown])[0].shape == nil)
        #expect(try TopK().outputs(for: [x, ValueFacts(.int64, [1])]).map(\.shape) == [nil, nil])
        #expect(try Resize().outputs(for: [x, nil, ValueFacts(.float32, [2])])[0].shape == nil)
        #expect(try Binary(.add).outputs(for: [x, ValueFacts(.float32, nil)])[0].shape == nil)
        #expect(try ShapeOf().outputs(for: [x])[0].constant?.elements(of: Int64.self) == [2, 3])
    }
}
