import Inference

extension OperatorRegistry {
    static var indexing: [String: OperatorEntry] {
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
            "Gather": OperatorEntry(2...2) { node throws(ImportError) in
                Gather(axis: try node.attributes.int("axis") ?? 0)
            },
            "GatherElements": OperatorEntry(2...2, since: 11) { node throws(ImportError) in
                GatherElements(axis: try node.attributes.int("axis") ?? 0)
            },
        ]
    }
}
