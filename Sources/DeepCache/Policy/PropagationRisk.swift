/// What may be wrong with a frame that is answered from computed ones before and after it: shares of its objects, by their reasons.
public struct PropagationRisk: Codable, Sendable, Equatable {
    /// Scores may cross the threshold on the way.
    public var scores: Double
    /// Boxes may lie elsewhere than on a straight line.
    public var places: Double
    /// Changes of the picture that no object explains may be objects.
    public var changes: Double

    public init(scores: Double, places: Double, changes: Double) { (self.scores, self.places, self.changes) = (scores, places, changes) }

    func shared(among count: Double) -> PropagationRisk {
        PropagationRisk(scores: min(1, scores / count), places: min(1, places / count), changes: min(1, changes / count))
    }

    package static func + (a: PropagationRisk, b: PropagationRisk) -> PropagationRisk {
        PropagationRisk(scores: a.scores + b.scores, places: a.places + b.places, changes: a.changes + b.changes)
    }

    static func * (a: PropagationRisk, b: PropagationRisk) -> PropagationRisk {
        PropagationRisk(scores: a.scores * b.scores, places: a.places * b.places, changes: a.changes * b.changes)
    }

    static func * (factor: Double, a: PropagationRisk) -> PropagationRisk {
        PropagationRisk(scores: factor * a.scores, places: factor * a.places, changes: factor * a.changes)
    }

    static func / (a: PropagationRisk, b: PropagationRisk) -> PropagationRisk {
        PropagationRisk(scores: a.scores / b.scores, places: a.places / b.places, changes: a.changes / b.changes)
    }

    var sum: Double { scores + places + changes }

    package static let none = PropagationRisk(scores: 0, places: 0, changes: 0)

    func clamped(to range: ClosedRange<Double>) -> PropagationRisk {
        func clamp(_ value: Double) -> Double { min(max(value, range.lowerBound), range.upperBound) }
        return PropagationRisk(scores: clamp(scores), places: clamp(places), changes: clamp(changes))
    }
}

/// What risks came to: the loss to be expected is their sum, each times what it was worth in frames that were compared.
///
/// A compared frame's loss is divided among the reasons in proportion to what each was expected to bring (one step of expectation maximization for a sum of Poisson
/// variables), and a reason's worth is the loss that it got by its risks.
struct RiskWorths: Codable, Sendable {
    private typealias Constants = PolicyConstants.Propagation
    /// Of compared frames, older ones with less weight, and the guess before any.
    private var lost: PropagationRisk
    private var risked: PropagationRisk

    init() { (lost, risked) = (Self.guess.lost, Self.guess.risked) }

    private static let guess = {
        let lost = PropagationRisk(scores: Constants.priorLoss, places: Constants.priorLoss, changes: Constants.priorLoss)
        return (lost: lost, risked: lost / Constants.firstWorths)
    }()

    private var worths: PropagationRisk { (lost / risked).clamped(to: Constants.worths) }

    /// 0…1.
    func expectedLoss(_ risk: PropagationRisk) -> Double { min(1, contribution(of: risk) + Constants.anyRisk) }

    func contribution(of risk: PropagationRisk) -> Double { (worths * risk).sum }

    mutating func learn(_ risk: PropagationRisk, loss: Double, weight: Double) {
        let expected = worths * risk, sum = expected.sum
        guard sum > 0, sum.isFinite, loss.isFinite else { return }
        let memory = Constants.memory
        // The guess does not fade.
        lost = memory * lost + (1 - memory) * Self.guess.lost + weight * loss / sum * expected
        risked = memory * risked + (1 - memory) * Self.guess.risked + weight * risk
    }
}
