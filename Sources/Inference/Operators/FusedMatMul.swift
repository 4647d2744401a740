import Tensors

/// FusedMatMul of onnxruntime's graph optimizer: alpha · A′ · B′, where the last two axes of either may be exchanged first, or (`…Batch`)
/// the first axis may come next to last. O(the product), and a copy where an exchange moves something, but for that of B's last two axes.
public struct FusedMatMul: Operator, Equatable {
    public var alpha: Float
    public var transposesA, transposesB, batchTransposesA, batchTransposesB: Bool
    public init(
        alpha: Float = 1, transposesA: Bool = false, transposesB: Bool = false, batchTransposesA: Bool = false,
        batchTransposesB: Bool = false
    ) {
        (self.alpha, self.transposesA, self.transposesB) = (alpha, transposesA, transposesB)
        (self.batchTransposesA, self.batchTransposesB) = (batchTransposesA, batchTransposesB)
    }

    public func outputs(for inputs: [ValueFacts?]) throws(OperatorError) -> [ValueFacts] {
        let a = try inputs.operand(0, "A", [.float32])
        let b = try inputs.operand(1, "B", [.float32])
        guard let left = a.shape, let right = b.shape else { return [ValueFacts(.float32, nil)] }
        let first = Shape(permutation(left.rank, transposesA, batchTransposesA).map { left[$0] })
        let second = Shape(permutation(right.rank, transposesB, batchTransposesB).map { right[$0] })
        return try MatMul().outputs(for: [ValueFacts(.float32, first), ValueFacts(.float32, second)])
    }

    public func evaluate(_ inputs: Operands) throws(OperatorError) -> [Tensor] {
        let (a, b) = (inputs[0], inputs[1])
        let first = try Transpose(permutation: permutation(a.shape.rank, transposesA, batchTransposesA)).evaluate([a])[0]
        let isRead = transposesB && !batchTransposesB && b.shape.rank >= 2 && first.shape.rank >= 2
        let second = try Transpose(permutation: permutation(b.shape.rank, transposesB && !isRead, batchTransposesB)).evaluate([b])[0]
        let product = try isRead ? MatMul.product(first, transposed: second, inputs.shape) : MatMul().evaluate([first, second])[0]
        return [alpha == 1 ? product : mapElements(product) { (x: Float) in alpha * x }]
    }

    private func permutation(_ rank: Int, _ transposes: Bool, _ movesBatch: Bool) -> [Int] {
        var axes = Array(0..<rank)
        guard rank >= 2 else { return axes }
        if movesBatch, rank >= 3 { axes.insert(axes.removeFirst(), at: rank - 2) }
        if transposes { axes.swapAt(rank - 2, rank - 1) }
        return axes
    }
}
