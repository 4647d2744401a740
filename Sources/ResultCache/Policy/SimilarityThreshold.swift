/// How near a crop must be to an entry to be given its answer. It is learnt wherever the model runs: from misses, and from audits of hits.
///
/// Potluck's rule moves the threshold up by a fifth of the way where the model said the same of a crop farther away, and down to a quarter where
/// it said something else of a nearer one. By itself that knows no target: it goes up until audits disagree, falls from there, and one crop that
/// the model itself is not sure of costs nearly all hits for a while. So here the moves are held to what was seen: the threshold is never
/// higher than the distance within which the latest evidence agrees as often as the target asks for, and falls no lower than to it.
struct SimilarityThreshold: Sendable {
    private typealias Constants = ResultCacheConstants.Threshold

    /// What the model said of a crop, next to the nearest entry.
    struct Evidence: Sendable, Equatable {
        let distance: Float
        let isSame: Bool
    }

    private let target: Double
    /// Distance up to which a crop is given an entry's answer.
    private(set) var value: Float
    /// Oldest first. Audits count no more than misses, though there are fewer of them than of hits: so that a thing that rests in front of
    /// the camera, and is a hit all day, does not buy errors on everything else.
    private(set) var latest: [Evidence] = []

    /// - Parameters: `value`, `latest`: what was learnt before. Without, it begins as if crops that differ by noise had agreed.
    init(target: Double, value: Float = Constants.first, latest: [Evidence] = firstEvidence) {
        (self.target, self.latest) = (target, latest.suffix(Constants.latest))
        self.value = min(value, Self.safeDistance(self.latest, target: target))
    }

    /// Spread evenly up to the distance to begin with.
    static let firstEvidence = (1...Constants.firstCount).map {
        Evidence(distance: Constants.first * Float($0) / Float(Constants.firstCount), isSame: true)
    }

    /// - Complexity: O(n log n) for the n latest pieces of evidence.
    mutating func learn(_ evidence: Evidence) {
        latest.append(evidence)
        if latest.count > Constants.latest { latest.removeFirst() }
        let safe = Self.safeDistance(latest, target: target)
        if value > safe {
            value = safe
        } else if evidence.isSame, evidence.distance > value {
            value = min(safe, value + Constants.step * (evidence.distance - value))
        }
    }

    /// The largest distance of which it is to be expected that evidence within agrees as often as the target asks for: by Laplace's rule of
    /// succession, so that little evidence is not enough (18 pieces that all agree, for 0.95). 0 without one.
    static func safeDistance(_ evidence: [Evidence], target: Double) -> Float {
        var (same, safe) = (0.0, Float(0))
        for (index, one) in evidence.sorted(by: { $0.distance < $1.distance }).enumerated() {
            same += one.isSame ? 1 : 0
            if (same + 1) / Double(index + 3) >= target { safe = one.distance }
        }
        return safe
    }
}
