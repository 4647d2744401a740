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

    private static let gain = 12.0
    private static let range: ClosedRange<Double> = 0.002...0.4

    /// - Parameter target: 1 keeps every tolerance at zero.
    public init(target: Double, start: Float = 0.05) {
        self.target = target
        epsilon = target >= 1 ? 0 : start
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

/// When to audit: often enough to steer, never more than a twentieth of the time.
public struct AuditSchedule: Sendable {
    private var spent = 0.0
    private var elapsed = 0.0
    private var frames = 0
    private static let share = 0.05
    private static let longest = 300

    public init() {}

    /// - Parameters:
    ///   - seconds: running time of the frame, decoding included.
    ///   - computed: whether anything was recomputed; a frame that rests has nothing to audit.
    ///   - cost: seconds that an audit is expected to take.
    public mutating func isDue(seconds: Double, computed: Bool, cost: Double) -> Bool {
        elapsed += seconds
        frames += 1
        guard computed else { return false }
        return frames >= Self.longest || spent + cost <= Self.share * elapsed
    }

    public mutating func audited(seconds: Double) {
        spent += seconds
        frames = 0
    }
}
