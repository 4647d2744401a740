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
    /// Of frames with objects, and of frames without: where something appears there, it is taken for an object until the network has
    /// looked, for it would be missed for long.
    private var model = ErrorModel(prior: PolicyConstants.Propagation.prior)
    private var emptyModel = ErrorModel(prior: PolicyConstants.Propagation.emptyPrior)
    private var limit: Double
    /// Loss of drawn frames that were propagated, and what was expected of them.
    private var (lost, predicted) = (0.0, 0.0)
    /// The oldest answer that was compared with a computed one, in frames: one with objects, and one without.
    private var (oldest, oldestEmpty) = (1, 1)
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
        return min(1, scale * (risk.objects > 0 ? model : emptyModel).expected(risk.features) + (risk.objects > 0 ? 0 : risk.appeared))
    }

    /// - Parameter risk: nil where there is nothing to propagate.
    /// - Returns: whether the frame may be propagated; if not, it is computed.
    public mutating func decide(_ risk: PropagationRisk?) -> Bool {
        pending = nil
        if let risk, risk.age <= min((risk.objects > 0 ? oldest : oldestEmpty) * 3 / 2 + 1, Constants.longest) {
            let loss = expected(risk)
            if loss <= limit {
                (pending, computed) = (loss, 0)
                account(loss, counts: risk.objects > 0)
                return true
            }
        }
        recordComputed(hasObjects: risk.map { $0.objects > 0 } ?? false)
        return false
    }

    /// A frame was computed without asking. What it loses itself is the tolerance's business.
    public mutating func recordComputed(hasObjects: Bool = false) {
        computed += 1
        account(0, counts: hasObjects)
    }

    /// Takes a computed frame.
    /// - Parameter loss: of what propagation would have said, 0…1; nil where neither has an object.
    public mutating func learn(_ risk: PropagationRisk, loss: Double?) {
        if risk.objects == 0 {
            oldestEmpty = max(oldestEmpty, risk.age)
            if risk.appeared < Constants.nothing { emptyModel.add(risk.features, loss: loss ?? 0) }
        } else if let loss {
            oldest = max(oldest, risk.age)
            model.add(risk.features, loss: loss)
        }
    }

    /// Takes the loss of the frame in work, which was drawn and propagated.
    public mutating func audit(loss: Double) {
        guard let pending, loss.isFinite else { return }
        lost = Constants.memory * lost + loss
        predicted = Constants.memory * predicted + pending
    }

    /// - Parameter counts: whether the frame counts if nothing is lost: frames without objects on either side do not.
    private mutating func account(_ loss: Double, counts: Bool) {
        limit *= exp(Constants.gain * ((counts ? budget : budget * loss) - loss) / budget)
        limit = min(max(limit, Constants.limits.lowerBound * budget), Constants.limits.upperBound * budget)
    }
}
