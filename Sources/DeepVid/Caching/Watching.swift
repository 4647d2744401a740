import DeepCache
import Foundation
import Vision

extension ToleranceMap {
    /// Times the tolerance next to a score at the threshold, where nothing comes near an answer.
    static let background: Float = 30
    /// The same for objects well above the threshold: their boxes still have to follow.
    private static let object: Float = 3
    /// The same for a classification that is beyond doubt.
    private static let clear: Float = 10
    /// Mean |difference| of a block, in levels, that noise and changes of light do not make: something came, moved or went.
    static let strongDifference: Float = 10
    /// The factor where something did: whoever enters a quiet scene must be seen at once.
    private static let strong: Float = 0.5
    /// Around such a block, in input pixels.
    private static let reach: Float = 8
    /// An object's surroundings that belong to its answer, in input pixels.
    private static let surroundings: Float = 16
    /// A difference of logits between two classes that counts as near.
    static let nearMargin: Float = 0.5

    /// Spends the error budget where it moves no answer: the tolerance grows with the distance of a score from the
    /// threshold, in logits.
    func follow(_ regions: DecisionRegions, threshold: Float) {
        switch regions {
        case .everywhere: fill(1)
        case .margin(let margin): fill(Self.factor(margin: margin))
        case .candidates(let candidates):
            fill(Self.background)
            for candidate in candidates {
                let box = candidate.box
                guard box.left <= box.right, box.top <= box.bottom else { continue }
                limit(
                    to: Self.factor(candidate.score, threshold), left: box.left - Self.surroundings, top: box.top - Self.surroundings,
                    right: box.right + Self.surroundings, bottom: box.bottom + Self.surroundings)
            }
        }
    }

    /// Lowers the tolerance where something came, moved or went, until the scores have been looked at again.
    func heed(_ blocks: [(columns: Range<Int>, rows: Range<Int>)]) {
        for (columns, rows) in blocks {
            limit(
                to: Self.strong, left: Float(columns.lowerBound) - Self.reach, top: Float(rows.lowerBound) - Self.reach,
                right: Float(columns.upperBound) + Self.reach, bottom: Float(rows.upperBound) + Self.reach)
        }
    }

    /// A tie is decided by next to nothing: there hardly anything may be withheld.
    static func factor(margin: Float) -> Float { min(max(margin / nearMargin, 0.02), clear) }

    /// 1 where a score is about as far from the threshold as two answers that still agree may be from each other
    /// (`Agreement`: three quarters of the threshold).
    static func factor(_ score: Float, _ threshold: Float) -> Float {
        let score = min(max(score, 0.01), 0.99), lenient = 0.75 * threshold
        let near = logit(threshold) - logit(lenient)
        let distance = score >= threshold ? logit(score) - logit(lenient) : score <= lenient ? logit(threshold) - logit(score) : near
        return min(max(distance / near, 1), score >= threshold ? object : background)
    }

    static func logit(_ share: Float) -> Float { log(share / (1 - share)) }
}
