import Inference

extension OperatorRegistry {
    static var reductions: [String: OperatorEntry] {
        [
            "ReduceMean": reduction(.mean), "ReduceMax": reduction(.maximum), "ReduceMin": reduction(.minimum),
            "ReduceProd": reduction(.product), "ReduceL2": reduction(.l2), "ReduceSum": reduction(.sum, axesAreInputSince: 13),
            "Softmax": softmax(logarithm: false), "LogSoftmax": softmax(logarithm: true),
        ]
    }

    private static func reduction(_ function: Reduction.Function, axesAreInputSince since: Int = 18) -> OperatorEntry {
        OperatorEntry(1...2) { node throws(ImportError) in
            if node.opset < since { try node.moveToInput(1, attribute: "axes") }
            let noop = node.opset >= since ? try node.attributes.flag("noop_with_empty_axes", default: false) : false
            return Reduction(function, keepsDims: try node.attributes.flag("keepdims", default: true), noopWithEmptyAxes: noop)
        }
    }

    /// Before opset 13 the tensor is seen as a matrix, split at `axis`; since then one axis is normalised.
    private static func softmax(logarithm: Bool) -> OperatorEntry {
        OperatorEntry(1...1) { node throws(ImportError) in
            let flattens = node.opset < 13
            return Softmax(axis: try node.attributes.int("axis") ?? (flattens ? 1 : -1), flattens: flattens, logarithm: logarithm)
        }
    }
}
