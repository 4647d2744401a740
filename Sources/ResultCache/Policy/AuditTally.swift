import Vision

/// What audits say about the agreement of all hits with the model.
public struct AuditTally: Sendable, Equatable {
    public private(set) var audits = 0
    /// Of those, where the model said the same.
    public private(set) var agreed = 0
    private var (weights, squaredWeights, agreeing) = (0.0, 0.0, 0.0)

    public init() {}

    /// - Parameter weight: hits that the audited one stands for.
    mutating func add(isSame: Bool, weight: Double) {
        audits += 1
        weights += weight
        squaredWeights += weight * weight
        guard isSame else { return }
        agreed += 1
        agreeing += weight
    }

    /// 0…1, over all hits; nil before the first audit.
    public var agreement: Double? { weights > 0 ? agreeing / weights : nil }

    /// Wilson's 95 % interval of it. Audits of different weights are worth fewer trials than there are.
    public var interval: ClosedRange<Double> {
        agreement.map { Agreement.wilson($0, trials: weights * weights / squaredWeights) } ?? 0...1
    }
}
