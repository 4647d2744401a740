import Inference

extension OperatorRegistry {
    static var linear: [String: OperatorEntry] {
        [
            "Gemm": OperatorEntry(2...3) { node throws(ImportError) in
                guard node.opset >= 11 || node.input(2) != nil else {
                    throw node.error(.invalidGraph, "its input 2 (C) is missing, which opset 11 first allows")
                }
                return Gemm(
                    alpha: try node.attributes.float("alpha") ?? 1, beta: try node.attributes.float("beta") ?? 1,
                    transposesA: try node.attributes.flag("transA", default: false),
                    transposesB: try node.attributes.flag("transB", default: false))
            },
            "MatMul": OperatorEntry(2...2) { _ throws(ImportError) in MatMul() },
        ]
    }
}
