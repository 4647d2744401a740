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
