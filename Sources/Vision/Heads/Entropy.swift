import Glibc

/// Shannon's entropy in nats: 0 for what is certain.
enum Entropy {
    /// Of classes of which one is true (paper of CacheNet, equation 14); log(count) for what is undefined, as nothing is known then.
    ///
    /// - Parameter weights: 0 or more, up to a common factor.
    static func categorical(_ weights: [Float]) -> Double {
        let sum = weights.reduce(0.0) { $0 + Double($1) }
        guard weights.count > 1 else { return 0 }
        guard sum > 0, sum.isFinite, weights.allSatisfy({ $0 >= 0 }) else { return log(Double(weights.count)) }
        return weights.reduce(0.0) { entropy, weight in
            let p = Double(weight) / sum
            return p > 0 ? entropy - p * log(p) : entropy
        }
    }

    /// Of something that is so with probability `p`, clipped to 0…1; log(2) for what is undefined.
    static func binary(_ p: Float) -> Double {
        guard !p.isNaN else { return log(2) }
        let p = min(max(Double(p), 0), 1)
        return [p, 1 - p].reduce(0.0) { $1 > 0 ? $0 - $1 * log($1) : $0 }
    }
}
