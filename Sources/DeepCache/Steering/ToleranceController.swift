import Foundation

/// Holds the measured agreement at its target by moving one tolerance, so that no one tunes it by hand.
///
/// An integral controller on log ε: each audit moves it by gain · (disagreement allowed − disagreement seen). It rests
/// where the mean disagreement equals what the target allows, whatever the clip and the model.
public struct ToleranceController: Sendable {
    public let target: Double
    public private(set) var epsilon: Float
    /// Audited frames that had something to agree on.
    public private(set) var audits = 0
    private var sum = 0.0

    /// Where agreement with most models and scenes is just above the usual target.
    private static let start: Float = 0.012
    private static let gain = 12.0
    private static let range: ClosedRange<Double> = 0.001...0.3

    /// - Parameter target: 1 keeps every tolerance at zero.
    public init(target: Double, start: Float? = nil) {
        self.target = target
        epsilon = target >= 1 ? 0 : start ?? Self.start
    }

    /// Mean of the audits; nil before the first.
    public var agreement: Double? { audits > 0 ? sum / Double(audits) : nil }

    /// Takes the agreement of one audited frame, 0…1; nil when neither side had anything to compare.
    public mutating func add(_ agreement: Double?) {
        guard let agreement else { return }
        audits += 1
        sum += agreement
        guard target < 1 else { return }
        let moved = log(Double(epsilon)) + Self.gain * ((1 - target) - (1 - agreement))
        epsilon = Float(min(max(exp(moved), Self.range.lowerBound), Self.range.upperBound))
    }
}
