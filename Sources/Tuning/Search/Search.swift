import Foundation
import Inference
import Models

/// Which combination is tried next.
///
/// A trial takes seconds, and there are thousands of combinations; the paper's agent (deep Q-learning) wants thousands of trials to learn from. Time
/// and agreement are smooth in a combination's four numbers, and time is known in advance but for a few percent: so a Gaussian process is
/// fitted to the trials made so far, and that combination is tried which promises most time saved, times the probability that it agrees enough
/// (constrained expected improvement: Gardner et al., Bayesian Optimization with Inequality Constraints, 2014).
struct Search {
    /// A combination, where it lies in the space that the process knows, and the share of the untouched model's time that it should take.
    struct Candidate {
        let combination: Combination
        let point: [Double]
        let share: Double

        /// Whether its picture is as small or smaller, each price as high or higher, and its numbers as short or shorter.
        func isHarsher(than other: Candidate) -> Bool {
            point[0] <= other.point[0] && (1..<4).allSatisfy { point[$0] >= other.point[$0] }
        }
    }

    private let candidates: [Candidate]
    private let limits: TuneLimits
    private(set) var trials: [Trial] = []
    /// Combinations that cannot be made.
    private var refused: Set<Combination> = []
    private var turn = 0

    /// Prices are these powers of two; 0 leaves a technique out.
    private static let powers = Array(-5...3)
    /// Where a precision lies between floats and whole numbers, by how much it disagrees; and its share of the time of floats, as measured of
    /// ten networks.
    private static func place(of precision: Precision) -> (coordinate: Double, share: Double) {
        switch precision {
        case .fp32: (0, 1)
        case .bf16: (0.15, 0.8)
        case .int8: (0.6, 0.6)
        }
    }
    /// Added to disagreements before their logarithm is taken: two combinations that never disagree are the same.
    private static let floor = 0.004
    /// By how much a combination falls short that tells of harsher ones: agreement does not fall evenly.
    private static let slack = 0.02
    /// A next trial promises at least this share of the time, or the search is over.
    private static let leastPromise = 0.002
    /// Steps from the target to full agreement that trials aim at, in turns: so that the front is known around the target, too.
    private static let aims = [0.0, 0.0, 0.5, 0.0, -1.0]

    /// - Parameters:
    ///   - precisions: that this CPU has.
    ///   - sizes: with how large a picture is in them, as a share of what it is in the model's own size.
    ///   - saving: what a technique saves at a price, as a share of the time.
    init(
        sizes: [(width: Int, height: Int, scale: Double)], precisions: [Precision] = [.fp32], original: Combination,
        limits: TuneLimits,
        saving: (Technique, _ price: Double) throws(DeepVidError) -> Double
    ) throws(DeepVidError) {
        var candidates: [Candidate] = []
        let prices = [0.0] + Self.powers.map { exp2(Double($0)) }
        let pruned = try prices.map { (price) throws(DeepVidError) in price > 0 ? try saving(.channelPruning, price) : 0 }
        let thinned = try prices.map { (price) throws(DeepVidError) in price > 0 ? try saving(.lowRank, price) : 0 }
        for (pruning, price) in prices.enumerated() {
            for (rank, other) in prices.enumerated() {
                var combination = original
                (combination.pruning, combination.lowRank) = (price, other)
                let saved = min(pruned[pruning] + thinned[rank], 0.9)
                for size in sizes {
                    (combination.width, combination.height) = (size.width, size.height)
                    let area = Double(size.width * size.height) / Double(original.width * original.height)
                    for precision in precisions {
                        combination.precision = precision
                        let (coordinate, share) = Self.place(of: precision)
                        candidates.append(
                            Candidate(
                                combination: combination,
                                point: [
                                    1.5 * log2(size.scale), 1.5 * Double(pruning) / Double(prices.count),
                                    1.5 * Double(rank) / Double(prices.count), coordinate,
                                ],
                                share: area * (1 - saved) * share))
                    }
                }
            }
        }
        (self.candidates, self.limits) = (candidates, limits)
    }

    /// Times of all trials are brought to those of the fastest minute that the untouched model, the first trial, was seen in.
    mutating func add(_ trial: Trial) {
        trials.append(trial)
        let original = trials.map { $0.milliseconds * $0.speedup }.min() ?? 0
        for index in trials.indices { trials[index].milliseconds = original / trials[index].speedup }
    }
    mutating func refuse(_ combination: Combination) { refused.insert(combination) }

    /// The next combination to try; nil where none promises anything.
    mutating func next() -> Combination? {
        let tried = Set(trials.map(\.combination)).union(refused)
        let known = trials.compactMap { trial in candidates.first { $0.combination == trial.combination }.map { ($0, trial) } }
        guard let base = trials.first, known.count > 1 else { return candidates.first { !tried.contains($0.combination) }?.combination }
        let points = known.map(\.0.point)
        guard let losses = GaussianProcess(points, known.map { log(1 - $0.1.agreement + Self.floor) }),
            let times = GaussianProcess(points, known.map { log($0.1.milliseconds / (base.milliseconds * $0.0.share)) })
        else { return nil }
        for _ in Self.aims {
            let aim = Self.aims[turn % Self.aims.count]
            turn += 1
            let target = min(max(limits.agreement + aim * (1 - limits.agreement), 0.5), 0.999)
            let best = trials.filter { $0.agreement >= target }.map(\.milliseconds).min() ?? base.milliseconds
            var chosen: (combination: Combination, promise: Double)?
            for candidate in candidates where !tried.contains(candidate.combination) {
                // What is harsher in every respect than a combination that fell short falls short, too.
                guard !known.contains(where: { $0.1.agreement < target - Self.slack && candidate.isHarsher(than: $0.0) }) else { continue }
                let milliseconds = base.milliseconds * candidate.share * exp(times.predict(candidate.point).mean)
                let gain = (best - milliseconds) / base.milliseconds
                guard gain > Self.leastPromise, gain > chosen?.promise ?? 0 else { continue }
                let promise = gain * losses.probability(candidate.point, below: log(1 - target + Self.floor))
                if promise > chosen?.promise ?? Self.leastPromise { chosen = (candidate.combination, promise) }
            }
            if let chosen { return chosen.combination }
        }
        return nil
    }
}
