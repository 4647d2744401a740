import Foundation

/// Decides which frames are answered without running the network, so that the mean loss is what the target allows.
///
/// A frame is propagated while its expected loss is below a limit; the limit rises while less was lost than allowed, and falls else. So
/// quiet stretches save what busy ones need. Every computed frame tells what propagation would have lost there (`ErrorModel`), and frames
/// drawn at random correct the sum of it.
public struct PropagationController: Codable, Sendable {
    private typealias Constants = PolicyConstants.Propagation
    /// Mean loss to hold, 0…1.
    private let budget: Double
    private var model = ErrorModel()
    private var limit: Double
    /// Loss of drawn frames that were propagated, and what was expected of them.
    private var (lost, predicted) = (0.0, 0.0)
    /// The oldest answer that was compared with a computed one, in frames.
    private var oldest = 1
    /// Computed frames running.
    private var computed = 0
    /// Expected loss of the frame in work, if it is propagated.
    private var pending: Double?

    /// - Parameter target: agreement to hold, below 1.
    public init(target: Double) {
        budget = max(Constants.margin * (1 - target), 1e-4)
        limit = budget
    }

    /// Whether nothing could be propagated for so long that pictures need not be compared for it.
    public var isHopeless: Bool { computed >= Constants.patience }

    /// Which share of the frame's objects will be wrong if it is propagated.
    public func expected(_ risk: PropagationRisk) -> Double {
        let prior = Constants.priorLoss * budget
        let scale = min(max((lost + prior) / (predicted + prior), Constants.scale.lowerBound), Constants.scale.upperBound)
        return min(1, scale * model.expected(risk.features))
    }

    /// - Returns: whether the frame may be propagated; nil risk: there is nothing to propagate.
    public mutating func decide(_ risk: PropagationRisk?) -> Bool {
        pending = nil
        guard let risk, risk.age <= min(2 * oldest + 1, Constants.longest) else { return false }
        let loss = expected(risk)
        guard loss <= limit else { return false }
        pending = loss
        computed = 0
        if risk.objects > 0 || risk.appeared > 0 { account(loss) }
        return true
    }

    /// The frame was computed. What it loses itself is the tolerance's business.
    public mutating func recordComputed() {
        computed += 1
        account(0)
    }

    /// Takes a computed frame.
    /// - Parameter loss: of what propagation would have said, 0…1; nil where neither has an object.
    public mutating func learn(_ risk: PropagationRisk, loss: Double?) {
        oldest = max(oldest, risk.age)
        if let loss { model.add(risk.features, loss: loss) }
    }

    /// Takes the loss of the frame in work, which was drawn and propagated.
    public mutating func audit(loss: Double) {
        guard let pending, loss.isFinite else { return }
        lost = Constants.memory * lost + loss
        predicted = Constants.memory * predicted + pending
    }

    private mutating func account(_ loss: Double) {
        limit *= exp(Constants.gain * (budget - loss) / budget)
        limit = min(max(limit, Constants.limits.lowerBound * budget), Constants.limits.upperBound * budget)
    }
}
