import Inference

extension OperatorRegistry {
    static var normalization: [String: OperatorEntry] {
        [
            "BatchNormalization": OperatorEntry(5...5, outputs: 1...5) { node throws(ImportError) in
                // Both ways of asking for batch statistics: the attribute (14+) and, before, naming their outputs.
                let training = try node.attributes.flag("training_mode", default: false)
                guard !training, node.namedOutputCount == 1 else {
                    throw node.error(.unsupportedOperator, "training mode is not supported: export the model for inference (model.eval())")
                }
                guard try node.attributes.flag("spatial", default: true) else {
                    throw node.error(.unsupportedOperator, "spatial = 0 (statistics per pixel) is not supported")
                }
                node.attributes.ignore("momentum")
                return BatchNormalization(epsilon: try node.attributes.float("epsilon") ?? 1e-5)
            },
            "InstanceNormalization": OperatorEntry(3...3) { node throws(ImportError) in
                InstanceNormalization(epsilon: try node.attributes.float("epsilon") ?? 1e-5)
            },
            "LRN": OperatorEntry(1...1) { node throws(ImportError) in
                guard let size = try node.attributes.int("size"), size >= 1, size <= Int(Int32.max) else {
                    throw node.error(.invalidGraph, "size is missing or not positive")
                }
                return LocalResponseNormalization(
                    size: size, alpha: try node.attributes.float("alpha") ?? 1e-4, beta: try node.attributes.float("beta") ?? 0.75,
                    bias: try node.attributes.float("bias") ?? 1)
            },
        ]
    }
}
