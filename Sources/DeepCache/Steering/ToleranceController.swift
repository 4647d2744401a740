import Foundation

/// Holds the agreement at its target by moving one tolerance, so that no one tunes it by hand.
///
/// Few frames are audited and few of those disagree, so counting disagreements would take hours to tell 0.99 from 0.98.
/// Each audit measures instead how far reuse moved every score, and how far every score is from a disagreement. Errors
/// grow with the tolerance; from the two the expected disagreement at any tolerance follows, and the tolerance that
/// the target allows. Disagreements that were seen correct the estimate.
public struct ToleranceController: Sendable {
    public let target: Double
    public private(set) var epsilon: Float
    /// Audited frames that had something to agree on.
    public private(set) var audits = 0
    private var sum = 0.0
    private var recent: [Observation] = []

    private struct Observation {
        var frame: AuditedFrame
        var epsilon: Float
        /// The disagreement that the earlier frames let expect.
        var expected: Double
    }

    /// Where agreement with most models and scenes is above the usual target.
    private static let start: Float = 0.012
    private static let range: ClosedRange<Float> = 0.001...0.3
    /// Audits looked back upon: scenes change.
    private static let memory = 24
    /// Steps are limited, for the estimate holds near the tolerance at which errors were measured.
    private static let step: ClosedRange<Float> = 0.4...1.6
    /// Disagreement that is believed before any is seen: keeps the first surprises from ruling.
    private static let prior = 0.1
    /// Scores measured before the estimate is trusted.
    private static let leastErrors = 3

    /// - Parameter target: 1 keeps the tolerance at zero.
    public init(target: Double, start: Float? = nil) {
        self.target = target
        epsilon = target >= 1 ? 0 : start ?? Self.start
    }

    /// Mean of the audits; nil before the first.
    public var agreement: Double? { audits > 0 ? sum / Double(audits) : nil }

    /// Takes an audited frame and moves the tolerance. Complexity: O(errors · distances · steps) over the last audits.
    public mutating func add(_ frame: AuditedFrame) {
        if let agreement = frame.agreement {
            audits += 1
            sum += agreement
        }
        guard target < 1 else { return }
        let expected = disagreement(at: epsilon)
        recent = (recent + [Observation(frame: frame, epsilon: epsilon, expected: expected)]).suffix(Self.memory)
        guard recent.reduce(0, { $0 + $1.frame.errors.count }) >= Self.leastErrors else { return followAgreement(frame) }
        let allowed = (1 - target) / correction
        var (low, high) = (epsilon * Self.step.lowerBound, epsilon * Self.step.upperBound)
        for _ in 0..<12 {
            let middle = (low * high).squareRoot()
            if disagreement(at: middle) > allowed { high = middle } else { low = middle }
        }
        epsilon = min(max(low, Self.range.lowerBound), Self.range.upperBound)
    }

    /// With too few scores for an estimate, what was seen has to do.
    private mutating func followAgreement(_ frame: AuditedFrame) {
        guard let agreement = frame.agreement else { return }
        let factor = agreement == 1 ? 1.15 : max(Self.step.lowerBound, 1 - 3 * Float(1 - agreement))
        epsilon = min(max(epsilon * factor, Self.range.lowerBound), Self.range.upperBound)
    }

    /// Seen over expected disagreements.
    private var correction: Double {
        let counted = recent.filter { $0.frame.agreement != nil }
        let seen = counted.reduce(0) { $0 + 1 - $1.frame.agreement! }, expected = counted.reduce(0) { $0 + $1.expected }
        return (seen + Self.prior) / (expected + Self.prior)
    }

    /// Expected share of answers that disagree, if scores moved in proportion to the tolerance.
    private func disagreement(at epsilon: Float) -> Double {
        let errors = recent.flatMap { seen in seen.frame.errors.map { $0 / seen.epsilon * epsilon } }.sorted()
        guard !errors.isEmpty else { return 0 }
        var sum = 0.0, frames = 0.0
        for frame in recent.map(\.frame) {
            // Half of the errors lead away from the border.
            let lost = frame.distances.reduce(0.0) { $0 + 0.5 * Double(errors.count - errors.firstIndex(above: $1)) / Double(errors.count) }
            sum += lost / Double(max(1, frame.answers))
            frames += frame.answers > 0 ? 1 : min(1, lost)
        }
        return frames > 0 ? min(1, sum / frames) : 0
    }
}

extension [Float] {
    /// Index of the first element above `value` in a sorted array.
    fileprivate func firstIndex(above value: Float) -> Int {
        var (low, high) = (0, count)
        while low < high {
            let middle = (low + high) / 2
            if self[middle] > value { high = middle } else { low = middle + 1 }
        }
        return low
    }
}
