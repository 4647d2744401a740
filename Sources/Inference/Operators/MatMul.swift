import Tensors

/// ONNX MatMul: numpy's `matmul`, with vectors as rows or columns and leading axes broadcast.
public struct MatMul: NumericOperator {
    public init() {}

    public func outputs(for inputs: [ValueFacts?]) throws(OperatorError) -> [ValueFacts] {
        let a = try inputs.operand(0, "A", ElementType.numeric)
        let b = try inputs.operand(1, "B", [a.elementType])
        guard let left = a.shape, let right = b.shape else { return [ValueFacts(a.elementType, nil)] }
        return [ValueFacts(a.elementType, try Sizes(left, right).result)]
    }

    /// a · bᵀ, of matrices whose last two axes are [rows, depth] and [columns, depth]; `shape` is the result's.
    static func product(_ a: Tensor, transposed b: Tensor, _ shape: Shape) throws(OperatorError) -> Tensor {
        let batch = Shape(shape.dims.dropLast(2)), rows = shape[shape.rank - 2], columns = shape[shape.rank - 1], depth = a.shape.dims.last!
        let views = [a, b].map { Shape($0.shape.dims.dropLast(2)).strides(broadcastTo: batch) + [0] }
        let loop = StridedLoop(batch.dims + [1], views)
        return Tensor(shape, of: Float.self) { out in
            var c = out.baseAddress!
            loop.forEachRun { start in
                for i in 0..<loop.run {
                    addProduct(
                        a.pointer() + (start[0] + i * loop.step(0)) * rows * depth,
                        b.pointer() + (start[1] + i * loop.step(1)) * columns * depth,
                        transposed: true, c, rows: rows, columns: columns, depth: depth)
                    c += rows * columns
                }
            }
        }
    }

    /// One product per matrix of the broadcast batch.
    func evaluate<T: NumericElement>(_ inputs: Operands, _: T.Type) throws(OperatorError) -> [Tensor] {
        let sizes = try Sizes(inputs[0].shape, inputs[1].shape), batch = sizes.batch
        let loop = StridedLoop(
            batch.dims + [1], [sizes.left.strides(broadcastTo: batch) + [0], sizes.right.strides(broadcastTo: batch) + [0]])
        let (a, b) = (inputs[0].pointer(of: T.self), inputs[1].pointer(of: T.self))
        let (sizeA, sizeB, sizeC) = (sizes.rows * sizes.depth, sizes.depth * sizes.columns, sizes.rows * sizes.columns)
        let result = Tensor(sizes.result, of: T.self) { out in
            var c = out.baseAddress!
            loop.forEachRun { start in
                for i in 0..<loop.run {
                    T.addProduct(
                        a + (start[0] + i * loop.step(0)) * sizeA, b + (start[1] + i * loop.step(1)) * sizeB, c,
                        rows: sizes.rows, columns: sizes.columns, depth: sizes.depth)
                    c += sizeC
                }
            }
        }
        return [result]
    }

    /// A matrix times a constant one.
    public func spatialLowering(of node: PlannedNode) -> SpatialLowering? { Gemm().spatialLowering(of: node) }

    /// The matrices' extents, the batch axes of each operand and of both, and the result's shape.
    private struct Sizes {
        let rows, columns, depth: Int
        let left, right, batch, result: Shape

        init(_ a: Shape, _ b: Shape) throws(OperatorError) {
            guard a.rank > 0, b.rank > 0 else { throw OperatorError("A \(a) or B \(b) is a scalar") }
            let matrixA = a.rank == 1 ? [1] + a.dims : a.dims
            let matrixB = b.rank == 1 ? b.dims + [1] : b.dims
            (rows, columns, depth) = (matrixA[matrixA.count - 2], matrixB[matrixB.count - 1], matrixA[matrixA.count - 1])
            guard matrixB[matrixB.count - 2] == depth else { throw OperatorError("A \(a) and B \(b) do not multiply") }
            (left, right) = (Shape(matrixA.dropLast(2)), Shape(matrixB.dropLast(2)))
            batch = try left.checkedBroadcast(with: right)
            result = try Shape(checking: batch.dims + (a.rank == 1 ? [] : [rows]) + (b.rank == 1 ? [] : [columns]))
        }
    }
}

extension Float {
    static func addProduct(
        _ a: UnsafePointer<Float>, _ b: UnsafePointer<Float>, _ c: UnsafeMutablePointer<Float>, rows: Int, columns: Int, depth: Int
    ) {
        Inference.addProduct(a, b, transposed: false, c, rows: rows, columns: columns, depth: depth)
    }
}
