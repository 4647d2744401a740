import Inference
import Tensors

// What exported networks are made of, in the spellings that exporters use.

extension GraphBuilder {
    package mutating func convolution(
        _ x: ValueID, to channels: Int, kernel: (Int, Int), strides: [Int] = [], dilations: [Int] = [], padding: Padding, groups: Int = 1,
        hasBias: Bool = true, _ dice: inout Dice
    ) throws -> ValueID {
        let from = shape(x)[1] / groups
        let scale = 1.7 / Float(from * kernel.0 * kernel.1).squareRoot()
        let weights = constant(dice.tensor([channels, from, kernel.0, kernel.1], scale: scale))
        let bias = hasBias ? constant(dice.tensor([channels], scale: 0.3)) : nil
        return try add(Convolution(strides: strides, dilations: dilations, padding: padding, groups: groups), [x, weights, bias])
    }

    package mutating func batchNormalization(_ x: ValueID, _ dice: inout Dice) throws -> ValueID {
        let c = shape(x)[1]
        let variance = Tensor([c], (0..<c).map { _ in 0.5 + abs(dice.float()) })
        return try add(
            BatchNormalization(),
            [x, constant(dice.tensor([c])), constant(dice.tensor([c])), constant(dice.tensor([c])), constant(variance)])
    }

    /// Group normalization as one operator, or as exporters spelled it before there was one.
    package mutating func groupNormalization(_ x: ValueID, groups: Int, isSpelled: Bool, _ dice: inout Dice) throws -> ValueID {
        let from = shape(x), c = from[1]
        guard isSpelled else {
            return try add(GroupNormalization(groups: groups), [x, constant(dice.tensor([c])), constant(dice.tensor([c]))])
        }
        let ones = constant(Tensor([groups], [Float](repeating: 1, count: groups)))
        let zeros = constant(Tensor([groups], [Float](repeating: 0, count: groups)))
        let rows = try add(Reshape(), [x, constant([from[0], groups, -1])])
        let normal = try add(InstanceNormalization(), [rows, ones, zeros])
        let back = try add(Reshape(), [normal, constant(from.dims)])
        let scaled = try add(Binary(.multiply), [back, constant(dice.tensor([c, 1, 1]))])
        return try add(Binary(.add), [scaled, constant(dice.tensor([c, 1, 1]))])
    }

    /// Names of the ways in which `activation` can be spelled.
    package static let activations = [
        "relu", "clip6", "leaky", "sigmoid", "hardSigmoid", "hardSwish", "silu", "mish", "tanh", "elu", "x*sigmoid", "sigmoid*x",
        "x*clip(x+3)/6",
        "x*(clip(x+3)/6)", "clip(x+3)*(1/6)", "x*hardSigmoid", "x*tanh(softplus)", "max0",
    ]

    package mutating func activation(_ name: String, _ x: ValueID) throws -> ValueID {
        func shifted(_ b: inout GraphBuilder) throws -> ValueID {
            let sum = try b.add(Binary(.add), [x, b.constant(3)])
            return try b.add(Clip(), [sum, b.constant(0), b.constant(6)])
        }
        switch name {
        case "relu": return try add(Unary(.relu), [x])
        case "clip6": return try add(Clip(), [x, constant(0), constant(6)])
        case "leaky": return try add(Unary(.leakyRelu(slope: 0.1)), [x])
        case "sigmoid": return try add(Unary(.sigmoid), [x])
        case "hardSigmoid": return try add(Unary(.hardSigmoid(alpha: 0.2, beta: 0.5)), [x])
        case "hardSwish": return try add(Unary(.hardSwish), [x])
        case "silu": return try add(Unary(.silu), [x])
        case "mish": return try add(Unary(.mish), [x])
        case "tanh": return try add(Unary(.tanh), [x])
        case "elu": return try add(Unary(.elu(alpha: 1)), [x])
        case "x*sigmoid": return try add(Binary(.multiply), [x, add(Unary(.sigmoid), [x])])
        case "sigmoid*x": return try add(Binary(.multiply), [add(Unary(.sigmoid), [x]), x])
        case "x*clip(x+3)/6":
            let product = try add(Binary(.multiply), [x, shifted(&self)])
            return try add(Binary(.divide), [product, constant(6)])
        case "x*(clip(x+3)/6)":
            let gate = try add(Binary(.divide), [shifted(&self), constant(6)])
            return try add(Binary(.multiply), [x, gate])
        case "clip(x+3)*(1/6)": return try add(Binary(.multiply), [shifted(&self), constant(1 / 6)])
        case "x*hardSigmoid": return try add(Binary(.multiply), [x, add(Unary(.hardSigmoid(alpha: 1 / 6, beta: 0.5)), [x])])
        case "x*tanh(softplus)": return try add(Binary(.multiply), [x, add(Unary(.tanh), [add(Unary(.softplus), [x])])])
        default: return try add(Binary(.maximum), [x, constant(0)])
        }
    }

