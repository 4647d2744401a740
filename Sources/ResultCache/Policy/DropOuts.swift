import Hashing
import Vision

/// Which hits are audited (Potluck's drop-outs): each with the same probability, by a seeded generator, whatever is in the picture.
///
/// Every audit is a run of the model that a hit would have saved. So there are many until the answers are known to be as good as the target
/// asks for, and few from then on: errors are not likely to be twice as many, by the lower end of the interval of the latest audits. They never end: scenes, light and people change, and
/// without audits nobody would notice that answers went stale.
package struct DropOuts: Codable, Sendable, Equatable {
    private typealias Constants = ResultCacheConstants.DropOuts
    private var generator: SeededGenerator
    /// Of the latest audits, oldest first: whether the answers were the same.
    private var latest: [Bool] = []
    private let target: Double
    /// Share of the first hits that are audited.
    private let first: Double

    package init(target: Double, seed: UInt64, first: Double = ResultCacheConstants.DropOuts.firstProbability) {
        (self.target, self.first, generator) = (target, first, SeededGenerator(seed: seed))
    }

    /// As they are after the audits that a threshold has learnt from.
    package mutating func take(auditsOf threshold: SimilarityThreshold) { for audit in threshold.audits { record(isSame: audit.isSame) } }

    /// - Parameter isTried: whether the threshold has been tried by audits at all (`SimilarityThreshold.isTried`).
    func probability(isTried: Bool) -> Double {
        guard isTried else { return first }
        let share = Double(latest.count(where: \.self)) / Double(max(1, latest.count))
        let isProven = Agreement.wilson(share, trials: Double(latest.count)).lowerBound >= 2 * target - 1
        return isProven ? Constants.provenProbability : Constants.probability
    }

    /// - Returns: how many hits this one stands for, if it is to be audited.
    package mutating func next(isTried: Bool) -> Double? {
        let probability = probability(isTried: isTried)
        return Double.random(in: 0..<1, using: &generator) < probability ? 1 / probability : nil
    }

    package mutating func record(isSame: Bool) {
        latest.append(isSame)
        if latest.count > Constants.latest { latest.removeFirst() }
    }
}
