import Tensors

/// ONNX ArgMin: the rules of `ArgMax`, with the smallest element. O(n), in rows of the axes after `axis`.
public struct ArgMin: Operator {
    public var axis: Int
    public var keepsDims: Bool
    public var selectsLastIndex: Bool
    public init(axis: Int = 0, keepsDims: Bool = true, selectsLastIndex: Bool = false) {
        (self.axis, self.keepsDims, self.selectsLastIndex) = (axis, keepsDims, selectsLastIndex)
    }

    private var largest: ArgMax { ArgMax(axis: axis, keepsDims: keepsDims, selectsLastIndex: selectsLastIndex) }

    public func outputs(for inputs: [ValueFacts?]) throws(OperatorError) -> [ValueFacts] { try largest.outputs(for: inputs) }

    /// The largest of what orders the other way round: −x, or ~x for integers, which has no overflow.
    public func evaluate(_ inputs: [Tensor?]) throws(OperatorError) -> [Tensor] {
        _ = try resultShape(inputs)
        let data = try inputs.required(0, "data")
        switch data.elementType {
        case .float32: return try largest.evaluate([mapElements(data) { (x: Float) in -x }])
        case .int32: return try largest.evaluate([mapElements(data) { (x: Int32) in ~x }])
        case .int64: return try largest.evaluate([mapElements(data) { (x: Int64) in ~x }])
        case .bool: return [data]  // Not reached: refused by the shape rule.
        }
    }
}

/// ONNX Hardmax: one where the first largest element of a row lies, zero elsewhere. A row is the axis `axis`, or, before opset 13
/// (`flattens`), all axes from it on. O(n).
public struct Hardmax: Operator {
    public var axis: Int
    public var flattens: Bool
    public init(axis: Int = -1, flattens: Bool = false) { (self.axis, self.flattens) = (axis, flattens) }

    public func outputs(for inputs: [ValueFacts?]) throws(OperatorError) -> [ValueFacts] {
        let x = try inputs.operand(0, "input", [.float32])
        if let shape = x.shape { _ = try sizes(shape) }
        return [ValueFacts(.float32, x.shape)]
    }

    public func evaluate(_ inputs: [Tensor?]) throws(OperatorError) -> [Tensor] {
        let shape = try resultShape(inputs)
        let x = try inputs.required(0, "input")
        if shape.elementCount == 0 { return [x] }
        let (outer, extent, inner) = try sizes(shape)
        let places: [Int64] = try ArgMax(axis: 1).evaluate([x.reshaped(to: [outer, extent, inner])])[0].elements()
        return [
            Tensor(shape, of: Float.self) { out in
                for (line, place) in places.enumerated() { out[(line / inner * extent + Int(place)) * inner + line % inner] = 1 }
            }
        ]
    }

    private func sizes(_ shape: Shape) throws(OperatorError) -> (outer: Int, extent: Int, inner: Int) {
        if !flattens { return shape.split(at: try shape.checked(axis: axis)) }
        let split = axis < 0 ? axis + shape.rank : axis
        guard split >= 0, split <= shape.rank else { throw OperatorError("axis \(axis) is outside of shape \(shape)") }
        return (shape.dims[..<split].reduce(1, *), shape.dims[split...].reduce(1, *), 1)
    }
}
