import Tensors

/// ONNX Trilu: input [… , rows, columns], k (optional scalar): keeps the triangle on and above diagonal k (`isUpper`), or on and below it;
/// the rest becomes zero. O(n).
public struct Trilu: Operator {
    public var isUpper: Bool
    public init(isUpper: Bool = true) { self.isUpper = isUpper }

    public func outputs(for inputs: [ValueFacts?]) throws(OperatorError) -> [ValueFacts] {
        let x = try inputs.operand(0, "input")
        _ = try inputs.optionalOperand(1, "k", ElementType.integers)?.integer("k")
        if let shape = x.shape, shape.rank < 2 { throw OperatorError("input has shape \(shape), fewer than 2 axes") }
        return [ValueFacts(x.elementType, x.shape)]
    }

    public func evaluate(_ inputs: [Tensor?]) throws(OperatorError) -> [Tensor] {
        let shape = try resultShape(inputs)
        let x = try inputs.required(0, "input")
        let (rows, columns) = (shape[shape.rank - 2], shape[shape.rank - 1])
        // Beyond the matrix all diagonals are alike.
        let k = min(max(inputs.optional(1)?.integerElements.first ?? 0, -rows), columns)
        let width = x.elementType.byteCount
        return [
            Tensor(shape, type: x.elementType) { out in
                if shape.elementCount == 0 { return }
                out.copyMemory(from: x.baseAddress, byteCount: shape.elementCount * width)
                for row in 0..<(shape.elementCount / columns) {
                    // The first column that lies above the diagonal, or below it.
                    let edge = min(max(row % rows + k + (isUpper ? 0 : 1), 0), columns)
                    let cleared = isUpper ? 0..<edge : edge..<columns
                    (out + (row * columns + cleared.lowerBound) * width).initializeMemory(
                        as: UInt8.self, repeating: 0, count: cleared.count * width)
                }
            }
        ]
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

    public func evaluate(_ inputs: [Tensor?]) throws(OperatorError) -> [Tensor] {
        let shape = try resultShape(inputs)
        let own = try inputs.required(0, "input").elementType
        switch elementType ?? own {
        case .float32: return [eye(shape, Float(1))]
        case .int32: return [eye(shape, Int32(1))]
        case .int64: return [eye(shape, Int64(1))]
        case .bool: return [eye(shape, true)]
        }
    }

    private func eye<T: TensorElement>(_ shape: Shape, _ one: T) -> Tensor {
        let offset = min(max(diagonal, -shape[0]), shape[1])
        return Tensor(shape, of: T.self) { out in
            for row in 0..<shape[0] where (0..<shape[1]).contains(row + offset) { out[row * shape[1] + row + offset] = one }
        }
    }
}
