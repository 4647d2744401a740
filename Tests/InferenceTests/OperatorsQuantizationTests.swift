import CKernels
@testable import Inference
import Tensors
import TestSupport
import Testing

/// Values of onnxruntime 1.32.
struct OperatorsQuantizationTests {
    private let x = floats([0, 0.5, 1.5, 2.5, -0.5, -1.5, 126.5, 127.4, 1e9, -1e9, .infinity, -.infinity, 3.14159])

    private func quantized<Zero: TensorElement>(_ scale: Float, _ zero: Zero?) throws -> Tensor {
        try run(QuantizeLinear(), [x, Tensor(scalar: scale), zero.map { Tensor(scalar: $0) }])[0]
    }

    @Test func halvesGoToTheEvenLevel() throws {
        let levels: [UInt8] = [128, 128, 130, 130, 128, 126, 254, 255, 255, 0, 255, 0, 131]
        #expect(try quantized(1, UInt8(128)).elements() == levels)
    }

    @Test func everyTypeSaturates() throws {
        #expect(try quantized(0.3, Int8(3)).elements() == [3, 5, 8, 11, 1, -2, 127, 127, 127, -128, 127, -128, 13] as [Int8])
        let words: [Int16] = [-5, 495, 1495, 2495, -505, -1505, 32767, 32767, 32767, -32768, 32767, -32768, 3137]
        #expect(try quantized(0.001, Int16(-5)).elements() == words)
        let unsigned: [UInt16] = [30000, 30050, 30150, 30250, 29950, 29850, 42650, 42740, 65535, 0, 65535, 0, 30314]
        #expect(try quantized(0.01, UInt16(30000)).elements() == unsigned)
    }

    @Test func withoutAZeroPointLevelsAreUInt8() throws {
        let levels: [UInt8] = [0, 5, 15, 25, 0, 0, 255, 255, 255, 0, 255, 0, 31]
        #expect(try quantized(0.1, nil as UInt8?).elements() == levels)
    }

    @Test func notANumberIsTheLowestLevel() throws {
        let levels = try run(QuantizeLinear(), [floats([.nan]), Tensor(scalar: Float(1)), Tensor(scalar: Int8(4))])[0]
        #expect(levels.elements() == [Int8(-128)])
        #expect(try run(QuantizeLinear(), [floats([0]), Tensor(scalar: Float(0))])[0].elements() == [UInt8(0)])
    }

    @Test func scalesAlongAnAxisAndInBlocks() throws {
        let y = Tensor([2, 6], (0..<12).map { Float($0) - 5 })
        let perRow = [y, floats([0.5, 3]), Tensor([2], [UInt8(10), 200])]
        #expect(try run(QuantizeLinear(axis: 0), perRow)[0].elements() == [0, 2, 4, 6, 8, 10, 200, 201, 201, 201, 202, 202] as [UInt8])
        let scales = Tensor([2, 3], [0.5, 1, 2, 3, 4, 0.1] as [Float])
        let blocks = try run(QuantizeLinear(axis: 1, block: 2), [y, scales, Tensor([2, 3], [Int8(1), 2, 3, 4, 5, 6])])[0]
        #expect(blocks.elements() == [-9, -7, -1, 0, 3, 3, 4, 5, 6, 6, 56, 66] as [Int8])
        let levels = Tensor([2, 6], (0..<12).map { UInt8($0) })
        let back = try run(DequantizeLinear(axis: 1, block: 2), [levels, scales, Tensor([2, 3], [UInt8(1), 2, 3, 4, 5, 6])])[0]
        expectClose(back, Tensor([2, 6], [-0.5, 0, 0, 1, 2, 4, 6, 9, 12, 16, 0.4, 0.5] as [Float]))
    }

    @Test func sumsOfIntegersAreScaled() throws {
        let values = try run(DequantizeLinear(), [Tensor([2], [Int32(-7), 100_000]), Tensor(scalar: Float(0.25))])[0]
        #expect(values.elements() == [-1.75, 25000] as [Float])
    }

