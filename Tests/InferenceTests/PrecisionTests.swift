import Inference
import Tensors
import TestSupport
import Testing

/// Convolutions and products whose sources and weights are rounded.
@Suite(.enabled(if: Precision.bf16.isAvailable, "this CPU has no products of bfloat16"))
struct PrecisionTests {
    /// To 8 significant bits, halves to even.
    private static func rounded(_ value: Float) -> Float {
        let bits = value.bitPattern
        return Float(bitPattern: (bits &+ 0x7fff &+ (bits >> 16 & 1)) & 0xffff_0000)
    }

    private static func rounded(_ tensor: Tensor) -> Tensor {
        Tensor(tensor.shape, (tensor.elements() as [Float]).map { rounded($0) })
    }

    /// A graph, and the same with the weights of its convolutions and products rounded.
    private static func pair(_ build: (inout GraphBuilder, @escaping (Tensor) -> Tensor) throws -> ValueID) throws -> (
        Graph, reference: Graph
    ) {
        func graph(_ rounding: @escaping (Tensor) -> Tensor) throws -> Graph {
            var b = GraphBuilder()
            b.outputs = [try build(&b, rounding)]
            return b.graph
        }
        return (try graph { $0 }, try graph(rounded))
    }

    /// What comes out is what is computed, in floats, of rounded numbers: windows, strides, dilations and groups of all kinds, of images that lie
    /// inside larger ones.
    @Test(arguments: 0..<6) func sumsAreOfRoundedNumbers(group: Int) throws {
        var rounded = 0
        for seed in group * 12..<group * 12 + 12 {
            var dice = Dice(seed + 31_000_000)
            let groups = dice.pick([1, 1, 1, 2]), channels = groups * dice.pick([8, 9, 15, 16, 20, 33, 64, 70])
            let to = groups * dice.pick([12, 16, 17, 40, 70, 130])
            let kernel = (dice.pick([1, 2, 3, 5]), dice.pick([1, 1, 3, 4, 5]))
            let isTiled = kernel == (3, 3)
            let strides = isTiled ? [2, dice.int(1...2)] : [dice.int(1...3), dice.int(1...3)]
            let dilations = dice.chance(3) ? [dice.int(1...2), dice.int(1...3)] : [1, 1]
            let pads = (0..<4).map { _ in dice.int(0...2) }, before = dice.pick([0, 0, 3, 16])
            let shape: Shape = [dice.pick([1, 1, 2]), before + channels, dice.int(14...20), dice.int(16...24)]
            let weights = dice.tensor([to, channels / groups, kernel.0, kernel.1]), bias = dice.tensor([to])
            let activation = dice.pick(GraphBuilder.activations)
            let (graph, reference) = try Self.pair { b, rounding in
                let x = b.input("x", shape)
                let image =
                    before == 0 ? x : try b.addAll(Split(axis: 1, outputCount: 2), [x, b.constant([before, channels])])[1]
                let op = Convolution(strides: strides, dilations: dilations, padding: .explicit(pads), groups: groups)
                return try b.activation(activation, b.add(op, [image, b.constant(rounding(weights)), b.constant(bias)]))
            }
            let input = dice.tensor(shape)
            let outputs = try Session(Plan(graph, precision: .bf16), threads: dice.int(1...2)).run([input])
            let wanted = try Interpreter(graph: reference).run(["x": Self.rounded(input)])
            let mismatch = Approximation.relativeToLargest(2e-5).mismatch(outputs[0], reference: wanted[0])
            // What rounding is not worth it for stays as it is.
            let isPlain = Approximation.exact.mismatch(outputs[0], reference: try Session(Plan(graph)).run([input])[0]) == nil
            rounded += isPlain ? 0 : 1
            #expect(
                mismatch == nil || isPlain, "seed \(seed): \(kernel) \(strides) \(dilations) \(groups) \(channels) → \(to) \(activation)")
        }
        #expect(rounded >= 6)
    }

    @Test func productsOfRowsAreOfRoundedNumbers() throws {
        var dice = Dice(32)
        let weights = dice.tensor([40, 70], scale: 0.1), input = dice.tensor([1, 17, 40])
        let (graph, reference) = try Self.pair { b, rounding in
            try b.add(MatMul(), [b.input("x", [1, 17, 40]), b.constant(rounding(weights))])
        }
        let outputs = try Session(Plan(graph, precision: .bf16)).run([input])
        let wanted = try Interpreter(graph: reference).run(["x": Self.rounded(input)])
        let mismatch = Approximation.relativeToLargest(2e-5).mismatch(outputs[0], reference: wanted[0])
        #expect(mismatch == nil)
    }

    @Test func transposedConvolutionsAreOfRoundedNumbers() throws {
        var dice = Dice(33)
        let weights = dice.tensor([16, 24, 2, 2], scale: 0.1), input = dice.tensor([1, 16, 9, 7])
        let (graph, reference) = try Self.pair { b, rounding in
            try b.add(TransposedConvolution(strides: [2, 2]), [b.input("x", [1, 16, 9, 7]), b.constant(rounding(weights))])
        }
        let outputs = try Session(Plan(graph, precision: .bf16)).run([input])
        let wanted = try Interpreter(graph: reference).run(["x": Self.rounded(input)])
        let mismatch = Approximation.relativeToLargest(2e-5).mismatch(outputs[0], reference: wanted[0])
        #expect(mismatch == nil)
    }

    /// Tiles round what they have transformed: not the same numbers, but as near.
    @Test(arguments: [48, 50, 130]) func tilesAreNear(channels: Int) throws {
        var b = GraphBuilder(), dice = Dice(channels)
        let x = b.input("x", [1, channels, 15, 18])
        b.outputs = [try b.convolution(x, to: 48, kernel: (3, 3), padding: .explicit([1, 1, 1, 1]), &dice)]
        let input = dice.tensor([1, channels, 15, 18])
        let exact = try Session(Plan(b.graph)).run([input])[0], output = try Session(Plan(b.graph, precision: .bf16)).run([input])[0]
        let mismatch = Approximation.relativeToLargest(0.02).mismatch(output, reference: exact)
        #expect(mismatch == nil)
        let isRounded = Approximation.relativeToLargest(1e-4).mismatch(output, reference: exact) != nil
        #expect(isRounded)
    }

    /// Rounding a few channels for a few outputs takes longer than it saves.
    @Test(arguments: [(3, 16, 1), (9, 12, 1), (16, 16, 16)]) func narrowLayersStayInFloats(from: Int, to: Int, groups: Int) throws {
        var b = GraphBuilder(), dice = Dice(35)
        b.outputs = [
            try b.convolution(
                b.input("x", [1, from, 9, 9]), to: to, kernel: (3, 3), padding: .explicit([1, 1, 1, 1]), groups: groups, &dice)
        ]
        let input = dice.tensor([1, from, 9, 9])
        let exact = try Session(Plan(b.graph)).run([input])[0], output = try Session(Plan(b.graph, precision: .bf16)).run([input])[0]
        let mismatch = Approximation.exact.mismatch(output, reference: exact)
        #expect(mismatch == nil)
    }
}

