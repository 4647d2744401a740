import Inference

/// Convolution, pooling, matrix products, normalization and attention.
extension OperatorRegistry {
    static var layers: [String: OperatorEntry] {
        [
            "Conv": OperatorEntry(2...3) { node throws(ImportError) in try node.convolution() },
            "ConvTranspose": OperatorEntry(2...3) { node throws(ImportError) in
                let window = try node.convolutionWindow()
                return TransposedConvolution(
                    strides: window.strides, dilations: window.dilations, padding: window.padding,
                    outputPadding: try node.attributes.extents("output_padding", atLeast: 0) ?? [],
                    outputShape: try node.attributes.extents("output_shape", atLeast: 0), groups: try node.groups())
            },
            "MaxPool": OperatorEntry(1...1, outputs: 1...2) { node throws(ImportError) in try node.pooling(.maximum) },
            "AveragePool": OperatorEntry(1...1) { node throws(ImportError) in try node.pooling(.average) },
            "LpPool": OperatorEntry(1...1) { node throws(ImportError) in
                let (window, kernel) = try node.poolingWindow()
                return LpPooling(
                    order: try node.attributes.int("p") ?? 2, kernel: kernel, strides: window.strides, dilations: window.dilations,
                    padding: window.padding, ceilMode: try node.attributes.flag("ceil_mode"))
            },
            "GlobalLpPool": OperatorEntry(1...1) { node throws(ImportError) in
                GlobalLpPooling(order: try node.attributes.int("p") ?? 2)
            },
            "Col2Im": OperatorEntry(3...3, since: 18) { node throws(ImportError) in
                ColumnsToImage(
                    strides: try node.attributes.extents("strides", atLeast: 1) ?? [],
                    dilations: try node.attributes.extents("dilations", atLeast: 1) ?? [],
                    pads: try node.attributes.extents("pads", atLeast: 0) ?? [])
            },
            "GlobalAveragePool": OperatorEntry(1...1, GlobalPooling(kind: .average)),
            "GlobalMaxPool": OperatorEntry(1...1, GlobalPooling(kind: .maximum)),
            "Gemm": OperatorEntry(2...3) { node throws(ImportError) in
                guard node.opset >= 11 || node.input(2) != nil else {
                    throw node.error(.invalidGraph, "its input 2 (C) is missing, which opset 11 first allows")
                }
                return try node.gemm()
            },
            "MatMul": OperatorEntry(2...2, MatMul()),
            "Einsum": OperatorEntry(1...Int.max, since: 12) { node throws(ImportError) in
                guard let equation = try node.attributes.string("equation") else { throw node.error(.invalidGraph, "equation is missing") }
                return Einsum(equation: equation)
            },
            "Attention": OperatorEntry(3...7, outputs: 1...4, since: 23) { node throws(ImportError) in try node.attention() },
            "BatchNormalization": OperatorEntry(5...5, outputs: 1...5) { node throws(ImportError) in
                // Both ways of asking for batch statistics: the attribute (14+) and, before, naming their outputs.
                let usesBatch = try node.attributes.flag("training_mode")
                guard usesBatch || node.namedOutputCount == 1 else {
                    throw node.error(.unsupportedOperator, "training mode is not supported: export the model for inference (model.eval())")
                }
                guard try node.attributes.flag("spatial", default: true) else {
                    throw node.error(.unsupportedOperator, "spatial = 0 (statistics per pixel) is not supported")
                }
                return BatchNormalization(
                    epsilon: try node.attributes.float("epsilon") ?? 1e-5, usesBatch: usesBatch,
                    momentum: try node.attributes.float("momentum") ?? 0.9)
            },
            "InstanceNormalization": OperatorEntry(3...3) { node throws(ImportError) in
                InstanceNormalization(epsilon: try node.attributes.float("epsilon") ?? 1e-5)
            },
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
                guard let groups = try node.attributes.int("num_groups") else { throw node.error(.invalidGraph, "num_groups is missing") }
                return GroupNormalization(
                    groups: groups, epsilon: try node.attributes.float("epsilon") ?? 1e-5, isPerGroup: node.opset < 21)
            },
            "MeanVarianceNormalization": OperatorEntry(1...1, since: 9) { node throws(ImportError) in
                MeanVarianceNormalization(axes: try node.attributes.ints("axes") ?? [0, 2, 3])
            },
            "LpNormalization": OperatorEntry(1...1) { node throws(ImportError) in
                LpNormalization(axis: try node.attributes.int("axis") ?? -1, order: try node.attributes.int("p") ?? 2)
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
    fileprivate mutating func convolutionWindow(weights index: Int = 1) throws(ImportError) -> WindowGeometry {
        let window = try windowGeometry()
        if let kernel = window.kernel, let weights = constant(index), Array(weights.shape.dims.dropFirst(2)) != kernel {
            throw error(.invalidGraph, "kernel_shape \(kernel) contradicts the weights' shape \(weights.shape)")
        }
        return window
    }

    /// - Parameter weights: which input they are.
    mutating func convolution(weights: Int = 1) throws(ImportError) -> Convolution {
        let window = try convolutionWindow(weights: weights)
        return Convolution(strides: window.strides, dilations: window.dilations, padding: window.padding, groups: try groups())
    }

    mutating func gemm() throws(ImportError) -> Gemm {
        Gemm(
            alpha: try attributes.float("alpha") ?? 1, beta: try attributes.float("beta") ?? 1,
            transposesA: try attributes.flag("transA"), transposesB: try attributes.flag("transB"))
    }

    fileprivate mutating func groups() throws(ImportError) -> Int {
        let groups = try attributes.int("group") ?? 1
        guard groups >= 1, groups <= Int(Int32.max) else { throw error(.invalidGraph, "group \(groups) must be 1 or more") }
        return groups
    }

    fileprivate mutating func poolingWindow() throws(ImportError) -> (WindowGeometry, kernel: [Int]) {
        let window = try windowGeometry()
        guard let kernel = window.kernel else { throw error(.invalidGraph, "kernel_shape is missing") }
        return (window, kernel)
    }

    mutating func pooling(_ kind: Inference.Pooling.Kind) throws(ImportError) -> Inference.Pooling {
        let (window, kernel) = try poolingWindow()
        return Inference.Pooling(
            kind: kind, kernel: kernel, strides: window.strides, dilations: window.dilations, padding: window.padding,
            ceilMode: try attributes.flag("ceil_mode"),
            countIncludesPadding: kind == .average ? try attributes.flag("count_include_pad") : false,
            columnMajorIndices: kind == .maximum ? try attributes.flag("storage_order") : false)
    }

    /// Sums are kept in float32 whatever `stash_type` says: the least precise type that it may name.
    mutating func layerNormalization(keepsMean: Bool, epsilon: Float = 1e-5) throws(ImportError) -> LayerNormalization {
        attributes.ignore("stash_type")
        return LayerNormalization(
            axis: try attributes.int("axis") ?? -1, epsilon: try attributes.float("epsilon") ?? epsilon, keepsMean: keepsMean)
    }

    fileprivate mutating func attention() throws(ImportError) -> Attention {
        // The scores are kept in float32, the least precise type that it may name.
        attributes.ignore("softmax_precision", "qk_matmul_output_mode")
        guard input(6) == nil, outputs.count < 4 || outputs[3] == nil else {
            throw error(
                .unsupportedOperator, "the lengths of a cache (input 6) and the scores (output 3) are not supported: export without them")
        }
        return Attention(
            queryHeads: try attributes.int("q_num_heads"), keyHeads: try attributes.int("kv_num_heads"),
            scale: try attributes.float("scale"), isCausal: try attributes.flag("is_causal"), softCap: try attributes.float("softcap") ?? 0)
    }
}
