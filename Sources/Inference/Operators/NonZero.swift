import Tensors

/// ONNX NonZero: the indices of the elements that are not zero, as [rank, count] in row-major order. The shape depends on data. O(n · rank).
public struct NonZero: NumericOperator {
    public init() {}

    public func outputs(for inputs: [ValueFacts?]) throws(OperatorError) -> [ValueFacts] {
        _ = try inputs.operand(0, "X")
        return [ValueFacts(.int64, nil)]
    }

    func evaluate<T: NumericElement>(_ inputs: Operands, _: T.Type) throws(OperatorError) -> [Tensor] {
        let x = inputs[0].pointer(of: T.self)
        return [try indices(inputs[0].shape) { x[$0] != .zero }]
    }

    func evaluateBools(_ inputs: Operands) throws(OperatorError) -> [Tensor] {
        let x = inputs[0].pointer(of: Bool.self)
        return [try indices(inputs[0].shape) { x[$0] }]
    }

    private func indices(_ shape: Shape, _ counts: (Int) -> Bool) throws(OperatorError) -> Tensor {
        let places = (0..<shape.elementCount).filter(counts), strides = shape.strides
        return Tensor(try Shape(checking: [shape.rank, places.count]), of: Int64.self) { out in
            for axis in strides.indices {
                for (column, place) in places.enumerated() {
                    out[axis &* places.count &+ column] = Int64(place / strides[axis] % shape[axis])
                }
            }
        }
    }
}

/// ONNX Compress: input, condition (bools); keeps the slices along `axis`, or the elements (nil), whose condition is true. O(n).
public struct Compress: Operator {
    public var axis: Int?
    public init(axis: Int? = nil) { self.axis = axis }

    public func outputs(for inputs: [ValueFacts?]) throws(OperatorError) -> [ValueFacts] {
        let data = try inputs.operand(0, "input")
        let condition = try inputs.operand(1, "condition", [.bool])
        _ = try condition.shape(rank: 1, "condition")
        guard let shape = data.shape else { return [ValueFacts(data.elementType, nil)] }
        let (viewed, axis) = try view(shape)
        if let count = condition.shape?[0], count > viewed[axis] {
            throw OperatorError("condition has \(count) elements for axis \(axis) of \(viewed)")
        }
        guard let constant = condition.constant else { return [ValueFacts(data.elementType, nil)] }
        var result = viewed
        result[axis] = constant.withElements(of: Bool.self) { $0.count { $0 } }
        return [ValueFacts(data.elementType, result)]
    }

    public func evaluate(_ inputs: Operands) throws(OperatorError) -> [Tensor] {
        let data = inputs[0]
        let condition: [Bool] = inputs[1].elements()
        let (viewed, axis) = try view(data.shape)
        let (outer, extent, inner) = viewed.split(at: axis)
        let picks = condition.indices.filter { condition[$0] }
        let copy = IndexedCopy(from: [outer, extent, inner], tables: [Array(0..<outer), picks, Array(0..<inner)])
        return [copy(data.reshaped(to: [outer, extent, inner])).reshaped(to: inputs.shape)]
    }

    /// What is compressed: the data, or all its elements in a row.
    private func view(_ shape: Shape) throws(OperatorError) -> (shape: Shape, axis: Int) {
        guard let axis else { return ([shape.elementCount], 0) }
        return (shape, try shape.checked(axis: axis))
    }
}