    /// ConvNeXt V2's response normalization: x + scale · x · (norm of the channel / mean norm of all channels) + bias.
    package mutating func responseNormalization(_ x: ValueID, _ dice: inout Dice) throws -> ValueID {
        let c = shape(x)[1]
        let norms = try add(Reduction(.l2), [x, constant([2, 3])])
        let mean = try add(Binary(.add), [add(Reduction(.mean), [norms, constant([1])]), constant(1e-6)])
        let response = try add(Binary(.multiply), [x, add(Binary(.divide), [norms, mean])])
        let scaled = try add(Binary(.multiply), [response, constant(dice.tensor([1, c, 1, 1]))])
        return try add(Binary(.add), [x, add(Binary(.add), [scaled, constant(dice.tensor([1, c, 1, 1]))])])
    }

    /// Squeeze and excite: the whole image scales every pixel.
    package mutating func squeezeExcite(_ x: ValueID, _ dice: inout Dice) throws -> ValueID {
        let c = shape(x)[1], none = Padding.explicit([0, 0, 0, 0])
        let pooled = try add(GlobalPooling(kind: dice.chance(4) ? .maximum : .average), [x])
        let squeezed = try activation("relu", convolution(pooled, to: max(1, c / 4), kernel: (1, 1), padding: none, &dice))
        let gate = try activation(
            dice.pick(["hardSigmoid", "sigmoid", "clip(x+3)*(1/6)"]), convolution(squeezed, to: c, kernel: (1, 1), padding: none, &dice))
        return try add(Binary(.multiply), dice.chance(2) ? [x, gate] : [gate, x])
    }

    /// Channels of two groups interleaved, as ShuffleNet's exporters spell it.
    package mutating func shuffle(_ x: ValueID, groups g: Int, spelling: Int) throws -> [ValueID] {
        let s = shape(x), (n, c, h, w) = (s[0], s[1], s[2], s[3])
        guard c % g == 0 else { throw OperatorError("\(c) channels in \(g) groups") }
        switch spelling {
        case 0:
            let five = try add(Reshape(), [x, constant([n, g, c / g, h, w])])
            let turned = try add(Transpose(permutation: [0, 2, 1, 3, 4]), [five])
            return [try add(Reshape(), [turned, constant([n, -1, h, w])])]
        case 1:
            let four = try add(Reshape(), [x, constant([n, g, c / g, h * w])])
            let turned = try add(Transpose(permutation: [0, 2, 1, 3]), [four])
            return [try add(Reshape(), [turned, constant([n, c, h, w])])]
        default:
            // Pairs apart: even channels and odd ones (megengine, FastestDet).
            guard g == 2 else { throw OperatorError("pairs only") }
            let pairs = try add(Reshape(), [x, constant([n * c / 2, 2, h * w])])
            let turned = try add(Transpose(permutation: [1, 0, 2]), [pairs])
            let halves = try add(Reshape(), [turned, constant([2, -1, c / 2, h, w])])
            return try [0, 1].map { try add(Gather(axis: 0), [halves, constant(Tensor(scalar: Int64($0)))]) }
        }
    }

    /// YOLOX's stem: four strided slices side by side.
    package mutating func focus(_ x: ValueID, chained: Bool) throws -> ValueID {
        let s = shape(x)
        guard s[2] % 2 == 0, s[3] % 2 == 0 else { throw OperatorError("odd size") }
        var parts: [ValueID] = []
        for (y, column) in [(0, 0), (1, 0), (0, 1), (1, 1)] {
            let end = Int(Int32.max)
            if chained {
                let rows = try add(Slice(), [x, constant([y]), constant([end]), constant([2]), constant([2])])
                parts.append(try add(Slice(), [rows, constant([column]), constant([end]), constant([3]), constant([2])]))
            } else {
                parts.append(try add(Slice(), [x, constant([y, column]), constant([end, end]), constant([2, 3]), constant([2, 2])]))
            }
        }
        return try add(Concat(axis: 1), parts)
    }

    /// Maxima over windows around each pixel of one image (SPP).
    package mutating func maxima(_ x: ValueID, sides: [Int]) throws -> [ValueID] {
        try sides.map { side in
            let (before, after) = (side / 2, (side - 1) / 2)
            return try add(
                Pooling(kind: .maximum, kernel: [side, side], padding: .explicit([before, before, after, after])), [x])
        }
    }

    /// Detector tail: every image as [N, C, H·W], side by side, transposed to [N, ΣH·W, C].
    package mutating func detectorTail(_ images: [ValueID]) throws -> ValueID {
        let rows = try images.map { try add(Reshape(), [$0, constant([shape($0)[0], shape($0)[1], -1])]) }
        return try add(Transpose(permutation: [0, 2, 1]), [rows.count == 1 ? rows[0] : add(Concat(axis: 2), rows)])
    }
}
