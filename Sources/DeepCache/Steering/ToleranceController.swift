import Foundation

/// Holds the agreement at its target by moving one tolerance, so that no one tunes it by hand.
///
/// Few frames are audited and few of those disagree: counting disagreements alone, it would take hours to tell 0.99 from
/// 0.98. But every audit measures how far reuse moved dozens of scores. So there are two loops. The inner one holds the
/// mean error of scores at a setpoint, which takes a few audits; the outer one, an integral controller, moves the setpoint
/// by the disagreement that was seen, and rests where its mean is what the target allows.
public struct ToleranceController: Codable, Sendable {
    public let target: Double
    public private(set) var epsilon: Float
    /// Audited frames that had something to agree on.
    public private(set) var audits = 0
    private var sum = 0.0
    /// Mean error of scores to hold, in logits next to the threshold.
    private var setpoint: Float = 0.06
    private var recent: [Measurement] = []

    /// The errors of one audit, for a tolerance of 1: they grow in proportion.
    private struct Measurement: Codable {
        var sum: Float
        var count: Int
    }

    /// Where agreement with most models and scenes is above the usual target.
    private static let start: Float = 0.016
    private static let range: ClosedRange<Float> = 0.0001...0.3
    /// Few disagree where little is to be seen: there the setpoint would rise until somebody is missed. The bound is for a target
    /// of 0.99, and in proportion for others.
    private var setpoints: ClosedRange<Float> { 0.004...max(0.004, min(0.3, 8 * Float(1 - target))) }
    private static let gain = 8.0
    /// Audits looked back upon: scenes change.
    private static let memory = 12
    /// Steps are limited, for errors are proportional only near the tolerance at which they were measured.
    private static let step: ClosedRange<Float> = 0.5...1.5
    /// Errors measured before the longest step upwards is taken.
    private static let manyErrors: Float = 20
    /// Below, nothing near the object changed; above, it was lost, which the agreement tells.
    private static let telling: ClosedRange<Float> = 0.002...0.5

    /// - Parameter target: 1 keeps the tolerance at zero.
    public init(target: Double, start: Float? = nil) {
        self.target = target
        epsilon = target >= 1 ? 0 : start ?? Self.start
    }

    /// Mean of the audits; nil before the first.
    public var agreement: Double? { audits > 0 ? sum / Double(audits) : nil }

    /// Takes an audited frame into the mean; the tolerance stays.
    public mutating func count(_ frame: AuditedFrame) {
        guard let agreement = frame.agreement else { return }
        audits += 1
        sum += agreement
    }

    /// Takes an audited frame and moves the tolerance.
    public mutating func add(_ frame: AuditedFrame) {
        count(frame)
        guard target < 1 else { return }
        var wanted: Float = 1
        // An empty scene is no merit: whoever enters it must be seen at once.
        if let agreement = frame.agreement {
            let change = Float(exp(Self.gain * (agreement - target)))
            setpoint = min(max(setpoint * change, setpoints.lowerBound), setpoints.upperBound)
            // What was measured says nothing of an object that was lost: step back at once.
            wanted = min(1, change)
        }
        let told = frame.errors.filter { $0 >= Self.telling.lowerBound }.map { min($0, Self.telling.upperBound) }
        recent = (recent + [Measurement(sum: told.reduce(0, +) / epsilon, count: told.count)]).suffix(Self.memory)
        let count = recent.reduce(0) { $0 + $1.count }
        if count > 0 {
            let error = epsilon * recent.reduce(0) { $0 + $1.sum } / Float(count), boldness = min(1, Float(count) / Self.manyErrors)
            let most = 1 + boldness * (Self.step.upperBound - 1)
            wanted = min(wanted < 1 ? wanted : most, max(setpoint / error, 1 - boldness * (1 - Self.step.lowerBound)))
        }
        epsilon = min(max(epsilon * max(wanted, Self.step.lowerBound), Self.range.lowerBound), Self.range.upperBound)
    }
}