    @Test(
        arguments: [
            ([-3, 0, 1.7, 2.2, 9.1], [0, 63, 99, 109, 255], 0.04745098, 63), ([1, 2, 4], [64, 127, 255], 0.01568628, 0),
            ([-1, -2], [128, 0], 0.00784314, 255), ([0, 0], [0, 0], 1, 0), ([0.1, -250.3, 3], [252, 0, 255], 0.99333334, 252),
        ] as [([Float], [UInt8], Float, UInt8)])
    func theRangeOfTheDataGivesTheScale(x: [Float], levels: [UInt8], scale: Float, zero: UInt8) throws {
        let results = try run(DynamicQuantizeLinear(), [floats(x)])
        #expect(results[0].elements() == levels)
        #expect(abs(results[1].elements()[0] - scale) < 1e-7)
        #expect(results[2].elements() == [zero])
    }

    /// What they are quantised to is nobody's business, as long as there is an end.
    @Test(arguments: [[0.5, -.infinity], [.infinity, 1], [.infinity, -.infinity], [.nan, 2]] as [[Float]])
    func dataWithoutEndHasLevelsAllTheSame(x: [Float]) throws {
        let results = try run(DynamicQuantizeLinear(), [floats(x)])
        #expect(results[0].elements(of: UInt8.self).count == 2)
    }

    /// As dynamically quantised models have it: the sums become float32 again, on images.
    @Test func sumsThatBecomeFloatsStayFloats() throws {
        var b = GraphBuilder(), dice = Dice(72)
        let x = b.input("x", [1, 3, 6, 6])
        let whole = try b.add(Unary(.round), [x])
        let weights = Tensor([4, 3, 1, 1], (0..<12).map { _ in Float(dice.int(-128...127)) })
        let sums = try b.add(IntegerSum(), [b.add(Convolution(), [whole, b.constant(weights)])])
        b.outputs = [try b.add(Binary(.multiply), [b.add(Cast(to: .float32), [sums]), b.constant(0.5)])]
        let plan = try Plan(b.graph), input = dice.tensor([1, 3, 6, 6], scale: 200)
        #expect(!plan.layers.map(\.kind).contains { $0 == "IntegerSum" || $0 == "Cast" })
        #expect(sameBits(try Session(plan).run([input]), try Interpreter(graph: b.graph).run(["x": input])))
        b.outputs.append(sums)
        #expect(sameBits(try Session(Plan(b.graph)).run([input]), try Interpreter(graph: b.graph).run(["x": input])))
        #expect(try run(IntegerSum(), [floats([-2.9999, 7.0001, 1e20, .nan])])[0].elements() == [-3, 7, Int32.max, 0])
    }

    @Test func whatDoesNotFitIsRefused() {
        let y = ValueFacts(.float32, [2, 6])
        func refuses(_ op: some Operator, _ facts: [ValueFacts?]) -> Bool { (try? op.outputs(for: facts)) == nil }
        #expect(refuses(QuantizeLinear(axis: 0), [y, ValueFacts(.float32, [3])]))
        #expect(refuses(QuantizeLinear(), [y, ValueFacts(.float32, []), ValueFacts(.int32, [])]))
        #expect(refuses(QuantizeLinear(to: .int8), [y, ValueFacts(.float32, []), ValueFacts(.uint8, [])]))
        #expect(refuses(QuantizeLinear(to: .int64), [y, ValueFacts(.float32, [])]))
        #expect(refuses(QuantizeLinear(axis: 1, block: 4), [y, ValueFacts(.float32, [2, 3])]))
        #expect(refuses(QuantizeLinear(axis: 1, block: -2), [y, ValueFacts(.float32, [2, 3])]))
        #expect(refuses(QuantizeLinear(axis: 7), [y, ValueFacts(.float32, [6])]))
        #expect(refuses(DequantizeLinear(axis: 1), [ValueFacts(.int8, [2, 6]), ValueFacts(.float32, [6]), ValueFacts(.int8, [2])]))
    }

