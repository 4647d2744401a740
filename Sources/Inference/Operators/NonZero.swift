import Tensors

/// ONNX NonZero: the indices of the elements that are not zero, as [rank, count] in row-major order. The shape depends on data. O(n · rank).
public struct NonZero: Operator {
    public init() {}

    public func outputs(for inputs: [ValueFacts?]) throws(OperatorError) -> [ValueFacts] {
        _ = try inputs.operand(0, "X")
        return [ValueFacts(.int64, nil)]
    }

    public func evaluate(_ inputs: [Tensor?]) throws(OperatorError) -> [Tensor] {
        _ = try outputs(for: inputs.map { $0.map { ValueFacts(constant: $0) } })
        let x = try inputs.required(0, "X")
        let places: [Int]
        switch x.elementType {
        case .float32: places = x.withElements(of: Float.self) { x in x.indices.filter { x[$0] != 0 } }
        case .int32: places = x.withElements(of: Int32.self) { x in x.indices.filter { x[$0] != 0 } }
        case .int64: places = x.withElements(of: Int64.self) { x in x.indices.filter { x[$0] != 0 } }
        case .bool: places = x.withElements(of: Bool.self) { x in x.indices.filter { x[$0] } }
        }
        let (dims, strides) = (x.shape.dims, x.shape.strides)
        return [
            Tensor(try Shape(checking: [dims.count, places.count]), of: Int64.self) { out in
                for axis in dims.indices {
                    for (column, place) in places.enumerated() {
                        out[axis &* places.count &+ column] = Int64(place / strides[axis] % dims[axis])
                    }
                }
            }
        ]
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

    public func evaluate(_ inputs: [Tensor?]) throws(OperatorError) -> [Tensor] {
        let shape = try resultShape(inputs)
        let data = try inputs.required(0, "input")
        let condition: [Bool] = try inputs.required(1, "condition").elements()
        let (viewed, axis) = try view(data.shape)
        let (outer, extent, inner) = viewed.split(at: axis)
        let picks = condition.indices.filter { condition[$0] }
        let copy = IndexedCopy(from: [outer, extent, inner], tables: [Array(0..<outer), picks, Array(0..<inner)])
        return [copy(data.reshaped(to: [outer, extent, inner])).reshaped(to: shape)]
    }

    /// What is compressed: the data, or all its elements in a row.
    private func view(_ shape: Shape) throws(OperatorError) -> (shape: Shape, axis: Int) {
        guard let axis else { return ([shape.elementCount], 0) }
        return (shape, try shape.checked(axis: axis))
    }
}
