import Tensors

/// ONNX Transpose; nil reverses the axes. One blocked strided copy.
public struct Transpose: Operator {
    public var permutation: [Int]?
    public init(permutation: [Int]? = nil) { self.permutation = permutation }

    public func outputs(for inputs: [ValueFacts?]) throws(OperatorError) -> [ValueFacts] {
        let data = try inputs.operand(0, "data")
        guard let shape = data.shape else { return [ValueFacts(data.elementType, nil)] }
        return [ValueFacts(data.elementType, Shape(try axes(shape).map { shape[$0] }))]
    }

    public func evaluate(_ inputs: Operands) throws(OperatorError) -> [Tensor] {
        let data = inputs[0], axes = try axes(data.shape), strides = data.shape.strides
        // Moving axes of extent 1 about leaves the order of the elements.
        let moved = axes.filter { data.shape[$0] != 1 }
        return [moved == moved.sorted() ? data.reshaped(to: inputs.shape) : data.strided(inputs.shape, strides: axes.map { strides[$0] })]
    }

    public var movesElements: Bool { true }

    /// An NHWC copy is the one transpose that costs nothing but the copy.
    public func spatialLowering(of node: PlannedNode) -> SpatialLowering? {
        guard permutation == [0, 2, 3, 1], node.isSpatial(0), let x = node.input(0) else { return nil }
        return SpatialLowering(kind: .pixelRows([x]))
    }

    private func axes(_ shape: Shape) throws(OperatorError) -> [Int] {
        guard let permutation else { return shape.dims.indices.reversed() }
        guard permutation.count == shape.rank else {
            throw OperatorError("permutation \(permutation) has \(permutation.count) axes for shape \(shape)")
        }
        return try shape.checked(axes: permutation)
    }
}

/// ONNX Expand: data, shape; the two broadcast with each other.
public struct Expand: Operator {
    public init() {}

    public func outputs(for inputs: [ValueFacts?]) throws(OperatorError) -> [ValueFacts] {
        let data = try inputs.operand(0, "input")
        guard let wanted = try inputs.integers(1, "shape"), let shape = data.shape else { return [ValueFacts(data.elementType, nil)] }
        return [ValueFacts(data.elementType, try shape.checkedBroadcast(with: try Shape(checking: wanted)))]
    }

    public func evaluate(_ inputs: Operands) -> [Tensor] {
        let data = inputs[0], shape = inputs.shape
        if shape.elementCount == data.shape.elementCount { return [data.reshaped(to: shape)] }
        return [data.strided(shape, strides: data.shape.strides(broadcastTo: shape))]
    }
}

/// ONNX Tile: data, repeats. One strided copy whose repeated axes do not advance.
public struct Tile: Operator {
    public init() {}

    public func outputs(for inputs: [ValueFacts?]) throws(OperatorError) -> [ValueFacts] {
        let data = try inputs.operand(0, "input")
        guard let repeats = try inputs.integers(1, "repeats"), let shape = data.shape else { return [ValueFacts(data.elementType, nil)] }
        guard repeats.count == shape.rank else { throw OperatorError("\(repeats.count) repeats \(repeats) for shape \(shape)") }
        // The shape of the repeats bounds each of them, so that the products below cannot overflow.
        let times = try Shape(checking: repeats)
        return [ValueFacts(data.elementType, try Shape(checking: shape.dims.indices.map { shape[$0] * times[$0] }))]
    }

    public func evaluate(_ inputs: Operands) -> [Tensor] {
        let data = inputs[0], shape = inputs.shape
        let dims = zip(shape.dims, data.shape.dims).flatMap { [$0 / $1, $1] }
        return [data.strided(Shape(dims), strides: data.shape.strides.flatMap { [0, $0] }).reshaped(to: shape)]
    }
}
