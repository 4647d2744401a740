import Inference
import Tensors

/// Indexing, scattering, the best of many, reductions, running sums.
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
            "GatherND": OperatorEntry(2...2, since: 11) { node throws(ImportError) in
                GatherND(batchAxes: try node.attributes.int("batch_dims") ?? 0)
            },
            "Scatter": OperatorEntry(3...3, since: 9, until: 10) { node throws(ImportError) in
                ScatterElements(axis: try node.attributes.int("axis") ?? 0)
            },
            "ScatterElements": OperatorEntry(3...3, since: 11) { node throws(ImportError) in
                ScatterElements(axis: try node.attributes.int("axis") ?? 0, reduction: try node.scatterReduction())
            },
            "ScatterND": OperatorEntry(3...3, since: 11) { node throws(ImportError) in ScatterND(reduction: try node.scatterReduction()) },
            "Compress": OperatorEntry(2...2, since: 9) { node throws(ImportError) in Compress(axis: try node.attributes.int("axis")) },
            "NonZero": OperatorEntry(1...1, since: 9, NonZero()),
            "OneHot": OperatorEntry(3...3, since: 9) { node throws(ImportError) in OneHot(axis: try node.attributes.int("axis") ?? -1) },
            "ReverseSequence": OperatorEntry(2...2, since: 10) { node throws(ImportError) in
                let batchAxis = try node.attributes.int("batch_axis") ?? 1
                return ReverseSequence(batchAxis: batchAxis, timeAxis: try node.attributes.int("time_axis") ?? 0)
            },
            "CumSum": OperatorEntry(2...2, since: 11) { node throws(ImportError) in
                CumulativeSum(isExclusive: try node.attributes.flag("exclusive"), isReversed: try node.attributes.flag("reverse"))
            },
            "Trilu": OperatorEntry(1...2, since: 14) { node throws(ImportError) in
                Trilu(isUpper: try node.attributes.flag("upper", default: true))
            },
            "ArgMax": bestPlace(largest: true), "ArgMin": bestPlace(largest: false),
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
            "ReduceL1": reduction(.l1), "ReduceSumSquare": reduction(.sumOfSquares),
            "ReduceLogSum": reduction(.logSum), "ReduceLogSumExp": reduction(.logSumExp),
            "Softmax": softmax { Softmax(axis: $0, flattens: $1) },
            "LogSoftmax": softmax { Softmax(axis: $0, flattens: $1, logarithm: true) },
            "Hardmax": softmax { Hardmax(axis: $0, flattens: $1) },
        ]
    }

    private static func reduction(_ function: Reduction.Function, axesAreInputSince since: Int = 18) -> OperatorEntry {
        OperatorEntry(1...2) { node throws(ImportError) in
            if node.opset < since { try node.moveToInput(1, attribute: "axes") }
            let noop = node.opset >= since ? try node.attributes.flag("noop_with_empty_axes") : false
            return Reduction(function, keepsDims: try node.attributes.flag("keepdims", default: true), noopWithEmptyAxes: noop)
        }
    }

    private static func bestPlace(largest: Bool) -> OperatorEntry {
        OperatorEntry(1...1) { node throws(ImportError) in
            ArgMax(
                axis: try node.attributes.int("axis") ?? 0, keepsDims: try node.attributes.flag("keepdims", default: true),
                selectsLastIndex: try node.attributes.flag("select_last_index"), largest: largest)
        }
    }

    /// Before opset 13 the tensor is seen as a matrix, split at `axis`; since then one axis is normalized.
    private static func softmax(_ op: @escaping @Sendable (_ axis: Int, _ flattens: Bool) -> any Operator) -> OperatorEntry {
        OperatorEntry(1...1) { node throws(ImportError) in
            let flattens = node.opset < 13
            return op(try node.attributes.int("axis") ?? (flattens ? 1 : -1), flattens)
        }
    }
}

extension NodeImport {
    fileprivate mutating func scatterReduction() throws(ImportError) -> ScatterReduction {
        try attributes.choice(
            "reduction", default: .none,
            opset < 16
                ? ["none": .none] : ["none": .none, "add": .add, "mul": .multiply, "max": .maximum, "min": .minimum])
    }
}
