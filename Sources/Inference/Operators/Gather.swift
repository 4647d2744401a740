import Tensors

/// ONNX Gather: data, indices. The output's `axis` is replaced by the indices' axes; negative indices count from the end.
public struct Gather: Operator {
    public var axis: Int
    public init(axis: Int = 0) { self.axis = axis }

    public func outputs(for inputs: [ValueFacts?]) throws(OperatorError) -> [ValueFacts] {
        let data = try inputs.operand(0, "data")
        let indices = try inputs.operand(1, "indices", ElementType.integers)
        guard let shape = data.shape, let picked = indices.shape else { return [ValueFacts(data.elementType, nil)] }
        let axis = try shape.checked(axis: axis)
        let dims = Array(shape.dims[..<axis]) + picked.dims + Array(shape.dims[(axis + 1)...])
        return [ValueFacts(data.elementType, try Shape(checking: dims))]
    }

    public func evaluate(_ inputs: Operands) throws(OperatorError) -> [Tensor] {
        let data = inputs[0], axis = try data.shape.checked(axis: axis)
        let (outer, extent, inner) = data.shape.split(at: axis)
        let picks = try positions(in: inputs[1], extent, axis)
        let copy = IndexedCopy(from: [outer, extent, inner], tables: [Array(0..<outer), picks, Array(0..<inner)])
        return [copy(data.reshaped(to: [outer, extent, inner])).reshaped(to: inputs.shape)]
    }

    public var movesElements: Bool { true }
}

/// ONNX GatherElements: data, indices of the same rank; out[i, j, …] = data[i, indices[i, j, …], …].
public struct GatherElements: Operator {
    public var axis: Int
    public init(axis: Int = 0) { self.axis = axis }

    public func outputs(for inputs: [ValueFacts?]) throws(OperatorError) -> [ValueFacts] {
        let data = try inputs.operand(0, "data")
        let indices = try inputs.operand(1, "indices", ElementType.integers)
        if let shape = data.shape, let picked = indices.shape {
            let axis = try shape.checked(axis: axis)
            guard shape.rank == picked.rank, shape.dims.indices.allSatisfy({ $0 == axis || picked[$0] <= shape[$0] }) else {
                throw OperatorError("indices \(picked) do not fit data \(shape) on axis \(axis)")
            }
        }
        return [ValueFacts(data.elementType, data.shape == nil ? nil : indices.shape)]
    }

    /// Every element by its offset in the data.
    public func evaluate(_ inputs: Operands) throws(OperatorError) -> [Tensor] {
        let data = inputs[0], shape = inputs.shape, axis = try data.shape.checked(axis: axis)
        var offsets = try positions(in: inputs[1], data.shape[axis], axis)
        var strides = data.shape.strides
        let along = strides[axis]
        strides[axis] = 0
        let loop = StridedLoop(shape.dims, [strides, shape.strides])
        loop.forEachRun { start in
            for i in start[1]..<start[1] + loop.run { offsets[i] = start[0] + (i - start[1]) * loop.step(0) + offsets[i] * along }
        }
        let count = data.shape.elementCount
        return [IndexedCopy(from: [count], tables: [offsets])(data.reshaped(to: [count])).reshaped(to: shape)]
    }
}

/// Indices from 0 on; one outside −extent..<extent is refused.
private func positions(in indices: Tensor, _ extent: Int, _ axis: Int) throws(OperatorError) -> [Int] {
    var result = indices.integerElements
    for i in result.indices {
        guard result[i] >= -extent, result[i] < extent else {
            throw OperatorError("index \(result[i]) is outside of axis \(axis) of \(extent)")
        }
        if result[i] < 0 { result[i] += extent }
    }
    return result
}
