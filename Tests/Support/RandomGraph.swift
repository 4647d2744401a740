import Inference
import Tensors

/// A network drawn from a seed: every construct that the planner treats in its own way, in any order.
package struct RandomGraph {
    package let seed: Int
    package let builder: GraphBuilder
    package var graph: Graph { builder.graph }
    package var text: String { "seed \(seed) + \(seedOffset):\n\(builder.text)" }
    package let inputShape: Shape

    /// - Parameter inputShape: [N, C, H, W]; drawn when nil.
    package init(seed: Int, length: Int = 12, inputShape given: Shape? = nil) {
        self.seed = seed
        var dice = Dice(seed + seedOffset)
        var b = GraphBuilder()
        let drawn = Shape([
            dice.chance(5) ? 2 : 1, dice.pick([1, 2, 3, 4, 16]), dice.pick([1, 6, 9, 16, 17, 24]), dice.pick([1, 7, 8, 15, 16, 20]),
        ])
        inputShape = given ?? drawn
        let input = b.input("x", inputShape)
        var images = [input]
        // The input may be all that follows; mostly a stem makes channels first.
        if dice.chance(4), let stem = try? b.focus(input, chained: dice.chance(2)),
            let x = try? b.convolution(stem, to: dice.int(3...20), kernel: (3, 3), padding: .explicit([1, 1, 1, 1]), &dice)
        {
            images.append(x)
        } else if !dice.chance(6),
            let x = try? b.convolution(input, to: dice.pick([4, 8, 12, 16, 24]), kernel: (3, 3), padding: .explicit([1, 1, 1, 1]), &dice)
        {
            images.append(x)
        }
        var steps = 0
        while steps < length {
            // Mostly the newest value, so that networks get deep; else any, so that values get several readers.
            let x = dice.chance(3) ? dice.pick(images) : images.last!
            if let new = try? Self.extend(&b, x, images, &dice), !new.isEmpty {
                images += new.filter { b.shape($0).elementCount < 40_000 }
                steps += 1
            } else {
                steps += dice.chance(4) ? 1 : 0
            }
        }
        for value in [images.last!] + (dice.chance(2) ? [dice.pick(images)] : []) { b.outputs.append(value) }
        if dice.chance(2), let tail = try? Self.classifier(&b, images.last!, &dice) { b.outputs.append(tail) }
        if dice.chance(2) {
            let channels = b.shape(images.last!)[1], fitting = images.filter { b.shape($0)[1] == channels && $0 != input }
            if !fitting.isEmpty, let tail = try? b.detectorTail(Array(fitting.suffix(3))) { b.outputs.append(tail) }
        }
        builder = b
    }

    /// One more block on `x`; the values it makes.
    private static func extend(_ b: inout GraphBuilder, _ x: ValueID, _ images: [ValueID], _ dice: inout Dice) throws -> [ValueID] {
        let s = b.shape(x), c = s[1]
        switch dice.int(0...22) {
        case 0...3: return [try convolution(&b, x, &dice)]
        case 4:
            let k = dice.pick([3, 5, 7, 3]), p = dice.int(0...k / 2), stride = dice.pick([1, 1, 2, 3])
            return [
                try b.convolution(
                    x, to: c, kernel: (k, k), strides: [stride, stride], padding: .explicit([p, p, k / 2, k / 2]), groups: c,
                    hasBias: dice.chance(2),
                    &dice)
            ]
        case 5: return [try b.batchNormalization(x, &dice)]
        case 6, 7: return [try b.activation(dice.pick(GraphBuilder.activations), x)]
        case 8, 9:
            // Residual: a value of the same shape, or x through a convolution; now and then an activation after it.
            let same = images.filter { b.shape($0) == s }
            let other = dice.chance(2) ? dice.pick(same) : try b.convolution(x, to: c, kernel: (3, 3), padding: .sameUpper, &dice)
            let activated = dice.chance(2) ? try b.activation(dice.pick(GraphBuilder.activations), other) : other
            let sum = try b.add(
                Binary(dice.chance(5) ? dice.pick([.multiply, .subtract, .maximum, .minimum]) : .add),
                dice.chance(2) ? [x, activated] : [activated, x])
            return [dice.chance(2) ? try b.activation("relu", sum) : sum]
        case 10, 11:
            let fitting = images.filter { b.shape($0)[2] == s[2] && b.shape($0)[3] == s[3] && b.shape($0)[0] == s[0] }
            var parts = [x]
            for _ in 0..<dice.int(1...3) { parts.append(dice.pick(fitting)) }
            let joined = try b.add(Concat(axis: 1), parts)
            // A second concatenation of the first, or of the same values.
            return dice.chance(3)
                ? [joined, try b.add(Concat(axis: dice.chance(2) ? 1 : -3), dice.chance(2) ? [joined, x] : parts.reversed())] : [joined]
        case 12:
            guard c > 1 else { throw OperatorError("one channel") }
            let first = dice.int(1...c - 1), sizes = dice.chance(2) && c % 2 == 0 ? nil : [first, c - first]
            return try b.addAll(Split(axis: 1, outputCount: 2), [x, sizes.map { b.constant($0) }])
        case 13: return try b.shuffle(x, groups: dice.pick([2, 2, 3, 4]), spelling: dice.int(0...2))
        case 14:
            if dice.chance(2) { return [try b.focus(x, chained: dice.chance(2))] }
            let (axis, start) = dice.chance(2) ? (1, dice.int(0...c - 1)) : (dice.pick([2, 3]), dice.int(-3...2))
            return [
                try b.add(
                    Slice(),
                    [x, b.constant([start]), b.constant([dice.pick([1000, -1])]), b.constant([axis]), b.constant([dice.int(1...2)])])
            ]
        case 15:
            let pads = [
                0, dice.chance(2) ? dice.int(0...5) : 0, dice.int(0...2), dice.int(0...2), 0, dice.chance(2) ? dice.int(0...5) : 0,
                dice.int(0...2), dice.int(0...2),
            ]
            return [try b.add(Pad(), [x, b.constant(pads)])]
        case 16: return [try resize(&b, x, &dice)]
        case 17 where dice.chance(4):
            let maxima = try b.maxima(x, sides: dice.pick([[3, 5], [5, 9, 13], [7, 3, 5]]))
            return [try b.add(Concat(axis: 1), [x] + maxima)]
        case 17:
            let k = dice.int(1...4), p = dice.int(0...(k - 1) / 2), stride = dice.int(1...2)
            let padding: Padding = dice.chance(4) ? .sameUpper : .explicit([p, p, dice.int(0...p), dice.int(0...p)])
            return [
                try b.add(
                    Pooling(
                        kind: dice.chance(2) ? .maximum : .average, kernel: [k, k], strides: [stride, stride], padding: padding,
                        ceilMode: dice.chance(3),
                        countIncludesPadding: dice.chance(2)), [x])
            ]
        case 18: return [try b.squeezeExcite(x, &dice)]
        case 19: return [try transposedConvolution(&b, x, &dice)]
        case 20: return [try b.tokens(x, &dice)]
        // Channels and windows that Winograd's tiles take.
        case 21:
            let wide = try b.convolution(x, to: dice.pick([32, 40]), kernel: (1, 1), padding: .valid, &dice)
            let tiled = try b.convolution(wide, to: dice.pick([32, 48, 70]), kernel: (3, 3), padding: .explicit([1, 1, 1, 1]), &dice)
            let sum = dice.chance(3) && b.shape(tiled) == b.shape(wide) ? try b.add(Binary(.add), [tiled, wide]) : tiled
            return [dice.chance(2) ? try b.activation(dice.pick(GraphBuilder.activations), sum) : sum]
        default:
            let shape: Shape = dice.pick([[c, 1, 1], [1, c, 1, 1], [], [1]])
            return [
                try b.add(
                    Binary(dice.pick([.add, .multiply, .subtract])),
                    dice.chance(2) ? [x, b.constant(dice.tensor(shape))] : [b.constant(dice.tensor(shape)), x])
            ]
        }
    }

    private static func convolution(_ b: inout GraphBuilder, _ x: ValueID, _ dice: inout Dice) throws -> ValueID {
        let c = b.shape(x)[1], kernel = (dice.pick([1, 1, 3, 3, 5, 2]), dice.pick([1, 1, 3, 3, 5, 2]))
        let divisors = (2...5).filter { c % $0 == 0 }, groups = dice.chance(3) && !divisors.isEmpty ? dice.pick(divisors) : 1
        let strides = dice.chance(3) ? [dice.int(1...3), dice.int(1...2)] : []
        let dilations = dice.chance(5) ? [dice.int(1...2), dice.int(1...2)] : []
        let padding: Padding =
            dice.pick([
                .explicit([kernel.0 / 2, kernel.1 / 2, kernel.0 / 2, kernel.1 / 2]),
                .explicit([dice.int(0...2), dice.int(0...2), dice.int(0...2), dice.int(0...2)]),
                .sameUpper, .sameLower, .valid, .explicit([]),
            ])
        let channels = groups > 1 ? groups * dice.int(1...9) : dice.pick([1, 2, 5, 8, 15, 16, 17, 24, 33, 48, 70])
        let y = try b.convolution(
            x, to: channels, kernel: kernel, strides: strides, dilations: dilations, padding: padding, groups: groups,
            hasBias: dice.chance(2), &dice)
        let z = dice.chance(3) ? try b.batchNormalization(y, &dice) : y
        return dice.chance(3) ? z : try b.activation(dice.pick(GraphBuilder.activations), z)
    }

    private static func transposedConvolution(_ b: inout GraphBuilder, _ x: ValueID, _ dice: inout Dice) throws -> ValueID {
        let c = b.shape(x)[1], kernel = [dice.int(1...4), dice.int(1...4)], strides = [dice.int(1...3), dice.int(1...2)]
        let groups = c % 2 == 0 && dice.chance(3) ? 2 : 1, channels = dice.pick([1, 3, 8, 17])
        let weights = b.constant(dice.tensor([c, channels, kernel[0], kernel[1]], scale: 1 / Float(c).squareRoot()))
        let bias = dice.chance(2) ? b.constant(dice.tensor([channels * groups])) : nil
        let op = TransposedConvolution(
            strides: strides, padding: .explicit((0..<4).map { dice.int(0...kernel[$0 % 2] / 2) }),
            outputPadding: strides.map { dice.int(0...$0 - 1) }, groups: groups)
        return try b.add(op, [x, weights, bias])
    }

    private static func resize(_ b: inout GraphBuilder, _ x: ValueID, _ dice: inout Dice) throws -> ValueID {
        let s = b.shape(x)
        let op = Resize(
            mode: dice.chance(2) ? .nearest : .linear, coordinates: dice.pick([.halfPixel, .pytorchHalfPixel, .alignCorners, .asymmetric]),
            nearest: dice.pick([.roundPreferFloor, .floor, .ceil, .roundPreferCeil]))
        if dice.chance(2) { return try b.add(op, [x, nil, b.constant(Tensor([4], [Float(1), 1, dice.pick([2, 0.5, 1.5]), 2]))]) }
        return try b.add(op, [x, nil, nil, b.constant([s[0], s[1], dice.int(1...2 * s[2]), dice.int(1...2 * s[3])])])
    }

    private static func classifier(_ b: inout GraphBuilder, _ x: ValueID, _ dice: inout Dice) throws -> ValueID {
        let count = dice.pick([2, 10, 17])
        let pooled = dice.chance(3) ? x : try b.add(GlobalPooling(kind: .average), [x])
        let flat = dice.chance(2) ? try b.add(Flatten(), [pooled]) : try b.add(Reshape(), [pooled, b.constant([b.shape(pooled)[0], -1])])
        let inputs = b.shape(flat)[1], scale = 1 / Float(inputs).squareRoot()
        let logits =
            dice.chance(2)
            ? try b.add(
                Gemm(alpha: 0.5, beta: 2, transposesB: true),
                [flat, b.constant(dice.tensor([count, inputs], scale: scale)), b.constant(dice.tensor([count]))])
            : try b.add(MatMul(), [flat, b.constant(dice.tensor([inputs, count], scale: scale))])
        return dice.chance(2) ? try b.add(Softmax(axis: -1), [logits]) : logits
    }
}
