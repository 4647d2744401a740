import Inference
import Tensors

/// Indexing, the best of many, reductions.
extension OperatorRegistry {
    static var selection: [String: OperatorEntry] {
        [
            "Slice": OperatorEntry(1...5) { node throws(ImportError) in
                if node.opset < 10 {
                    guard node.inputs.count == 1 else { throw node.error(.invalidGraph, "its ranges are attributes before opset 10") }
                    try node.moveToInput(1, attribute: "starts", required: true)
                    try node.moveToInput(2, attribute: "ends", required: true)
                    try node.moveToInput(3, attribute: "axes")
                }
                guard node.input(1) != nil, node.input(2) != nil else { throw node.error(.invalidGraph, "starts or ends are missing") }
                return Slice()
            },
            "Gather": OperatorEntry(2...2) { node throws(ImportError) in Gather(axis: try node.attributes.int("axis") ?? 0) },
            "GatherElements": OperatorEntry(2...2, since: 11) { node throws(ImportError) in
                GatherElements(axis: try node.attributes.int("axis") ?? 0)
            },
            "ArgMax": OperatorEntry(1...1) { node throws(ImportError) in
                ArgMax(
                    axis: try node.attributes.int("axis") ?? 0, keepsDims: try node.attributes.flag("keepdims", default: true),
                    selectsLastIndex: try node.attributes.flag("select_last_index"))
            },
            "TopK": OperatorEntry(1...2, outputs: 1...2) { node throws(ImportError) in
                if node.opset < 10 {
                    guard node.input(1) == nil, let k = try node.attributes.int("k") else {
                        throw node.error(.invalidGraph, "k is missing (an attribute before opset 10)")
                    }
                    node.setInput(1, "k", ints: [k])
                }
                guard node.input(1) != nil else { throw node.error(.invalidGraph, "its input 1 (k) is missing") }
                // Without `sorted` any order will do.
                _ = try node.attributes.flag("sorted")
                return TopK(axis: try node.attributes.int("axis") ?? -1, largest: try node.attributes.flag("largest", default: true))
            },
            "NonMaxSuppression": OperatorEntry(2...5, since: 10) { node throws(ImportError) in
                NonMaxSuppression(centerPointBox: try node.attributes.flag("center_point_box"))
            },
            "ReduceMean": reduction(.mean), "ReduceMax": reduction(.maximum), "ReduceMin": reduction(.minimum),
            "ReduceProd": reduction(.product), "ReduceL2": reduction(.l2), "ReduceSum": reduction(.sum, axesAreInputSince: 13),
            "Softmax": softmax(logarithm: false), "LogSoftmax": softmax(logarithm: true),
        ]
    }

    private static func reduction(_ function: Reduction.Function, axesAreInputSince since: Int = 18) -> OperatorEntry {
        OperatorEntry(1...2) { node throws(ImportError) in
            if node.opset < since { try node.moveToInput(1, attribute: "axes") }
            let noop = node.opset >= since ? try node.attributes.flag("noop_with_empty_axes") : false
            return Reduction(function, keepsDims: try node.attributes.flag("keepdims", default: true), noopWithEmptyAxes: noop)
        }
    }

    /// Before opset 13 the tensor is seen as a matrix, split at `axis`; since then one axis is normalized.
    private static func softmax(logarithm: Bool) -> OperatorEntry {
        OperatorEntry(1...1) { node throws(ImportError) in
            let flattens = node.opset < 13
            return Softmax(axis: try node.attributes.int("axis") ?? (flattens ? 1 : -1), flattens: flattens, logarithm: logarithm)
        }
    }
}
