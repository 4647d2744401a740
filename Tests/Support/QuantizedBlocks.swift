import Inference
import Tensors

/// What onnxruntime's dynamic quantisation makes of layers.
extension GraphBuilder {
    /// The levels of `x` less their zero point, as floats, and their scale.
    package mutating func levels(_ x: ValueID) throws -> (whole: ValueID, scale: ValueID) {
        let parts = try addAll(DynamicQuantizeLinear(), [x])
        return (try add(DequantizeLinear(), [parts[0], constant(1), parts[2]]), parts[1])
    }

    /// Sums of whole numbers as floats, by the scale and constants.
    package mutating func scaled(_ sums: ValueID, _ scale: ValueID, by constants: Tensor, _ dice: inout Dice) throws -> ValueID {
        let floats = try add(Cast(to: .float32), [add(IntegerSum(), [sums])])
        let factor = try add(Binary(.multiply), dice.chance(2) ? [scale, constant(constants)] : [constant(constants), scale])
        return try add(Binary(.multiply), dice.chance(2) ? [floats, factor] : [factor, floats])
    }

    /// DynamicQuantizeLinear, ConvInteger, Cast, Mul and, now and then, the Add of a bias: weights of -128...127, one scale or one a channel.
    package mutating func dynamicConvolution(
        _ x: ValueID, to channels: Int, kernel: Int, stride: Int = 1, groups: Int = 1, _ dice: inout Dice
    ) throws -> ValueID {
        let (whole, scale) = try levels(x), pad = kernel / 2
        let weights = wholeNumbers([channels, self.shape(x)[1] / groups, kernel, kernel], &dice)
        let op = Convolution(strides: [stride, stride], padding: .explicit([pad, pad, pad, pad]), groups: groups)
        let shape: Shape = dice.pick([[channels, 1, 1], [1, channels, 1, 1]])
        let factors = dice.chance(2) ? Tensor(scalar: Float(0.003)) : dice.tensor(shape, scale: 0.01)
        let y = try scaled(add(op, [whole, constant(weights)]), scale, by: factors, &dice)
        return dice.chance(4) ? y : try add(Binary(.add), [y, constant(dice.tensor([1, channels, 1, 1]))])
    }

    /// The same for rows: DynamicQuantizeLinear, MatMulInteger, Cast, Mul and Add.
    package mutating func dynamicProduct(_ rows: ValueID, to channels: Int, _ dice: inout Dice) throws -> ValueID {
        let (whole, scale) = try levels(rows), weights = wholeNumbers([shape(rows).dims.last!, channels], &dice)
        let factors = dice.chance(2) ? Tensor(scalar: Float(0.003)) : dice.tensor([channels], scale: 0.01)
        let y = try scaled(add(MatMul(), [whole, constant(weights)]), scale, by: factors, &dice)
        return try add(Binary(.add), [y, constant(dice.tensor([channels]))])
    }

    private func wholeNumbers(_ shape: Shape, _ dice: inout Dice) -> Tensor {
        Tensor(shape, (0..<shape.elementCount).map { _ in Float(dice.int(-128...127)) })
    }
}
