/// How an answer from reuse compared with the dense one of the same frame.
public struct AuditedFrame: Sendable {
    /// 0…1; nil when neither side had anything to compare.
    public var agreement: Double?
    /// How far reuse had moved scores, in logits, each divided by what its tolerance was multiplied by.
    public var errors: [Float]

    public init(agreement: Double?, errors: [Float] = []) { (self.agreement, self.errors) = (agreement, errors) }
}
