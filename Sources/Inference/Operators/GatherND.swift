import Tensors

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

    public func evaluate(_ inputs: [Tensor?]) throws(OperatorError) -> [Tensor] {
        let shape = try resultShape(inputs)
        let data = try inputs.required(0, "data")
        let blocks = try IndexedBlocks(data.shape, try inputs.required(1, "indices"), batch: batchAxes)
        let bytes = blocks.count * data.elementType.byteCount
        return [
            Tensor(shape, type: data.elementType) { out in
                if bytes == 0 { return }
                for (index, start) in blocks.starts.enumerated() {
                    (out + index * bytes).copyMemory(from: data.baseAddress + start * data.elementType.byteCount, byteCount: bytes)
                }
            }
        ]
    }
}
