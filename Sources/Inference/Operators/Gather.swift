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
        if let shape = data.shape, let picked = indices.shape { try checkElementwise(picked, shape, axis) }
        return [ValueFacts(data.elementType, data.shape == nil ? nil : indices.shape)]
    }

    public func evaluate(_ inputs: Operands) throws(OperatorError) -> [Tensor] {
        let data = inputs[0], count = data.shape.elementCount
        let copy = IndexedCopy(from: [count], tables: [try elementOffsets(of: inputs[1], data.shape, axis: axis)])
        return [copy(data.reshaped(to: [count])).reshaped(to: inputs.shape)]
    }
}

/// ONNX GatherND: data, indices [… , k]; each row of k indices picks a block of data. The first `batchAxes` axes of both go together.
/// O(output).
public struct GatherND: Operator {
    public var batchAxes: Int
    public init(batchAxes: Int = 0) { self.batchAxes = batchAxes }

    public func outputs(for inputs: [ValueFacts?]) throws(OperatorError) -> [ValueFacts] {
        let data = try inputs.operand(0, "data")
        let indices = try inputs.operand(1, "indices", ElementType.integers)
        guard let shape = data.shape, let picked = indices.shape else { return [ValueFacts(data.elementType, nil)] }
        guard batchAxes >= 0, batchAxes < shape.rank, batchAxes < picked.rank, let depth = picked.dims.last,
            depth <= shape.rank - batchAxes, shape.dims[..<batchAxes] == picked.dims[..<batchAxes]
        else { throw OperatorError("indices \(picked) do not fit data \(shape) with \(batchAxes) batch axes") }
        let dims = picked.dims.dropLast() + shape.dims[(batchAxes + depth)...]
        return [ValueFacts(data.elementType, try Shape(checking: Array(dims)))]
    }

    public func evaluate(_ inputs: Operands) throws(OperatorError) -> [Tensor] {
        let data = inputs[0]
        let blocks = try IndexedBlocks(data.shape, inputs[1], batch: batchAxes)
        let view = Shape([data.shape.elementCount / blocks.count, blocks.count])
        let copy = IndexedCopy(from: view, tables: [blocks.starts.map { $0 / blocks.count }, Array(0..<blocks.count)])
        return [copy(data.reshaped(to: view)).reshaped(to: inputs.shape)]
    }
}

/// The runs of a tensor that rows of indices name, as ScatterND and GatherND have them.
struct IndexedBlocks {
    /// Offsets in elements.
    let starts: [Int]
    /// Elements of one run.
    let count: Int

    /// - Parameters:
    ///   - batch: the runs of row r lie in part r / (rows per part) of the outermost `batch` axes.
    ///   - indices: [… , k] with k ≤ rank − batch; negative ones count from the end.
    init(_ shape: Shape, _ indices: Tensor, batch: Int = 0) throws(OperatorError) {
        let depth = indices.shape.dims.last ?? 0
        let strides = shape.strides
        count = shape.dims[(batch + depth)...].reduce(1, *)
        let values = indices.integerElements
        let rows = indices.shape.dims.dropLast().reduce(1, *)
        let parts = shape.dims[..<batch].reduce(1, *)
        let partSize = shape.dims[batch...].reduce(1, *)
        var starts = [Int](repeating: 0, count: rows)
        for row in 0..<rows {
            var start = row / max(1, rows / max(1, parts)) * partSize
            for k in 0..<depth {
                let (index, extent) = (values[row * depth + k], shape[batch + k])
                guard index >= -extent, index < extent else {
                    throw OperatorError("index \(index) is outside of axis \(batch + k) of \(extent)")
                }
                start += (index < 0 ? index + extent : index) * strides[batch + k]
            }
            starts[row] = start
        }
        self.starts = starts
    }
}

/// Indices of GatherElements and ScatterElements: of the data's rank, and not larger but along the axis.
func checkElementwise(_ indices: Shape, _ data: Shape, _ axis: Int) throws(OperatorError) {
    let axis = try data.checked(axis: axis)
    guard data.rank == indices.rank, data.dims.indices.allSatisfy({ $0 == axis || indices[$0] <= data[$0] }) else {
        throw OperatorError("indices \(indices) do not fit data \(data) on axis \(axis)")
    }
}

/// The element of the data that each index names: index i, j, … stands for [i, indices[i, j, …], …].
func elementOffsets(of indices: Tensor, _ data: Shape, axis: Int) throws(OperatorError) -> [Int] {
    let axis = try data.checked(axis: axis)
    var offsets = try positions(in: indices, data[axis], axis)
    var strides = data.strides
    let along = strides[axis]
    strides[axis] = 0
    let loop = StridedLoop(indices.shape.dims, [strides, indices.shape.strides])
    let (run, step) = (loop.run, loop.step(0))
    offsets.withUnsafeMutableBufferPointer { offsets in
        loop.forEachRun { start in
            for i in 0..<run { offsets[start[1] &+ i] = start[0] &+ i &* step &+ offsets[start[1] &+ i] &* along }
        }
    }
    return offsets
}

/// Indices from 0 on; one outside −extent..<extent is refused.
func positions(in indices: Tensor, _ extent: Int, _ axis: Int) throws(OperatorError) -> [Int] {
    var result = indices.integerElements
    for i in result.indices {
        guard result[i] >= -extent, result[i] < extent else {
            throw OperatorError("index \(result[i]) is outside of axis \(axis) of \(extent)")
        }
        if result[i] < 0 { result[i] += extent }
    }
    return result
}
