/// How near a crop must be to an entry to be given its answer. It is learnt wherever the model runs: from misses, and from audits of hits.
///
/// Potluck's rule moves the threshold up by a fifth of the way where the model said the same of a crop farther away, and down to a quarter where
/// it said something else of a nearer one. By itself that knows no target: it goes up until audits disagree, falls from there, and one crop that
/// the model itself is not sure of costs nearly all hits for a while. So here the moves are held to what was seen: the threshold is never
/// higher than the distance within which the latest evidence agrees as often as the target asks for, and falls no lower than to it.
package struct SimilarityThreshold: Codable, Sendable, Equatable {
    private typealias Constants = ResultCacheConstants.Threshold

    /// What the model said of a crop, next to what the entries near it say. Distances are those of `Lookup.Hit`.
    package struct Evidence: Codable, Sendable, Equatable {
        let distance: Float
        let isSame: Bool

        package init(distance: Float, isSame: Bool) { (self.distance, self.isSame) = (distance, isSame) }
    }

    private let target: Double
    /// Distance that it began with.
    private let first: Float
    /// Distance up to which a crop is given an entry's answer.
    package private(set) var value: Float
    /// What the evidence allowed when it was last gone through: more that agrees does not make it less.
    private var safe: Float = 0
    /// Of audits, which tell of what is within the threshold, and of misses, which tell of what is beyond: oldest first. Each have places of
    /// their own, so that neither push out the other. Audits count no more than misses, though there are fewer of them than of hits: so that
    /// a thing that rests in front of the camera, and is a hit all day, does not buy errors on everything else.
    private(set) var audits: [Evidence]
    private(set) var misses: [Evidence]

    /// - Parameter first: distance to begin with, as if crops no farther than that had agreed.
    package init(target: Double, first: Float = Constants.first) {
        self.init(target: target, first: first, value: first, audits: [], misses: [])
    }

    /// - Parameters: `value`, `audits`, `misses`: what was learnt before.
    init(target: Double, first: Float = Constants.first, value: Float = Constants.first, audits: [Evidence] = [], misses: [Evidence] = []) {
        (self.target, self.first) = (target, first)
        (self.audits, self.misses) = (audits.suffix(Constants.latest), misses.suffix(Constants.latest))
        self.value = value
        safe = safeDistance
        self.value = min(value, safe)
    }

    /// With what another one, of the same target and beginning, has learnt since it was as this one is.
    ///
    /// - Parameters: `audits`, `misses`: how many pieces of evidence those are; older ones are known here.
    package func adding(_ other: SimilarityThreshold, audits auditCount: Int, misses missCount: Int) -> SimilarityThreshold {
        SimilarityThreshold(
            target: target, first: first, value: other.value, audits: audits + other.audits.suffix(auditCount),
            misses: misses + other.misses.suffix(missCount))
    }

    /// Whether there were audits enough to tell that what it began with is not far off; they are kept with it.
    package var isTried: Bool { audits.count >= ResultCacheConstants.DropOuts.first }

    /// As if crops that differ by noise had agreed: spread evenly up to the distance to begin with.
    private var assumed: [Evidence] {
        (1...Constants.firstCount).map { Evidence(distance: first * Float($0) / Float(Constants.firstCount), isSame: true) }
    }

    /// The largest distance that both halves of the evidence allow, which is dealt out in turn: evidence that chooses among many distances
    /// judges the one it chose too well, and what is luck in one half is seldom luck in the other.
    private var safeDistance: Float {
        (0..<2).map { half in
            let audits = Self.half(half, of: audits)
            // Each audit takes the place of an assumption, of the farthest first: what is assumed would hide errors as long as audits are few.
            let assumed = assumed.prefix(max(0, Constants.firstCount - audits.count))
            return Self.safeDistance(assumed + audits + Self.half(half, of: misses), target: target)
        }.min() ?? 0
    }

    private static func half(_ half: Int, of evidence: [Evidence]) -> [Evidence] {
        stride(from: half, to: evidence.count, by: 2).map { evidence[$0] }
    }

    /// - Complexity: O(n log n) for the n pieces of evidence.
    package mutating func learn(_ evidence: Evidence, isAudit: Bool) {
        if isAudit { Self.add(evidence, to: &audits) } else { Self.add(evidence, to: &misses) }
        let isFarther = evidence.isSame && evidence.distance > value
        let wanted = isFarther ? value + Constants.step * (evidence.distance - value) : value
        // An audit may have taken the place of an assumption.
        let isAssumed = isAudit && audits.count <= 2 * Constants.firstCount
        if !evidence.isSame || isAssumed || wanted > safe { safe = safeDistance }
        value = min(safe, wanted)
    }

    private static func add(_ evidence: Evidence, to latest: inout [Evidence]) {
        latest.append(evidence)
        if latest.count > Constants.latest { latest.removeFirst() }
    }

    /// The largest distance that the evidence allows; 0 where it allows none.
    ///
    /// Of all evidence within, as many have to be the same as the target asks for, by Laplace's rule of succession, so that little evidence is not
    /// enough (18 pieces that all agree, for 0.95). And at its edge no more than twice as many may be different as on the whole: how many are
    /// different there is the isotonic regression's, which knows only that they do not become fewer with the distance. The second condition
    /// does not depend on how often crops are how far from entries, and the first does not let little evidence decide.
    static func safeDistance(_ evidence: some Collection<Evidence>, target: Double) -> Float {
        var (same, count, safe) = (0.0, 0.0, Float(0))
        for block in isotonicBlocks(evidence) {
            guard block.same / block.count >= 2 * target - 1 else { break }
            same += block.same
            count += block.count
            if (same + 1) / (count + 2) >= target { safe = block.distance }
        }
        return safe
    }

    /// A stretch of distances over which the share of same answers is taken for constant.
    struct Block: Equatable {
        var same: Double
        var count: Double
        /// The largest.
        var distance: Float
    }

    /// The share of same answers as a function of the distance that never rises, nearest to the evidence: pool adjacent violators.
    static func isotonicBlocks(_ evidence: some Collection<Evidence>) -> [Block] {
        // Of equal distances, all are within or none.
        var groups: [Block] = []
        for one in evidence.sorted(by: { $0.distance < $1.distance }) {
            if groups.last?.distance != one.distance { groups.append(Block(same: 0, count: 0, distance: one.distance)) }
            groups[groups.count - 1].same += one.isSame ? 1 : 0
            groups[groups.count - 1].count += 1
        }
        var blocks: [Block] = []
        for group in groups {
            blocks.append(group)
            while blocks.count > 1 {
                let last = blocks[blocks.count - 1], before = blocks[blocks.count - 2]
                guard before.same * last.count <= last.same * before.count else { break }
                blocks.removeLast(2)
                blocks.append(Block(same: before.same + last.same, count: before.count + last.count, distance: last.distance))
            }
        }
        return blocks
    }
}
