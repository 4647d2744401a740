import Inference
import Tensors

extension GraphBuilder {
    /// An image as tokens through attention and a perceptron, each with its normalization and its sum, and back: a block of a transformer,
    /// in one of the spellings of exporters.
    package mutating func tokens(_ x: ValueID, _ dice: inout Dice) throws -> ValueID {
        let s = shape(x), c = s[1], count = s[2] * s[3]
        guard s[0] == 1, count <= 400 else { throw OperatorError("too many tokens") }
        let flat = try add(Reshape(), [x, constant([1, c, count])])
        var rows = try add(Transpose(permutation: [0, 2, 1]), [flat])
        rows = try add(Binary(.add), [rows, try attention(try normalized(rows, &dice), &dice)])
        var inner = try linear(try normalized(rows, &dice), to: 2 * c, &dice)
        inner = dice.chance(2) ? try add(Unary(.gelu(tanhApproximation: dice.chance(2))), [inner]) : try spelledGelu(inner)
        rows = try add(Binary(.add), [try linear(inner, to: c, &dice), rows])
        let columns = try add(Transpose(permutation: [0, 2, 1]), [rows])
        return try add(Reshape(), [columns, constant(s.dims)])
    }

    /// softmax(Q Kᵀ · scale) V of [1, T, C], over two heads, and a product after it.
    private mutating func attention(_ rows: ValueID, _ dice: inout Dice) throws -> ValueID {
        let s = shape(rows), size = dice.pick([4, 9]), heads = 2
        func split(_ b: inout GraphBuilder, _ order: [Int], _ dice: inout Dice) throws -> ValueID {
            let wide = try b.linear(rows, to: heads * size, &dice)
            return try b.add(Transpose(permutation: order), [try b.add(Reshape(), [wide, b.constant([1, s[1], heads, size])])])
        }
        let q = try split(&self, [0, 2, 1, 3], &dice), k = try split(&self, [0, 2, 3, 1], &dice), v = try split(&self, [0, 2, 1, 3], &dice)
        let scale = constant(1 / Float(size).squareRoot())
        // The factor on the scores, or on an operand; with a mask or without.
        let isEarly = dice.chance(2)
        var scores = try add(MatMul(), [isEarly ? try add(Binary(.multiply), [q, scale]) : q, k])
        if !isEarly { scores = try add(Binary(.multiply), [scores, scale]) }
        if dice.chance(3) { scores = try add(Binary(.add), [scores, constant(dice.tensor([heads, 1, s[1]]))]) }
        let joined = try add(MatMul(), [try add(Softmax(), [scores]), v])
        let back = try add(Reshape(), [try add(Transpose(permutation: [0, 2, 1, 3]), [joined]), constant([1, s[1], heads * size])])
        return try linear(back, to: s[2], &dice)
    }

    private mutating func linear(_ rows: ValueID, to count: Int, _ dice: inout Dice) throws -> ValueID {
        let inputs = shape(rows)[2]
        let product = try add(MatMul(), [rows, constant(dice.tensor([inputs, count], scale: 1 / Float(inputs).squareRoot()))])
        return dice.chance(3) ? product : try add(Binary(.add), [constant(dice.tensor([count])), product])
    }

    /// As one node, or as exporters spelled it before opset 17.
    private mutating func normalized(_ rows: ValueID, _ dice: inout Dice) throws -> ValueID {
        let c = shape(rows)[2], scale = constant(dice.tensor([c])), bias = constant(dice.tensor([c]))
        if dice.chance(2) { return try add(LayerNormalization(epsilon: 1e-3), [rows, scale, bias]) }
        let axes = constant([-1])
        let centered = try add(Binary(.subtract), [rows, try add(Reduction(.mean), [rows, axes])])
        let variance = try add(Reduction(.mean), [try add(Binary(.power), [centered, constant(2)]), axes])
        let deviation = try add(Unary(.sqrt), [try add(Binary(.add), [variance, constant(1e-3)])])
        let normal = try add(Binary(.divide), [centered, deviation])
        return try add(Binary(.add), [try add(Binary(.multiply), [normal, scale]), bias])
    }

    private mutating func spelledGelu(_ x: ValueID) throws -> ValueID {
        let curve = try add(Unary(.erf), [try add(Binary(.divide), [x, constant(Float(2).squareRoot())])])
        let gate = try add(Binary(.multiply), [x, try add(Binary(.add), [curve, constant(1)])])
        return try add(Binary(.multiply), [gate, constant(0.5)])
    }
}
