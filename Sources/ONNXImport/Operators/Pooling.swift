import Inference

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
