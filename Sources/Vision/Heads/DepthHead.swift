import Tensors

extension HeadKind {
    /// One [1, H, W] or [1, 1, H, W].
    public static let depth = HeadKind(
        "depth", "depth estimation: one output [1, H, W] or [1, 1, H, W]", isDetector: false, keys: [.outputs],
        input: InputCard(mean: InputCard.imageNetMean, std: InputCard.imageNetStd, resize: .stretch), template: { _ in },
        known: [
            KnownModel("depth estimation (assumed: RGB, ImageNet mean and std, stretched)") { model in
                model.channels == 3 && model.outputs.count == 1 && model.outputs[0].name.lowercased().contains("depth")
                    && (model.outputs[0].hasShape(1, nil, nil) || model.outputs[0].hasShape(1, 1, nil, nil))
            }
        ],
        makeHead: { card, settings in DepthHead(settings: settings, name: card.outputs?["depth"]) })
}

/// A depth, or its inverse, for each place. Undefined values count as 0.
struct DepthHead: Head {
    let settings: HeadSettings
    /// Of the output; nil: the first.
    let name: String?

    func decode(_ outputs: [NamedTensor], placement: Placement, minimumScore: Float) throws(VisionError) -> HeadResult {
        let tensor = outputs.first { name == nil || $0.name == name }?.tensor
        guard let tensor, let depths = tensor.floats, (3...4).contains(tensor.shape.rank), tensor.shape.elementCount > 0,
            tensor.shape.dims.dropLast(2).allSatisfy({ $0 == 1 })
        else { throw settings.unexpected(reads: "one output 1×H×W", outputs) }
        let dims = tensor.shape.dims
        return .depth(
            DepthMap(
                PixelMap(height: dims[dims.count - 2], width: dims[dims.count - 1], placement: placement) {
                    depths[$0].isFinite ? depths[$0] : 0
                }))
    }
}
