import Inference

/// Elements that are written, and blocks that are read, where indices say.
extension OperatorRegistry {
    static var scattering: [String: OperatorEntry] {
        [
            "Scatter": OperatorEntry(3...3, since: 9, until: 10) { node throws(ImportError) in
                ScatterElements(axis: try node.attributes.int("axis") ?? 0)
            },
            "ScatterElements": OperatorEntry(3...3, since: 11) { node throws(ImportError) in
                ScatterElements(axis: try node.attributes.int("axis") ?? 0, reduction: try node.scatterReduction())
            },
            "ScatterND": OperatorEntry(3...3, since: 11) { node throws(ImportError) in
                ScatterND(reduction: try node.scatterReduction())
            },
            "GatherND": OperatorEntry(2...2, since: 11) { node throws(ImportError) in
                GatherND(batchAxes: try node.attributes.int("batch_dims") ?? 0)
            },
        ]
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
