extension HeadKind {
    /// One vector.
    public static let embedding = HeadKind(
        "embedding", "any embedding: one vector", isDetector: false, keys: [.l2Normalize], input: .imageNet,
        template: { $0.l2Normalize = true },
        known: [
            KnownModel(
                "person re-identification of OpenVINO, retail-0277 to 0288, converted (BGR 0…255)", InputCard(color: .bgr, resize: .stretch)
            ) { model in
                model.takes("inputs:0", 3, 256, 128) && model.outputs.count == 1 && model.outputs[0].name == "Identity:0"
                    && model.outputs[0].hasShape(1, 256)
            }
        ],
        makeHead: { card, settings in EmbeddingHead(settings: settings, l2Normalize: card.l2Normalize ?? true) })
}

/// A vector that describes the frame; scaled to length 1 where asked, so that dot products are cosines.
struct EmbeddingHead: Head {
    let settings: HeadSettings
    let l2Normalize: Bool

    func decode(_ outputs: [NamedTensor], placement: Placement, minimumScore: Float) throws(VisionError) -> HeadResult {
        guard let tensor = outputs.first?.tensor, tensor.elementType == .float32, tensor.shape.elementCount > 0 else {
            throw settings.unexpected(reads: "one output of floats", outputs)
        }
        // What is not a number has no form in JSON, and would make the length undefined.
        let values = tensor.elements(of: Float.self).map { $0.isFinite ? $0 : 0 }
        let length = values.reduce(Double(0)) { $0 + Double($1) * Double($1) }.squareRoot()
        return .embedding(l2Normalize && length > 0 ? values.map { Float(Double($0) / length) } : values)
    }
}
