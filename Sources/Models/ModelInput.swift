import Inference
import Tensors
import Vision

/// The one picture that a model takes: batch 1, 1 or 3 channels, height × width.
package struct ModelInput {
    package let name: String
    package let channels: Int
    package let width: Int
    package let height: Int
    /// Float, or whole numbers: bytes as they are.
    package let elementType: ElementType

    /// Whether the file leaves both width and height open.
    package let isOpen: Bool

    package var shape: Shape { [1, channels, height, width] }

    /// An input of floats.
    package init(name: String, channels: Int, width: Int, height: Int) {
        (self.name, self.channels, self.width, self.height) = (name, channels, width, height)
        (elementType, isOpen) = (.float32, false)
    }

    /// Resolves what the model leaves open by `size`, which must not contradict what it fixes, else by `usualSize`.
    ///
    /// - Parameter channels: of a model that leaves them open.
    /// - Throws: `DeepVidError` for models of another form, saying what form they have.
    package init(
        of graph: PictureGraph, model: String, size: (width: Int, height: Int)?, usualSize: (width: Int, height: Int)? = nil, channels: Int?
    ) throws(DeepVidError) {
        guard let input = graph.input else {
            let inputs = graph.declared.map { "'\($0.name)' is \($0.elementType) of rank \($0.dims.count)" }.joined(separator: ", ")
            throw DeepVidError(
                .unsupportedModel,
                "\(model): no input is a picture (\(inputs.isEmpty ? "there is none" : inputs)); "
                    + "deepvid runs models that take one of rank 4: [1, channels, height, width] or [1, height, width, channels]")
        }
        guard graph.unknown.isEmpty else {
            let names = graph.unknown.map(\.name).joined(separator: ", ")
            throw DeepVidError(
                .unsupportedModel,
                "\(model): has \(graph.declared.count) inputs, and deepvid does not know what to give for \(names); it runs models that take one "
                    + "picture, and besides it only what follows from its size: \(SideInput.names)")
        }
        let fixed = input.dims.map { dim in if case .fixed(let extent) = dim { extent } else { nil as Int? } }
        guard fixed[0] ?? 1 == 1 else {
            throw DeepVidError(
                .unsupportedModel, "\(model): takes batches of \(fixed[0]!) pictures; export it with batch 1 or a free batch")
        }
        guard let channels = fixed[1] ?? channels ?? 3 as Int?, channels == 1 || channels == 3 else {
            throw DeepVidError(
                .unsupportedModel,
                "\(model): input '\(input.name)' (\(fixed.map { $0.map(String.init) ?? "?" }.joined(separator: "×"))) has 1 or 3 channels "
                    + "neither as its second extent nor as its last one; deepvid gives gray or color pictures only")
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
                .sizeNeeded, "\(model): leaves its input size open; give `inputSize` WxH, or width and height in the card")
        }
        (name, self.channels, self.width, self.height) = (input.name, channels, width, height)
        (elementType, isOpen) = (input.elementType, fixed[2] == nil && fixed[3] == nil)
    }

    /// Makes a card fit pictures of whole numbers, which are given as they are.
    ///
    /// - Parameter isWritten: whether somebody wrote the card, and so must correct it.
    func adapt(_ card: inout InputCard, of file: ModelFile, isWritten: Bool) throws(DeepVidError) {
        guard elementType != .float32 else { return }
        let bytes = InputCard(color: card.color, resize: card.resize)
        if isWritten, (card.mean, card.std) != (bytes.mean, bytes.std) {
            throw DeepVidError(
                .unusableModel, "\(file.name): takes pictures of whole numbers, as they are: write \"mean\": 0 and \"std\": 1 in its card")
        }
        (card.mean, card.std) = (bytes.mean, bytes.std)
    }
}

extension TensorSignature {
    init(_ output: PlanOutput) { self.init(output.name, output.shape?.dims, isWhole: output.elementType.isInteger) }
}
