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

    public func evaluate(_ inputs: [Tensor?]) throws(OperatorError) -> [Tensor] {
        let shape = try resultShape(inputs)
        let data = try inputs.required(0, "data")
        let axes = try axes(data.shape)
        // Moving axes of extent 1 about leaves the order of the elements.
        let moved = axes.filter { data.shape[$0] != 1 }
        if moved == moved.sorted() { return [data.reshaped(to: shape)] }
        let strides = data.shape.strides
        return [data.strided(shape, strides: axes.map { strides[$0] })]
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
        let target = try inputs.operand(1, "shape", ElementType.integers)
        guard let wanted = try target.integers("shape"), let shape = data.shape else { return [ValueFacts(data.elementType, nil)] }
        return [ValueFacts(data.elementType, try shape.checkedBroadcast(with: try Shape(checking: wanted)))]
    }

    public func evaluate(_ inputs: [Tensor?]) throws(OperatorError) -> [Tensor] {
        let shape = try resultShape(inputs)
        let data = try inputs.required(0, "input")
        if shape.elementCount == data.shape.elementCount { return [data.reshaped(to: shape)] }
        return [data.strided(shape, strides: data.shape.strides(broadcastTo: shape))]
    }
}

/// ONNX Tile: data, repeats. One strided copy whose repeated axes do not advance.
public struct Tile: Operator {
    public init() {}

    public func outputs(for inputs: [ValueFacts?]) throws(OperatorError) -> [ValueFacts] {
        let data = try inputs.operand(0, "input")
        let repeatFacts = try inputs.operand(1, "repeats", ElementType.integers)
        guard let repeats = try repeatFacts.integers("repeats"), let shape = data.shape else {
            return [ValueFacts(data.elementType, nil)]
        }
        guard repeats.count == shape.rank else { throw OperatorError("\(repeats.count) repeats \(repeats) for shape \(shape)") }
        // The shape of the repeats bounds each of them, so that the products below cannot overflow.
        let times = try Shape(checking: repeats)
        return [ValueFacts(data.elementType, try Shape(checking: shape.dims.indices.map { shape[$0] * times[$0] }))]
    }

    public func evaluate(_ inputs: [Tensor?]) throws(OperatorError) -> [Tensor] {
        let shape = try resultShape(inputs)
        let data = try inputs.required(0, "input")
        let strides = data.shape.strides
        var (dims, steps): ([Int], [Int]) = ([], [])
        for axis in 0..<shape.rank where data.shape[axis] > 0 {
            dims += [shape[axis] / data.shape[axis], data.shape[axis]]
            steps += [0, strides[axis]]
        }
        if shape.dims.contains(0) { return [Tensor(shape, type: data.elementType) { _ in }] }
        return [data.strided(Shape(dims), strides: steps).reshaped(to: shape)]
    }
}
