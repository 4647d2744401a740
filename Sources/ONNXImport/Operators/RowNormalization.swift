import Inference

/// Normalizations by rows and groups: transformers and diffusion models.
extension OperatorRegistry {
    static var rowNormalization: [String: OperatorEntry] {
        [
            // onnxruntime's optimizer also writes the first and third into models of earlier opsets.
            "LayerNormalization": OperatorEntry(2...3, outputs: 1...3) { node throws(ImportError) in
                try node.layerNormalization(keepsMean: false)
            },
            "RMSNormalization": OperatorEntry(2...2, since: 23) { node throws(ImportError) in
                try node.layerNormalization(keepsMean: true)
            },
            "SimplifiedLayerNormalization": OperatorEntry(2...2) { node throws(ImportError) in
                try node.layerNormalization(keepsMean: true)
            },
            "GroupNormalization": OperatorEntry(3...3, since: 18) { node throws(ImportError) in
                node.attributes.ignore("stash_type")
                guard let groups = try node.attributes.int("num_groups") else {
                    throw node.error(.invalidGraph, "num_groups is missing")
                }
                return GroupNormalization(
                    groups: groups, epsilon: try node.attributes.float("epsilon") ?? 1e-5, isPerGroup: node.opset < 21)
            },
            "MeanVarianceNormalization": OperatorEntry(1...1, since: 9) { node throws(ImportError) in
                MeanVarianceNormalization(axes: try node.attributes.ints("axes") ?? [0, 2, 3])
            },
            "LpNormalization": OperatorEntry(1...1) { node throws(ImportError) in
                LpNormalization(axis: try node.attributes.int("axis") ?? -1, order: try node.attributes.int("p") ?? 2)
            },
        ]
    }
}

extension NodeImport {
    /// Sums are kept in float32 whatever `stash_type` says: the least precise type that it may name.
    mutating func layerNormalization(keepsMean: Bool, epsilon: Float = 1e-5) throws(ImportError) -> LayerNormalization {
        attributes.ignore("stash_type")
        return LayerNormalization(
            axis: try attributes.int("axis") ?? -1, epsilon: try attributes.float("epsilon") ?? epsilon, keepsMean: keepsMean)
    }
}
