/// ONNX Gemm: A, B, C (optional).
public struct Gemm: Operator {
    public var alpha: Float
    public var beta: Float
    public var transposesA: Bool
    public var transposesB: Bool
    public init(alpha: Float = 1, beta: Float = 1, transposesA: Bool = false, transposesB: Bool = false) {
        (self.alpha, self.beta, self.transposesA, self.transposesB) = (alpha, beta, transposesA, transposesB)
    }
}

/// ONNX MatMul (numpy semantics).
public struct MatMul: Operator {
    public init() {}
}
