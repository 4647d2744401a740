import Inference

/// Conv and ConvTranspose; and the padding attributes that pooling shares.
extension OperatorRegistry {
    static var convolutions: [String: OperatorEntry] {
        [
            "Conv": OperatorEntry(2...3) { node throws(ImportError) in
                let geometry = try node.windowGeometry()
                let groups = try node.groups()
                try node.checkKernel(geometry.kernel)
                return Convolution(
                    strides: geometry.strides, dilations: geometry.dilations, padding: geometry.padding, groups: groups)
            },
            "ConvTranspose": OperatorEntry(2...3) { node throws(ImportError) in
                let geometry = try node.windowGeometry()
                let groups = try node.groups()
                try node.checkKernel(geometry.kernel)
                return TransposedConvolution(
                    strides: geometry.strides, dilations: geometry.dilations, padding: geometry.padding,
                    outputPadding: try node.attributes.extents("output_padding", atLeast: 0) ?? [],
                    outputShape: try node.attributes.extents("output_shape", atLeast: 0), groups: groups)
            },
        ]
    }
}

/// The attributes of everything that slides a window.
struct WindowGeometry {
    var kernel: [Int]?
    var strides: [Int]
    var dilations: [Int]
    var padding: Padding
}

extension NodeImport {
    mutating func windowGeometry() throws(ImportError) -> WindowGeometry {
        let pads = try attributes.extents("pads", atLeast: 0) ?? []
        let padding: Padding = try attributes.choice(
            "auto_pad", default: .explicit(pads),
            ["NOTSET": .explicit(pads), "SAME_UPPER": .sameUpper, "SAME_LOWER": .sameLower, "VALID": .valid])
        return WindowGeometry(
            kernel: try attributes.extents("kernel_shape", atLeast: 1),
            strides: try attributes.extents("strides", atLeast: 1) ?? [],
            dilations: try attributes.extents("dilations", atLeast: 1) ?? [], padding: padding)
    }

    mutating func groups() throws(ImportError) -> Int {
        let groups = try attributes.int("group") ?? 1
        guard groups >= 1, groups <= Int(Int32.max) else { throw error(.invalidGraph, "group \(groups) must be 1 or more") }
        return groups
    }

    /// `kernel_shape` only repeats what the weights say; a contradiction is an error.
    func checkKernel(_ kernel: [Int]?) throws(ImportError) {
        guard let kernel, let weights = constant(1) else { return }
        guard Array(weights.shape.dims.dropFirst(2)) == kernel else {
            throw error(.invalidGraph, "kernel_shape \(kernel) contradicts the weights' shape \(weights.shape)")
        }
    }
}

extension OperatorRegistry {
    static var pooling: [String: OperatorEntry] {
        [
            "MaxPool": OperatorEntry(1...1, outputs: 1...2) { node throws(ImportError) in
                try node.pooling(.maximum)
            },
            "AveragePool": OperatorEntry(1...1) { node throws(ImportError) in
                try node.pooling(.average)
            },
            "GlobalAveragePool": OperatorEntry(1...1) { _ throws(ImportError) in GlobalPooling(kind: .average) },
            "GlobalMaxPool": OperatorEntry(1...1) { _ throws(ImportError) in GlobalPooling(kind: .maximum) },
        ]
    }
}

extension NodeImport {
    fileprivate mutating func pooling(_ kind: Inference.Pooling.Kind) throws(ImportError) -> Inference.Pooling {
        let geometry = try windowGeometry()
        guard let kernel = geometry.kernel else { throw error(.invalidGraph, "kernel_shape is missing") }
        return Inference.Pooling(
            kind: kind, kernel: kernel, strides: geometry.strides, dilations: geometry.dilations, padding: geometry.padding,
            ceilMode: try attributes.flag("ceil_mode", default: false),
            countIncludesPadding: kind == .average ? try attributes.flag("count_include_pad", default: false) : false,
            columnMajorIndices: kind == .maximum ? try attributes.flag("storage_order", default: false) : false)
    }
}

extension OperatorRegistry {
    static var linear: [String: OperatorEntry] {
        [
            "Gemm": OperatorEntry(2...3) { node throws(ImportError) in
                guard node.opset >= 11 || node.input(2) != nil else {
                    throw node.error(.invalidGraph, "its input 2 (C) is missing, which opset 11 first allows")
                }
                return Gemm(
                    alpha: try node.attributes.float("alpha") ?? 1, beta: try node.attributes.float("beta") ?? 1,
                    transposesA: try node.attributes.flag("transA", default: false),
                    transposesB: try node.attributes.flag("transB", default: false))
            },
            "MatMul": OperatorEntry(2...2) { _ throws(ImportError) in MatMul() },
        ]
    }
}

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
