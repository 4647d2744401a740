import Tensors

/// ONNX Gemm: alpha·A′·B′ + beta·C. Inputs: A [M,K], B [K,N] (either transposed on request), C (optional, broadcast to [M,N]).
public struct Gemm: Operator {
    public var alpha: Float
    public var beta: Float
    public var transposesA: Bool
    public var transposesB: Bool
    public init(alpha: Float = 1, beta: Float = 1, transposesA: Bool = false, transposesB: Bool = false) {
        (self.alpha, self.beta, self.transposesA, self.transposesB) = (alpha, beta, transposesA, transposesB)
    }

    public func outputs(for inputs: [ValueFacts?]) throws(OperatorError) -> [ValueFacts] {
        let a = try inputs.operand(0, "A", [.float32])
        let b = try inputs.operand(1, "B", [.float32])
        let c = try inputs.optionalOperand(2, "C", [.float32])
        guard let left = try a.shape(rank: 2, "A"), let right = try b.shape(rank: 2, "B") else { return [ValueFacts(.float32, nil)] }
        let (rows, depth) = transposesA ? (left[1], left[0]) : (left[0], left[1])
        let (other, columns) = transposesB ? (right[1], right[0]) : (right[0], right[1])
        guard depth == other else {
            throw OperatorError("A \(left)\(transposesA ? "ᵀ" : "") and B \(right)\(transposesB ? "ᵀ" : "") do not multiply")
        }
        let shape = try Shape(checking: [rows, columns])
        if let added = c?.shape, try shape.checkedBroadcast(with: added) != shape {
            throw OperatorError("C \(added) does not broadcast to \(shape)")
        }
        return [ValueFacts(.float32, shape)]
    }

    public func evaluate(_ inputs: [Tensor?]) throws(OperatorError) -> [Tensor] {
        let shape = try resultShape(inputs)
        var a = try inputs.required(0, "A")
        let b = try inputs.required(1, "B")
        if transposesA { a = try Transpose().evaluate([a])[0] }
        var result = Tensor(shape, of: Float.self) { out in
            a.withElements(of: Float.self) { a in
                b.withElements(of: Float.self) { b in
                    addProduct(
                        a.baseAddress!, b.baseAddress!, transposed: transposesB, out.baseAddress!,
                        rows: shape[0], columns: shape[1], depth: shape[0] == 0 ? 0 : a.count / shape[0])
                }
            }
        }
        let (alpha, beta) = (alpha, beta)
        if alpha != 1 { result = mapElements(result) { (x: Float) in alpha * x } }
        if let c = inputs.optional(2), beta != 0 {
            result = zipElements(result, c, shape) { (x: Float, c: Float) in x + beta * c }
        }
        return [result]
    }
}
