import Inference
import Tensors

extension OperatorRegistry {
    static var selection: [String: OperatorEntry] {
        [
            "ArgMax": OperatorEntry(1...1) { node throws(ImportError) in
                ArgMax(
                    axis: try node.attributes.int("axis") ?? 0, keepsDims: try node.attributes.flag("keepdims", default: true),
                    selectsLastIndex: try node.attributes.flag("select_last_index", default: false))
            },
            "TopK": OperatorEntry(1...2, outputs: 1...2) { node throws(ImportError) in
                if node.opset < 10 {
                    guard node.input(1) == nil, let k = try node.attributes.int("k") else {
                        throw node.error(.invalidGraph, "k is missing (an attribute before opset 10)")
                    }
                    node.setInput(1, "k", ints: [k])
                }
                guard node.input(1) != nil else { throw node.error(.invalidGraph, "its input 1 (k) is missing") }
                return TopK(
                    axis: try node.attributes.int("axis") ?? -1, largest: try node.attributes.flag("largest", default: true),
                    sorted: try node.attributes.flag("sorted", default: true))
            },
            "NonMaxSuppression": OperatorEntry(2...5, since: 10) { node throws(ImportError) in
                NonMaxSuppression(centerPointBox: try node.attributes.flag("center_point_box", default: false))
            },
        ]
    }
}
