import Inference
import Tensors

/// Resize in its three generations, and Upsample, which came before.
extension OperatorRegistry {
    static var resizing: [String: OperatorEntry] {
        [
            "Upsample": OperatorEntry(1...2, until: 9) { node throws(ImportError) in
                if node.opset < 9 {
                    guard node.input(1) == nil, let scales = try node.attributes.floats("scales") else {
                        throw node.error(.invalidGraph, "scales are missing (an attribute before opset 9)")
                    }
                    node.setInput(1, "scales", Tensor([scales.count], scales))
                }
                return try node.oldResize()
            },
            "Resize": OperatorEntry(1...4, since: 10) { node throws(ImportError) in
                node.opset == 10 ? try node.oldResize() : try node.resize()
            },
        ]
    }
}

extension NodeImport {
    /// Upsample and Resize-10: X, scales; pixel corners coincide.
    fileprivate mutating func oldResize() throws(ImportError) -> Resize {
        guard inputs.count == 2, let scales = inputs[1] else { throw error(.invalidGraph, "its input 1 (scales) is missing") }
        let mode: Resize.Mode = try attributes.choice(
            "mode", default: .nearest, ["nearest": .nearest, "linear": .linear, "bilinear": .linear])
        // The specification leaves the rounding open. As onnxruntime: up when shrinking, down when enlarging.
        var shrinks = false
        if let values = constant(1), values.elementType == .float32 { shrinks = values.elements(of: Float.self).allSatisfy { $0 <= 1 } }
        inputs = [inputs[0], nil, scales]
        return Resize(mode: mode, coordinates: .asymmetric, nearest: shrinks ? .ceil : .floor)
    }

    fileprivate mutating func resize() throws(ImportError) -> Resize {
        let coordinates: Resize.Coordinates = try attributes.choice("coordinate_transformation_mode", default: .halfPixel)
        if coordinates != .tfCropAndResize, inputs.count > 1 { inputs[1] = nil }
        for index in 1...3 { dropEmptyConstant(index) }
        guard (input(2) == nil) != (input(3) == nil) else {
            throw error(.invalidGraph, "exactly one of its inputs 2 (scales) and 3 (sizes) must be given")
        }
        return Resize(
            mode: try attributes.choice("mode", default: .nearest), coordinates: coordinates,
            nearest: try attributes.choice("nearest_mode", default: .roundPreferFloor),
            cubicCoefficient: try attributes.float("cubic_coeff_a") ?? -0.75,
            excludesOutside: try attributes.flag("exclude_outside"),
            extrapolationValue: try attributes.float("extrapolation_value") ?? 0,
            antialias: try attributes.flag("antialias"), axes: try attributes.ints("axes"),
            aspectRatio: try attributes.choice("keep_aspect_ratio_policy", default: .stretch))
    }
}
