/// The last frames that were answered by more than their scene, one of each of the latest classes: a scene that is still in
/// view is known from the first taps on.
struct Episodes {
    struct Episode {
        let index: Int
        /// Whitened vectors of all taps, one after the other.
        var vectors: [Float]
        /// How many taps those are of.
        let seen: Int
        /// How far the answer was ahead of the next, in logits.
        let margin: Float
        /// The chance that the answer is wrong; 0 for the network's.
        let risk: Double
    }

    /// Latest last.
    private(set) var all: [Episode] = []
    private static let limit = 6
    /// A margin of the network's answer from which frames nearby have the same.
    static let sureMargin: Float = 2

    mutating func remember(_ index: Int, _ vectors: [Float], seen: Int, margin: Float, risk: Double) {
        all.removeAll { $0.index == index }
        if all.count == Self.limit { all.removeFirst() }
        all.append(Episode(index: index, vectors: vectors, seen: seen, margin: margin, risk: risk))
    }

    mutating func forget() { all.removeAll() }

    /// The nearest episode, and its squared distance as a share of the limit; nil when none is within 1.
    ///
    /// - Parameter limit: squared distance per channel.
    func nearest(
        _ z: UnsafePointer<Float>, tap: Int, channels: Int, offset: Int, limit: Float
    ) -> (index: Int, share: Float, risk: Double)? {
        var best: (index: Int, share: Float, risk: Double)?
        for episode in all where episode.margin > 0 && episode.seen > tap {
            let sureness = min(1, episode.margin / Self.sureMargin), allowed = limit * sureness * sureness * Float(channels)
            guard allowed > 0 else { continue }
            let sum = episode.vectors.withUnsafeBufferPointer { squaredDistance(z, $0.baseAddress! + offset, channels) }
            let share = sum / allowed
            if share <= 1, share < best?.share ?? .infinity { best = (episode.index, share, episode.risk) }
        }
        return best
    }
}

func squaredDistance(_ a: UnsafePointer<Float>, _ b: UnsafePointer<Float>, _ count: Int) -> Float {
    var lanes = SIMD8<Float>(), c = 0
    while c + 8 <= count {
        var difference = SIMD8<Float>()
        for i in 0..<8 { difference[i] = a[c + i] - b[c + i] }
        lanes += difference * difference
        c += 8
    }
    var sum = lanes.sum()
    while c < count {
        sum += (a[c] - b[c]) * (a[c] - b[c])
        c += 1
    }
    return sum
}
