/// How an answer from reuse compared with the dense one of the same frame.
public struct AuditedFrame: Sendable {
    /// 0…1; nil when neither side had anything to compare.
    public var agreement: Double?
    /// How far reuse had moved scores, in logits, each divided by what its tolerance was multiplied by.
    public var errors: [Float]
    /// Of a classifier: how far ahead reuse's class was there, and in truth, in logits; negative where another led.
    public var leads: Leads?

    public struct Leads: Sendable {
        public let reused: Float
        public let exact: Float

        public init(reused: Float, exact: Float) { (self.reused, self.exact) = (reused, exact) }
    }

    public init(agreement: Double?, errors: [Float] = [], leads: Leads? = nil) {
        (self.agreement, self.errors, self.leads) = (agreement, errors, leads)
    }
}
