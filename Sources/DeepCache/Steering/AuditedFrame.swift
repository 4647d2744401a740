/// How an answer from reuse compared with the dense one of the same frame. Distances and errors are in logits.
public struct AuditedFrame: Sendable {
    /// 0…1; nil when neither side had anything to compare.
    public var agreement: Double?
    /// Answers (boxes, a best class) that the dense run gave.
    public var answers: Int
    /// How far each score, answer or not yet, is from where the two sides would disagree.
    public var distances: [Float]
    /// How far reuse had moved scores.
    public var errors: [Float]

    public init(agreement: Double?, answers: Int = 0, distances: [Float] = [], errors: [Float] = []) {
        (self.agreement, self.answers, self.distances, self.errors) = (agreement, answers, distances, errors)
    }
}
