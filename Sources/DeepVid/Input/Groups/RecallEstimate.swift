import Foundation

/// How much of what there is was found, by groups that were drawn from those to be passed over and looked at all the same.
struct RecallEstimate: Codable, Sendable, Equatable {
    /// Seen in frames that were looked at, with those of drawn groups.
    private(set) var found = 0
    /// What would have been missed in groups like the drawn ones that were not drawn: unbiased, as each was drawn with a known probability.
    private(set) var missed = 0.0
    private var missedInDrawn = 0
    private var drawn = 0
    private var drawnWithMisses = 0
    /// Groups that were passed over, and of things in one that would be missed: the most that is likely where none was seen.
    private(set) var passed = 0

    mutating func find(_ count: Int) { found += count }
    mutating func pass() { passed += 1 }

    /// Takes a drawn group, and what would have been missed in it.
    mutating func draw(missed count: Int, probability: Double) {
        drawn += 1
        guard count > 0 else { return }
        drawnWithMisses += 1
        missedInDrawn += count
        missed += Double(count) * (1 - probability) / probability
    }

    /// More turns out to have been in a drawn group of which nothing was known.
    mutating func amend(missed count: Int, probability: Double) {
        drawn = max(0, drawn - 1)
        draw(missed: count, probability: probability)
    }

    /// 0…1; nil where there was nothing to find.
    var recall: Double? {
        let all = Double(found) + missed
        return all > 0 ? Double(found) / all : nil
    }

    /// The same if no group had been drawn: what finds less than it is to find, by itself.
    var recallWithoutDraws: Double? {
        let all = Double(found) + missed
        return all > 0 ? Double(found - missedInDrawn) / all : nil
    }

    /// 95 % interval: that of the share of groups in which something is missed (Clopper and Pearson, 1934), each with as much as was missed
    /// in those that were drawn.
    /// - Parameter typical: how much a group has that has something, where no drawn one had.
    func interval(typical: Double) -> ClosedRange<Double>? {
        guard let recall else { return nil }
        let each = drawnWithMisses > 0 ? Double(missedInDrawn) / Double(drawnWithMisses) : max(1, typical)
        let share = Self.clopperPearson(drawnWithMisses, of: drawn)
        func bound(_ share: Double) -> Double { Double(found) / max(Double(found) + Double(passed) * share * each, 1e-9) }
        let (low, high) = (bound(share.upperBound), bound(share.lowerBound))
        return min(low, recall)...max(high, recall)
    }

    /// The shares of which `count` of `trials` is not unlikely, at 95 %.
    static func clopperPearson(_ count: Int, of trials: Int) -> ClosedRange<Double> {
        guard trials > 0 else { return 0...1 }
        /// Probability of at most `most` successes at `share`.
        func cumulative(_ most: Int, _ share: Double) -> Double {
            guard share > 0 else { return 1 }
            guard share < 1 else { return most >= trials ? 1 : 0 }
            // Logarithms of the number of ways, which outgrows numbers.
            var (sum, ways) = (0.0, 0.0)
            for k in 0...max(most, 0) {
                sum += exp(ways + Double(k) * log(share) + Double(trials - k) * log1p(-share))
                ways += log(Double(trials - k)) - log(Double(k + 1))
            }
            return sum
        }
        /// Where a falling function of the share goes below `level`.
        func root(_ level: Double, _ value: (Double) -> Double) -> Double {
            var (low, high) = (0.0, 1.0)
            for _ in 0..<50 {
                let middle = (low + high) / 2
                if value(middle) > level { low = middle } else { high = middle }
            }
            return (low + high) / 2
        }
        let upper = count == trials ? 1 : root(0.025) { cumulative(count, $0) }
        let lower = count == 0 ? 0 : root(0.975) { cumulative(count - 1, $0) }
        return min(lower, upper)...upper
    }
}
