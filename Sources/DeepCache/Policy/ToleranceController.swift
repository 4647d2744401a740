import Foundation

/// Holds the agreement at its target by moving one tolerance, so that no one tunes it by hand.
///
/// Few frames are audited and few of those disagree: counting disagreements alone, it would take hours to tell 0.99 from
/// 0.98. But every audit measures how far reuse moved dozens of scores. So there are two loops. The inner one holds the
/// mean error of scores at a setpoint, which takes a few audits; the outer one, an integral controller, moves the setpoint
/// by the disagreement that was seen, and rests where its mean is what the target allows.
public struct ToleranceController: Codable, Sendable {
    private typealias Constants = PolicyConstants.Tolerance
    public let target: Double
    public private(set) var epsilon: Float
    /// Mean error of scores to hold, in logits next to the threshold.
    private var setpoint: Float
    private var recent: [Measurement] = []

    /// The errors of one audit, for a tolerance of 1: they grow in proportion.
    private struct Measurement: Codable {
        var sum: Float
        var count: Int
    }

    /// - Parameter target: 1 keeps the tolerance at zero.
    public init(target: Double) {
        self.target = target
        epsilon = target >= 1 ? 0 : Constants.start
        setpoint = Self.largestSetpoint(for: target)
    }

    /// Few disagree where little is to be seen: without a bound the setpoint would rise there until somebody is missed.
    private static func largestSetpoint(for target: Double) -> Float {
        min(max(Constants.setpointPerDisagreement * Float(1 - target), Constants.leastSetpoint), Constants.largestSetpoint)
    }

    /// Takes an audited frame and moves the tolerance.
    public mutating func add(_ frame: AuditedFrame) {
        guard target < 1 else { return }
        var wanted: Float = 1
        // An empty scene says nothing about agreement, so it does not raise the setpoint.
        if let agreement = frame.agreement {
            let change = Float(exp(Constants.gain * (agreement - target)))
            setpoint = min(max(setpoint * change, Constants.leastSetpoint), Self.largestSetpoint(for: target))
            // What was measured says nothing of an object that was lost: step back at once.
            wanted = min(1, change)
        }
        let counted = frame.errors.filter { $0 >= Constants.countedErrors.lowerBound }.map { min($0, Constants.countedErrors.upperBound) }
        // Where nothing was measured, old errors say nothing new: in a street that is empty most of the time the same few of them would raise
        // the tolerance again and again, until the next car is lost.
        if !counted.isEmpty {
            recent = (recent + [Measurement(sum: counted.reduce(0, +) / epsilon, count: counted.count)]).suffix(Constants.memory)
            let count = recent.reduce(0) { $0 + $1.count }, error = epsilon * recent.reduce(0) { $0 + $1.sum } / Float(count)
            let confidence = min(1, Float(count) / Constants.manyErrors)
            let most = 1 + confidence * (Constants.step.upperBound - 1)
            wanted = min(wanted < 1 ? wanted : most, max(setpoint / error, 1 - confidence * (1 - Constants.step.lowerBound)))
        }
        epsilon = min(max(epsilon * max(wanted, Constants.step.lowerBound), Constants.range.lowerBound), Constants.range.upperBound)
    }
}