/// Sums of whole numbers.
@Suite(.enabled(if: Precision.int8.isAvailable, "this CPU has no products of bytes"))
struct LevelPrecisionTests {
    /// Convolutions of a network that came quantised: each of levels that it says, with weights that are levels.
    private static func network(_ b: inout GraphBuilder, _ shape: Shape, _ dice: inout Dice, isTiled: Bool) throws {
        func quantized(_ x: ValueID) throws -> ValueID {
            let zero = dice.chance(2) ? Tensor(scalar: UInt8(dice.int(0...255))) : Tensor(scalar: Int8(dice.int(-128...127)))
            let levels = [b.constant(Tensor(scalar: 0.01 + abs(dice.float()) / 50)), b.constant(zero)]
            return try b.add(DequantizeLinear(), [b.add(QuantizeLinear(to: zero.elementType), [x] + levels)] + levels)
        }
        var x = b.input("x", shape)
        for _ in 0..<2 {
            let from = b.shape(x)[1], to = dice.pick([12, 17, 33, 48, 70]), groups = dice.chance(4) && from % 2 == 0 ? 2 : 1
            let k = isTiled ? 3 : dice.pick([1, 2, 3, 5])
            let scales = (0..<to * groups).map { _ in 0.001 + abs(dice.float()) / 100 }
            let count = from / groups * k * k
            let weights = (0..<to * groups * count).map { Float(dice.int(-128...127)) * scales[$0 / count] }
            let op = Convolution(
                strides: isTiled ? [] : [dice.int(1...2), dice.int(1...2)], padding: .explicit([k / 2, k / 2, k / 2, k / 2]), groups: groups
            )
            let kernel = b.constant(Tensor([to * groups, from / groups, k, k], weights))
            x = try b.add(op, [quantized(x), kernel, b.constant(dice.tensor([to * groups]))])
            x = try b.activation(dice.pick(["relu", "silu", "leaky"]), x)
        }
        b.outputs = [x]
    }