    /// A quantised network on images: the same levels, and no integers left.
    @Test(arguments: [(Float(0.02), UInt8(117)), (0.3, 0), (0.004, 255)]) func pairsBecomeOneStep(scale: Float, zero: UInt8) throws {
        var b = GraphBuilder(), dice = Dice(70)
        let x = b.input("x", [2, 5, 6, 7])
        let levels = [b.constant(Tensor(scalar: scale)), b.constant(Tensor(scalar: zero))]
        let quantized = try b.add(QuantizeLinear(), [x] + levels)
        let twice = try b.add(Binary(.add), [b.add(DequantizeLinear(), [quantized] + levels), x])
        b.outputs = [try b.add(Unary(.relu), [twice]), quantized]
        let plan = try Plan(b.graph), input = dice.tensor([2, 5, 6, 7], scale: 3)
        #expect(plan.layers.filter(\.isSpatial).map(\.kind).contains("FakeQuantize"))
        #expect(!plan.layers.map(\.kind).contains("DequantizeLinear"))
        let wanted = try Interpreter(graph: b.graph).run(["x": input])
        for (output, reference) in zip(try Session(plan, threads: 2).run([input]), wanted) { #expect(sameBits(output, reference)) }
    }

    /// What lies between the two takes floats too: here the largest of windows, rows that are left out, nearest pixels.
    @Test func integersBetweenThePairsGo() throws {
        var b = GraphBuilder(), dice = Dice(71)
        let x = b.input("x", [1, 4, 8, 8])
        let levels = [b.constant(Tensor(scalar: Float(0.05))), b.constant(Tensor(scalar: Int8(-20)))]
        let pooled = try b.add(
            Pooling(kind: .maximum, kernel: [3, 3], strides: [2, 2], padding: .explicit([1, 1, 1, 1])),
            [b.add(QuantizeLinear(), [x] + levels)])
        let resized = try b.add(Resize(mode: .nearest), [pooled, nil, b.constant(floats([1, 1, 2, 2]))])
        let cut = try b.add(Slice(), [resized, b.constant([1]), b.constant([3]), b.constant([1])])
        b.outputs = [try b.add(DequantizeLinear(), [cut] + levels)]
        let plan = try Plan(b.graph), input = dice.tensor([1, 4, 8, 8], scale: 8)
        #expect(plan.layers.filter { !$0.isSpatial }.isEmpty)
        let wanted = try Interpreter(graph: b.graph).run(["x": input])
        #expect(sameBits(try Session(plan).run([input]), wanted))
        // The integers stay where they are asked for.
        b.outputs.append(resized)
        #expect(sameBits(try Session(Plan(b.graph)).run([input]), try Interpreter(graph: b.graph).run(["x": input])))
    }

    @Test func pairsWithOtherScalesStay() throws {
        var b = GraphBuilder()
        let x = b.input("x", [1, 3, 4, 4])
        let quantized = try b.add(QuantizeLinear(), [x, b.constant(0.5)])
        b.outputs = [try b.add(DequantizeLinear(), [quantized, b.constant(0.25)])]
        #expect(try Plan(b.graph).layers.map(\.kind).contains("DequantizeLinear"))
    }

    /// As an incremental session has it: the pixels of a list, one after the other.
    @Test func listedPixelsAreCompact() {
        let kernel = FakeQuantizeKernel(level: Level(scale: 0.5, zero: UInt8(2)), channels: 2)
        let source = AlignedFloats((0..<24).map { Float($0) * 0.3 }), destination = AlignedFloats(count: 24)
        func image(_ memory: AlignedFloats) -> Image { Image(base: memory.base, row: 8, pixel: 2) }
        let spans = [dv_span(row: 0, begin: 1, end: 3), dv_span(row: 2, begin: 3, end: 4)]
        spans.withUnsafeBufferPointer { spans in
            withUnsafePointer(to: image(source)) { kernel.run(sources: $0, destination: image(destination), spans: spans, isCompact: true) }
        }
        #expect((0..<6).map { destination.base[$0] } == [0.5, 1, 1, 1.5, 6.5, 7])
        #expect(destination.base[6] == 0)
    }
}
