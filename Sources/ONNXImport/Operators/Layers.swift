import Inference

/// Convolution, pooling, matrix products and normalization.
extension OperatorRegistry {
    static var layers: [String: OperatorEntry] {
        [
            "Conv": OperatorEntry(2...3) { node throws(ImportError) in
                let window = try node.convolutionWindow()
                return Convolution(
                    strides: window.strides, dilations: window.dilations, padding: window.padding, groups: try node.groups())
            },
            "ConvTranspose": OperatorEntry(2...3) { node throws(ImportError) in
                let window = try node.convolutionWindow()
                return TransposedConvolution(
                    strides: window.strides, dilations: window.dilations, padding: window.padding,
                    outputPadding: try node.attributes.extents("output_padding", atLeast: 0) ?? [],
                    outputShape: try node.attributes.extents("output_shape", atLeast: 0), groups: try node.groups())
            },
            "MaxPool": OperatorEntry(1...1, outputs: 1...2) { node throws(ImportError) in try node.pooling(.maximum) },
            "AveragePool": OperatorEntry(1...1) { node throws(ImportError) in try node.pooling(.average) },
            "GlobalAveragePool": OperatorEntry(1...1, GlobalPooling(kind: .average)),
            "GlobalMaxPool": OperatorEntry(1...1, GlobalPooling(kind: .maximum)),
            "Gemm": OperatorEntry(2...3) { node throws(ImportError) in
                guard node.opset >= 11 || node.input(2) != nil else {
                    throw node.error(.invalidGraph, "its input 2 (C) is missing, which opset 11 first allows")
                }
                return Gemm(
                    alpha: try node.attributes.float("alpha") ?? 1, beta: try node.attributes.float("beta") ?? 1,
                    transposesA: try node.attributes.flag("transA"), transposesB: try node.attributes.flag("transB"))
            },
            "MatMul": OperatorEntry(2...2, MatMul()),
            "BatchNormalization": OperatorEntry(5...5, outputs: 1...5) { node throws(ImportError) in
                // Both ways of asking for batch statistics: the attribute (14+) and, before, naming their outputs.
                let training = try node.attributes.flag("training_mode")
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
                LocalResponseNormalization(
                    size: try node.attributes.positive("size", most: Int(Int32.max)), alpha: try node.attributes.float("alpha") ?? 1e-4,
                    beta: try node.attributes.float("beta") ?? 0.75, bias: try node.attributes.float("bias") ?? 1)
            },
        ]
    }
}

/// The attributes of everything that slides a window.
private typealias WindowGeometry = (kernel: [Int]?, strides: [Int], dilations: [Int], padding: Padding)

extension NodeImport {
    private mutating func windowGeometry() throws(ImportError) -> WindowGeometry {
        let pads = try attributes.extents("pads", atLeast: 0) ?? []
        let padding: Padding = try attributes.choice(
            "auto_pad", default: .explicit(pads),
            ["NOTSET": .explicit(pads), "SAME_UPPER": .sameUpper, "SAME_LOWER": .sameLower, "VALID": .valid])
        let kernel = try attributes.extents("kernel_shape", atLeast: 1)
        let strides = try attributes.extents("strides", atLeast: 1) ?? []
        return (kernel, strides, try attributes.extents("dilations", atLeast: 1) ?? [], padding)
    }

    /// `kernel_shape` only repeats what the weights say; a contradiction is an error.
    fileprivate mutating func convolutionWindow() throws(ImportError) -> WindowGeometry {
        let window = try windowGeometry()
        if let kernel = window.kernel, let weights = constant(1), Array(weights.shape.dims.dropFirst(2)) != kernel {
            throw error(.invalidGraph, "kernel_shape \(kernel) contradicts the weights' shape \(weights.shape)")
        }
        return window
    }

    fileprivate mutating func groups() throws(ImportError) -> Int {
        let groups = try attributes.int("group") ?? 1
        guard groups >= 1, groups <= Int(Int32.max) else { throw error(.invalidGraph, "group \(groups) must be 1 or more") }
        return groups
    }

    fileprivate mutating func pooling(_ kind: Inference.Pooling.Kind) throws(ImportError) -> Inference.Pooling {
        let window = try windowGeometry()
        guard let kernel = window.kernel else { throw error(.invalidGraph, "kernel_shape is missing") }
        return Inference.Pooling(
            kind: kind, kernel: kernel, strides: window.strides, dilations: window.dilations, padding: window.padding,
            ceilMode: try attributes.flag("ceil_mode"),
            countIncludesPadding: kind == .average ? try attributes.flag("count_include_pad") : false,
            columnMajorIndices: kind == .maximum ? try attributes.flag("storage_order") : false)
    }
}
