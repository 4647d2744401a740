/// A vector that describes the frame; scaled to length 1 where asked, so that dot products are cosines.
struct EmbeddingHead: Head {
    let l2Normalize: Bool

    func decode(_ outputs: [NamedTensor], placement: Placement) throws(VisionError) -> HeadResult {
        guard let tensor = outputs.first?.tensor, tensor.elementType == .float32, tensor.shape.elementCount > 0 else {
            throw .unexpected(.embedding, reads: "one output of floats", outputs)
        }
        // What is not a number has no form in JSON, and would make the length undefined.
        let values = tensor.elements(of: Float.self).map { $0.isFinite ? $0 : 0 }
        let length = values.reduce(Double(0)) { $0 + Double($1) * Double($1) }.squareRoot()
        return .embedding(l2Normalize && length > 0 ? values.map { Float(Double($0) / length) } : values)
    }
}