    /// What floats round only a little, they being sums of the same products.
    @Test(arguments: 0..<4) func quantizedNetworksKeepTheirLevels(group: Int) throws {
        for seed in group * 10..<group * 10 + 10 {
            var b = GraphBuilder(), dice = Dice(seed + 41_000_000)
            let shape: Shape = [dice.pick([1, 1, 2]), dice.pick([8, 15, 32, 40]), dice.int(9...14), dice.int(8...20)]
            try Self.network(&b, shape, &dice, isTiled: group == 3)
            let input = dice.tensor(shape, scale: 2), plan = try Plan(b.graph, precision: .int8)
            let output = try Session(plan, threads: dice.int(1...2)).run([input])[0]
            let reference = try Session(Plan(b.graph)).run([input])[0]
            // A sum that is rounded otherwise may be another level of the second layer, of which an output has many.
            let mismatch = Approximation.relativeToLargest(0.01).mismatch(output, reference: reference)
            #expect(mismatch == nil, "seed \(seed)\n\(b.text)")
        }
    }

    /// One layer of given levels is what whole numbers make of it, to the last bits of a float.
    @Test(arguments: [1, 3, 5]) func sumsAreExact(kernel k: Int) throws {
        for seed in 0..<12 {
            var b = GraphBuilder(), dice = Dice(seed + 42_000_000 + k)
            let (from, to) = (dice.pick([9, 16, 33, 64, 130]), dice.pick([16, 40, 70, 130])), shape: Shape = [1, from, 9, 11]
            let zero = dice.int(0...255), levels = [b.constant(Tensor(scalar: Float(0.25))), b.constant(Tensor(scalar: UInt8(zero)))]
            let whole = (0..<to * from * k * k).map { _ in Float(dice.int(-127...127)) }
            let x = try b.add(DequantizeLinear(), [b.add(QuantizeLinear(), [b.input("x", shape)] + levels)] + levels)
            let weights = b.constant(Tensor([to, from, k, k], whole.map { $0 / 64 }))
            b.outputs = [try b.add(Convolution(padding: .explicit([k / 2, k / 2, k / 2, k / 2])), [x, weights])]
            // Powers of two: floats are exact as long as sums are below 2²⁴.
            let input = Tensor(shape, (0..<shape.elementCount).map { _ in Float(dice.int(-20...20)) / 4 })
            let output = try Session(Plan(b.graph, precision: .int8)).run([input])[0]
            let wanted = try Interpreter(graph: b.graph).run(["x": input])[0]
            let mismatch = Approximation.relativeToLargest(1e-6).mismatch(output, reference: wanted)
            #expect(mismatch == nil, "seed \(seed): \(from) → \(to), zero point \(zero)")
        }
    }

    /// A network in floats with the levels of what it has seen.
    @Test func calibratedNetworksAreNear() throws {
        var b = GraphBuilder(), dice = Dice(43)
        let shape: Shape = [1, 3, 32, 32]
        var x = b.input("x", shape)
        for channels in [16, 24, 32, 32] {
            x = try b.activation("silu", b.convolution(x, to: channels, kernel: (3, 3), padding: .explicit([1, 1, 1, 1]), &dice))
        }
        b.outputs = [try b.convolution(x, to: 20, kernel: (1, 1), padding: .valid, &dice)]
        var typed = try TypedGraph(b.graph, inputShapes: [:])
        typed.optimize()
        let inputs = (0..<4).map { _ in dice.tensor(shape) }, session = Session(try Plan(typed))
        var calibration = LevelCalibration()
        for pass in 0..<2 {
            if pass == 1 { calibration.beginSecondPass() }
            for input in inputs.prefix(3) {
                _ = try session.run([input])
                try calibration.add(session)
            }
        }
        let wanted = try session.run([inputs[3]])[0]
        typed.precision = .int8
        #expect(!typed.isQuantized)
        let plain = try Session(Plan(typed)).run([inputs[3]])[0]
        typed.use(calibration)
        let output = try Session(Plan(typed)).run([inputs[3]])[0]
        let (far, near) = (
            Approximation.exact.mismatch(plain, reference: wanted),
            Approximation.relativeToLargest(0.05).mismatch(output, reference: wanted)
        )
        // Without levels nothing is rounded.
        #expect(far == nil)
        #expect(near == nil)
        let isRounded = Approximation.relativeToLargest(1e-4).mismatch(output, reference: wanted) != nil
        #expect(isRounded)

        // What is written down by the names of the values gives the same bits.
        var again = try TypedGraph(b.graph, inputShapes: [:])
        again.precision = .int8
        again.optimize()
        #expect(!again.hasLevels)
        again.use(typed.namedLevels)
        #expect(again.hasLevels)
        #expect(typed.namedLevels.count == 5)
        let repeated = try Session(Plan(again)).run([inputs[3]])[0]
        let difference = Approximation.exact.mismatch(repeated, reference: output)
        #expect(difference == nil)
        // Names that the network does not have are nobody's.
        again.use(["of another network": (scale: 1, zero: 0)])
        #expect(!again.hasLevels)
    }
}
