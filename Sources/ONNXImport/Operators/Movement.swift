import Inference
import Tensors

/// Operators that only move elements or see them under another shape.
extension OperatorRegistry {
    static var movement: [String: OperatorEntry] {
        [
            "Concat": OperatorEntry(1...Int.max) { node throws(ImportError) in
                try node.checkAllInputs()
                guard let axis = try node.attributes.int("axis") else { throw node.error(.invalidGraph, "axis is missing") }
                return Concat(axis: axis)
            },
            "Split": OperatorEntry(1...2, outputs: 1...Int.max) { node throws(ImportError) in
                let count = node.outputs.count
                if node.opset < 13 { try node.moveToInput(1, attribute: "split") }
                if node.opset >= 18, let given = try node.attributes.int("num_outputs"), given != count {
                    throw node.error(.invalidGraph, "num_outputs \(given) contradicts its \(count) outputs")
                }
                return Split(axis: try node.attributes.int("axis") ?? 0, outputCount: count)
            },
            "Pad": OperatorEntry(1...4) { node throws(ImportError) in
                if node.opset < 11 {
                    try node.moveToInput(1, attribute: "pads", required: true)
                    if let value = try node.attributes.float("value") { node.setInput(2, "value", Tensor(scalar: value)) }
                }
                guard node.input(1) != nil else { throw node.error(.invalidGraph, "its input 1 (pads) is missing") }
                node.dropEmptyConstant(2)
                return Pad(mode: try node.attributes.choice("mode", default: .constant))
            },
            "Reshape": OperatorEntry(2...2) { node throws(ImportError) in Reshape(allowZero: try node.attributes.flag("allowzero")) },
            "Flatten": OperatorEntry(1...1) { node throws(ImportError) in Flatten(axis: try node.attributes.int("axis") ?? 1) },
            "Transpose": OperatorEntry(1...1) { node throws(ImportError) in Transpose(permutation: try node.attributes.ints("perm")) },
            "Squeeze": OperatorEntry(1...2) { node throws(ImportError) in
                if node.opset < 13 { try node.moveToInput(1, attribute: "axes") }
                return Squeeze()
            },
            "Unsqueeze": OperatorEntry(1...2) { node throws(ImportError) in
                if node.opset < 13 { try node.moveToInput(1, attribute: "axes") }
                guard node.input(1) != nil else { throw node.error(.invalidGraph, "axes are missing") }
                return Unsqueeze()
            },
            "Expand": OperatorEntry(2...2, since: 8, Expand()),
            "Tile": OperatorEntry(2...2, Tile()),
            "DepthToSpace": OperatorEntry(1...1) { node throws(ImportError) in
                DepthToSpace(
                    blockSize: try node.attributes.positive("blocksize", most: Int(Int16.max)),
                    order: try node.attributes.choice("mode", default: .depthColumnRow, ["DCR": .depthColumnRow, "CRD": .columnRowDepth]))
            },
            "SpaceToDepth": OperatorEntry(1...1) { node throws(ImportError) in
                SpaceToDepth(blockSize: try node.attributes.positive("blocksize", most: Int(Int16.max)))
            },
        ]
    }
}
