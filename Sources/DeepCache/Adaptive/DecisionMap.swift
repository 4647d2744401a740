import Foundation
import Vision

extension ToleranceMap {
    private typealias Constants = PolicyConstants.Map

    /// Spends the error budget where it changes no answer: the tolerance grows with the distance of a score from the
    /// threshold, in logits.
    func follow(_ regions: DecisionRegions, threshold: Float) {
        switch regions {
        case .everywhere: fill(1)
        case .margin(let margin): fill(Self.factor(margin: margin))
        case .candidates(let candidates):
            fill(Constants.background)
            for candidate in candidates {
                limit(to: Self.factor(candidate.score, threshold), around: candidate.box)
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

    /// Lowers the tolerance around objects whose score is so near to what would change the answer that an error of reuse may have decided
    /// it: what they cover is to be looked at again.
    ///
    /// - Parameter objects: of at least `leastDoubtfulScore`.
    /// - Returns: the boxes of those that were computed with more.
    func tighten(around objects: [Candidate], threshold: Float) -> [Corners] {
        let doubtful = objects.filter { object in
            let box = object.box
            return Self.distance(object.score, threshold) < Constants.doubt
                && largest(left: box.left, top: box.top, right: box.right, bottom: box.bottom) > Constants.strong
        }
        for object in doubtful { limit(to: Constants.secondLook, around: object.box) }
        return doubtful.map(\.box)
    }

    /// The score from which on an object that is not reported might be.
    static func leastDoubtfulScore(_ threshold: Float) -> Float { 1 / (1 + exp(Constants.doubt - logit(threshold))) }

    private func limit(to factor: Float, around box: Corners) {
        guard box.left <= box.right, box.top <= box.bottom else { return }
        limit(
            to: factor, left: box.left - Constants.surroundings, top: box.top - Constants.surroundings,
            right: box.right + Constants.surroundings, bottom: box.bottom + Constants.surroundings)
    }

    /// A tie is decided by next to nothing: there hardly anything may be withheld.
    static func factor(margin: Float) -> Float { min(max(margin / Constants.nearMargin, Constants.tie), Constants.clear) }

    /// 1 where a score is about as far from the threshold as two answers that still agree may be from each other.
    static func factor(_ score: Float, _ threshold: Float) -> Float {
        let near = logit(threshold) - logit(Agreement.lenientShare * threshold)
        return min(max(distance(score, threshold) / near, 1), score >= threshold ? Constants.object : Constants.background)
    }

    /// Logits by which a score may move before two answers disagree (`Agreement.lenientShare`).
    private static func distance(_ score: Float, _ threshold: Float) -> Float {
        let score = min(max(score, 0.01), 0.99), lenient = Agreement.lenientShare * threshold
        if score >= threshold { return logit(score) - logit(lenient) }
        return logit(threshold) - logit(min(score, lenient))
    }

    static func logit(_ share: Float) -> Float { log(share / (1 - share)) }
}
