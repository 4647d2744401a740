import Inference
import Tensors

/// Running sums, triangles, one-hot vectors, what is not zero; and reductions beyond `Selection`'s.
extension OperatorRegistry {
    static var sequences: [String: OperatorEntry] {
        [
            "CumSum": OperatorEntry(2...2, since: 11) { node throws(ImportError) in
                let isExclusive = try node.attributes.flag("exclusive", default: false)
                return CumulativeSum(isExclusive: isExclusive, isReversed: try node.attributes.flag("reverse", default: false))
            },
            "Trilu": OperatorEntry(1...2, since: 14) { node throws(ImportError) in
                Trilu(isUpper: try node.attributes.flag("upper", default: true))
            },
            "EyeLike": OperatorEntry(1...1, since: 9) { node throws(ImportError) in
                try node.eyeLike()
            },
            "OneHot": OperatorEntry(3...3, since: 9) { node throws(ImportError) in
                OneHot(axis: try node.attributes.int("axis") ?? -1)
            },
            "ReverseSequence": OperatorEntry(2...2, since: 10) { node throws(ImportError) in
                let batchAxis = try node.attributes.int("batch_axis") ?? 1
                return ReverseSequence(batchAxis: batchAxis, timeAxis: try node.attributes.int("time_axis") ?? 0)
            },
            "NonZero": OperatorEntry(1...1, since: 9) { _ throws(ImportError) in NonZero() },
            "Compress": OperatorEntry(2...2, since: 9) { node throws(ImportError) in
                Compress(axis: try node.attributes.int("axis"))
            },
            "ArgMin": OperatorEntry(1...1) { node throws(ImportError) in
                ArgMin(
                    axis: try node.attributes.int("axis") ?? 0, keepsDims: try node.attributes.flag("keepdims", default: true),
                    selectsLastIndex: try node.attributes.flag("select_last_index", default: false))
            },
            "Hardmax": OperatorEntry(1...1) { node throws(ImportError) in
                let flattens = node.opset < 13
                return Hardmax(axis: try node.attributes.int("axis") ?? (flattens ? 1 : -1), flattens: flattens)
            },
            "ReduceL1": reduction(.l1), "ReduceSumSquare": reduction(.sumOfSquares),
            "ReduceLogSum": reduction(.logSum), "ReduceLogSumExp": reduction(.logSumExp),
            "Einsum": OperatorEntry(1...Int.max, since: 12) { node throws(ImportError) in
                guard let equation = try node.attributes.string("equation") else {
                    throw node.error(.invalidGraph, "equation is missing")
                }
                return Einsum(equation: equation)
            },
        ]
    }

    private static func reduction(_ function: DerivedReduction.Function) -> OperatorEntry {
        OperatorEntry(1...2) { node throws(ImportError) in
            if node.opset < 18 { try node.moveToInput(1, attribute: "axes") }
            let noop = node.opset >= 18 ? try node.attributes.flag("noop_with_empty_axes", default: false) : false
            return DerivedReduction(function, keepsDims: try node.attributes.flag("keepdims", default: true), noopWithEmptyAxes: noop)
        }
    }
}

extension NodeImport {
    fileprivate mutating func eyeLike() throws(ImportError) -> EyeLike {
        let diagonal = try attributes.int("k") ?? 0
        guard let code = try attributes.int("dtype") else { return EyeLike(diagonal: diagonal) }
        let type = DataType(Int32(truncatingIfNeeded: code))
        guard let elementType = type.elementType else { throw error(.unsupportedType, "ones of type \(type.name) are not supported") }
        if let output = outputs[0] { graph.setType(type, of: output) }
        return EyeLike(elementType: elementType, diagonal: diagonal)
    }
}
