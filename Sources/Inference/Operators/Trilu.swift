import Tensors

/// ONNX Trilu: input [… , rows, columns], k (optional scalar): keeps the triangle on and above diagonal k (`isUpper`), or on and below it;
/// the rest becomes zero. O(n).
public struct Trilu: Operator {
    public var isUpper: Bool
    public init(isUpper: Bool = true) { self.isUpper = isUpper }

    public func outputs(for inputs: [ValueFacts?]) throws(OperatorError) -> [ValueFacts] {
        let x = try inputs.operand(0, "input")
        if inputs.optional(1) != nil { _ = try inputs.integer(1, "k") }
        if let shape = x.shape, shape.rank < 2 { throw OperatorError("input has shape \(shape), fewer than 2 axes") }
        return [ValueFacts(x.elementType, x.shape)]
    }

    public func evaluate(_ inputs: Operands) -> [Tensor] {
        let (x, shape) = (inputs[0], inputs.shape)
        let (rows, columns) = (shape[shape.rank - 2], shape[shape.rank - 1])
        // Beyond the matrix all diagonals are alike.
        let k = min(max(inputs.optional(1)?.integerElements.first ?? 0, -rows), columns)
        let width = x.elementType.byteCount
        let result = Tensor(shape, type: x.elementType) { out in
            out.copyMemory(from: x.baseAddress, byteCount: shape.elementCount * width)
            for row in 0..<(shape.elementCount / columns) {
                // The first column that lies above the diagonal, or below it.
                let edge = min(max(row % rows + k + (isUpper ? 0 : 1), 0), columns)
                let cleared = isUpper ? 0..<edge : edge..<columns
                (out + (row * columns + cleared.lowerBound) * width).initializeMemory(
                    as: UInt8.self, repeating: 0, count: cleared.count * width)
            }
        }
        return [result]
    }
}

/// ONNX EyeLike: ones on diagonal k of a matrix of the input's shape, zeros elsewhere. Known as soon as the shape is. O(n).
public struct EyeLike: Operator {
    /// Nil takes the input's.
    public var elementType: ElementType?
    public var diagonal: Int
    public init(elementType: ElementType? = nil, diagonal: Int = 0) { (self.elementType, self.diagonal) = (elementType, diagonal) }

    public func outputs(for inputs: [ValueFacts?]) throws(OperatorError) -> [ValueFacts] {
        let x = try inputs.operand(0, "input")
        return [ValueFacts(elementType ?? x.elementType, try x.shape(rank: 2, "input"))]
    }

    public func evaluate(_ inputs: Operands) throws(OperatorError) -> [Tensor] {
        let shape = inputs.shape, offset = min(max(diagonal, -shape[0]), shape[1])
        let ones = Tensor(shape, of: Float.self) { out in
            for row in 0..<shape[0] where (0..<shape[1]).contains(row + offset) { out[row * shape[1] + row + offset] = 1 }
        }
        return try Cast(to: inputs.outputs[0].elementType).evaluate([ones])
    }
}
