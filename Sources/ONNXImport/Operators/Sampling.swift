import Inference

/// Images read at places that other tensors give, and the rarer poolings.
extension OperatorRegistry {
    static var sampling: [String: OperatorEntry] {
        [
            "GridSample": OperatorEntry(2...2, since: 16) { node throws(ImportError) in
                // Opset 20 names the modes after any number of axes.
                let modes: [String: GridSample.Mode] =
                    node.opset < 20
                    ? ["bilinear": .linear, "nearest": .nearest, "bicubic": .cubic]
                    : ["linear": .linear, "nearest": .nearest, "cubic": .cubic]
                return GridSample(
                    mode: try node.attributes.choice("mode", default: .linear, modes),
                    padding: try node.attributes.choice(
                        "padding_mode", default: .zeros, ["zeros": .zeros, "border": .border, "reflection": .reflection]),
                    alignsCorners: try node.attributes.flag("align_corners", default: false))
            },
            "RoiAlign": OperatorEntry(3...3, since: 10) { node throws(ImportError) in
                try node.regionAlign()
            },
            "Col2Im": OperatorEntry(3...3, since: 18) { node throws(ImportError) in
                ColumnsToImage(
                    strides: try node.attributes.extents("strides", atLeast: 1) ?? [],
                    dilations: try node.attributes.extents("dilations", atLeast: 1) ?? [],
                    pads: try node.attributes.extents("pads", atLeast: 0) ?? [])
            },
            "LpPool": OperatorEntry(1...1) { node throws(ImportError) in
                let geometry = try node.windowGeometry()
                guard let kernel = geometry.kernel else { throw node.error(.invalidGraph, "kernel_shape is missing") }
                return LpPooling(
                    order: try node.attributes.int("p") ?? 2, kernel: kernel, strides: geometry.strides, dilations: geometry.dilations,
                    padding: geometry.padding, ceilMode: try node.attributes.flag("ceil_mode", default: false))
            },
            "GlobalLpPool": OperatorEntry(1...1) { node throws(ImportError) in
                GlobalLpPooling(order: try node.attributes.int("p") ?? 2)
            },
        ]
    }
}

extension NodeImport {
    fileprivate mutating func regionAlign() throws(ImportError) -> RegionAlign {
        let halfPixel = try attributes.choice(
            "coordinate_transformation_mode", default: opset >= 16, ["half_pixel": true, "output_half_pixel": false])
        return RegionAlign(
            height: try attributes.int("output_height") ?? 1, width: try attributes.int("output_width") ?? 1,
            samplingRatio: try attributes.int("sampling_ratio") ?? 0, spatialScale: try attributes.float("spatial_scale") ?? 1,
            halfPixel: halfPixel, takesMaximum: try attributes.choice("mode", default: false, ["avg": false, "max": true]))
    }
}
