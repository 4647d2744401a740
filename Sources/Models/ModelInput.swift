import Inference
import Tensors

/// The one picture that a model takes: batch 1, 1 or 3 channels, height × width.
package struct ModelInput {
    package let name: String
    package let channels: Int
    package let width: Int
    package let height: Int

    package var shape: Shape { [1, channels, height, width] }

    /// Resolves what the model leaves open by `size`, which must not contradict what it fixes, else by `usualSize`.
    ///
    /// - Throws: `DeepVidError` for models of another form, saying what form they have.
    package init(
        of graph: Graph, model: String, size: (width: Int, height: Int)?, usualSize: (width: Int, height: Int)? = nil, channels: Int?
    ) throws(DeepVidError) {
        guard graph.inputs.count == 1, let input = graph.inputs.first else {
            let names = graph.inputs.map(\.name).joined(separator: ", ")
            throw DeepVidError(
                .unsupportedModel,
                "\(model): has \(graph.inputs.count) inputs (\(names)); deepvid runs models that take one picture")
        }
        guard input.dims.count == 4, input.elementType == .float32 else {
            throw DeepVidError(
                .unsupportedModel,
                "\(model): input '\(input.name)' is \(input.elementType) of rank \(input.dims.count); "
                    + "deepvid runs models that take a float picture [1, channels, height, width]")
        }
        let fixed = input.dims.map { dim in if case .fixed(let extent) = dim { extent } else { nil as Int? } }
        guard fixed[0] ?? 1 == 1 else {
            throw DeepVidError(
                .unsupportedModel, "\(model): takes batches of \(fixed[0]!) pictures; export it with batch 1 or a free batch")
        }
        guard let channels = fixed[1] ?? channels ?? 3 as Int?, channels == 1 || channels == 3 else {
            throw DeepVidError(
                .unsupportedModel,
                "\(model): input '\(input.name)' has \(fixed[1] ?? 0) channels where 1 or 3 were expected; export it channels first (NCHW)")
        }
        if let size, (fixed[3] ?? size.width, fixed[2] ?? size.height) != (size.width, size.height) {
            throw DeepVidError(
                .invalidOptions,
                "\(model): its input is fixed to \(fixed[3] ?? size.width)x\(fixed[2] ?? size.height), not \(size.width)x\(size.height); "
                    + "leave the size out")
        }
        let open = size ?? usualSize
        guard let width = fixed[3] ?? open?.width, let height = fixed[2] ?? open?.height else {
            throw DeepVidError(
                .sizeNeeded, "\(model): leaves its input size open; give --input-size WxH, or width and height in the card")
        }
        (name, self.channels, self.width, self.height) = (input.name, channels, width, height)
    }
}
