import Hashing
import Vision

/// Whose answers they are. Answers of another model, or of the same one by another card or other labels, are never used.
public struct ModelIdentity: Sendable, Hashable {
    /// 32 bytes.
    public let digest: [UInt8]
    /// How many classes the model has; nil where it gives embeddings, or that is not known.
    public let classes: Int?

    /// - Parameters:
    ///   - sha256: of the model's file.
    ///   - card: as it is used, with what the command line says on top.
    public init(sha256: String, card: ModelCard, labels: Labels) {
        var sum = SHA256()
        // Each part ends with a byte that is in none of them, so that no two lists of parts are the same bytes.
        for part in ["crop key \(CropKey.version)", sha256, card.json()] + labels.names {
            (Array(part.utf8) + [0]).withUnsafeBytes { sum.update($0) }
        }
        (digest, classes) = (sum.bytes, labels.names.isEmpty ? nil : labels.names.count)
    }
}
