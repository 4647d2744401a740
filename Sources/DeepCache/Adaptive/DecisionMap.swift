import Foundation
import Vision

extension ToleranceMap {
    private typealias Constants = PolicyConstants.Map

    /// Spends the error budget where it changes no answer: the tolerance grows with the distance of a score from the
    /// threshold, in logits. Of several models the most careful one decides, place by place.
    func follow(_ models: [(regions: DecisionRegions, threshold: Float)]) {
        let factors = models.map { (model) -> Float in
            switch model.regions {
            case .everywhere: 1
            case .margin(let margin): Self.factor(margin: margin)
            case .candidates: Constants.background
            }
        }
        fill(factors.min() ?? 1)
        for case (.candidates(let candidates), let threshold) in models {
            for candidate in candidates {
                let box = candidate.box
                guard box.left <= box.right, box.top <= box.bottom else { continue }
                limit(
                    to: Self.factor(candidate.score, threshold), left: box.left - Constants.surroundings,
                    top: box.top - Constants.surroundings, right: box.right + Constants.surroundings,
                    bottom: box.bottom + Constants.surroundings)
            }
        }
    }

    /// Lowers the tolerance where something came, moved or went, until the scores have been looked at again.
    func tighten(around blocks: [(columns: Range<Int>, rows: Range<Int>)]) {
        for (columns, rows) in blocks {
            limit(
                to: Constants.strong, left: Float(columns.lowerBound) - Constants.reach, top: Float(rows.lowerBound) - Constants.reach,
                right: Float(columns.upperBound) + Constants.reach, bottom: Float(rows.upperBound) + Constants.reach)
        }
    }

    /// A tie is decided by next to nothing: there hardly anything may be withheld.
    static func factor(margin: Float) -> Float { min(max(margin / Constants.nearMargin, Constants.tie), Constants.clear) }

    /// 1 where a score is about as far from the threshold as two answers that still agree may be from each other
    /// (`Agreement.lenientShare`).
    static func factor(_ score: Float, _ threshold: Float) -> Float {
        let score = min(max(score, 0.01), 0.99), lenient = Agreement.lenientShare * threshold
        let near = logit(threshold) - logit(lenient)
        let distance = score >= threshold ? logit(score) - logit(lenient) : score <= lenient ? logit(threshold) - logit(score) : near
        return min(max(distance / near, 1), score >= threshold ? Constants.object : Constants.background)
    }

    static func logit(_ share: Float) -> Float { log(share / (1 - share)) }
}
