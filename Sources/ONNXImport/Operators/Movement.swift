import Inference
import Tensors

/// Operators that only move elements or see them under another shape.
extension OperatorRegistry {
    static var movement: [String: OperatorEntry] {
        [
            "Concat": OperatorEntry(1...Int.max) { node throws(ImportError) in
                guard node.inputs.allSatisfy({ $0 != nil }) else { throw node.error(.invalidGraph, "one of its inputs is missing") }
                guard let axis = try node.attributes.int("axis") else { throw node.error(.invalidGraph, "axis is missing") }
                return Concat(axis: axis)
            },
            "Split": OperatorEntry(1...2, outputs: 1...Int.max) { node throws(ImportError) in
                try node.split()
            },
            "Pad": OperatorEntry(1...4) { node throws(ImportError) in
                try node.pad()
            },
            "Reshape": OperatorEntry(2...2) { node throws(ImportError) in
                Reshape(allowZero: try node.attributes.flag("allowzero", default: false))
            },
            "Flatten": OperatorEntry(1...1) { node throws(ImportError) in
                Flatten(axis: try node.attributes.int("axis") ?? 1)
            },
            "Transpose": OperatorEntry(1...1) { node throws(ImportError) in
                Transpose(permutation: try node.attributes.ints("perm"))
            },
            "Squeeze": OperatorEntry(1...2) { node throws(ImportError) in
                if node.opset < 13 { try node.moveToInput(1, attribute: "axes") }
                return Squeeze()
            },
            "Unsqueeze": OperatorEntry(1...2) { node throws(ImportError) in
                if node.opset < 13 { try node.moveToInput(1, attribute: "axes") }
                guard node.input(1) != nil else { throw node.error(.invalidGraph, "axes are missing") }
                return Unsqueeze()
            },
            "Expand": OperatorEntry(2...2, since: 8) { _ throws(ImportError) in Expand() },
            "Tile": OperatorEntry(2...2) { _ throws(ImportError) in Tile() },
            "DepthToSpace": OperatorEntry(1...1) { node throws(ImportError) in
                DepthToSpace(
                    blockSize: try node.blockSize(),
                    order: try node.attributes.choice("mode", default: .depthColumnRow, ["DCR": .depthColumnRow, "CRD": .columnRowDepth]))
            },
            "SpaceToDepth": OperatorEntry(1...1) { node throws(ImportError) in
                SpaceToDepth(blockSize: try node.blockSize())
            },
        ]
    }
}

extension NodeImport {
    /// An attribute with integers that newer opsets have as an (int64) input.
    mutating func moveToInput(_ index: Int, attribute name: String, required: Bool = false) throws(ImportError) {
        guard input(index) == nil else {
            throw error(.invalidGraph, "\(name) is an attribute in opset \(opset), but given as an input")
        }
        let values = try attributes.ints(name)
        guard values != nil || !required else { throw error(.invalidGraph, "\(name) is missing") }
        if values != nil { setInput(index, name, ints: values) }
    }

    fileprivate mutating func split() throws(ImportError) -> Split {
        let axis = try attributes.int("axis") ?? 0
        if opset < 13 { try moveToInput(1, attribute: "split") }
        if opset >= 18, let count = try attributes.int("num_outputs"), count != outputs.count {
            throw error(.invalidGraph, "num_outputs \(count) contradicts its \(outputs.count) outputs")
        }
        return Split(axis: axis, outputCount: outputs.count)
    }

    fileprivate mutating func pad() throws(ImportError) -> Pad {
        if opset < 11 {
            try moveToInput(1, attribute: "pads", required: true)
            if let value = try attributes.float("value") { setInput(2, "value", Tensor(scalar: value)) }
        }
        guard input(1) != nil else { throw error(.invalidGraph, "its input 1 (pads) is missing") }
        dropEmptyConstant(2)
        return Pad(
            mode: try attributes.choice(
                "mode", default: .constant, ["constant": .constant, "reflect": .reflect, "edge": .edge, "wrap": .wrap]))
    }

    fileprivate mutating func blockSize() throws(ImportError) -> Int {
        guard let size = try attributes.int("blocksize"), size >= 1, size <= Int(Int16.max) else {
            throw error(.invalidGraph, "blocksize is missing or not positive")
        }
        return size
    }
}
