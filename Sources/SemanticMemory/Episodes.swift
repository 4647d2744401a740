/// The last frames that went through the whole network, one of each of the latest classes: a scene that is still in view
/// is known from the first taps on.
struct Episodes {
    struct Episode {
        let index: Int
        /// Whitened vectors of all taps, one after the other.
        var vectors: [Float]
        /// How far the network's answer was ahead of the next, in logits.
        var margin: Float
    }

    /// Latest last.
    private(set) var all: [Episode] = []
    private static let limit = 6
    /// A margin of the network's answer from which frames nearby have the same.
    static let sureMargin: Float = 2

    mutating func remember(_ index: Int, _ vectors: [Float], margin: Float) {
        all.removeAll { $0.index == index }
        if all.count == Self.limit { all.removeFirst() }
        all.append(Episode(index: index, vectors: vectors, margin: margin))
    }

    mutating func forget() { all.removeAll() }

    /// The nearest episode, and its squared distance as a share of the limit; nil when none is within 1.
    ///
    /// - Parameter limit: squared distance per channel.
    func nearest(_ z: UnsafePointer<Float>, channels: Int, offset: Int, limit: Float) -> (index: Int, share: Float)? {
        var best: (index: Int, share: Float)?
        for episode in all where episode.margin > 0 {
            let allowed = limit * min(1, episode.margin / Self.sureMargin) * Float(channels)
            guard allowed > 0 else { continue }
            var sum: Float = 0
            episode.vectors.withUnsafeBufferPointer { vector in
                var lanes = SIMD8<Float>()
                var c = 0
                while c + 8 <= channels {
                    var difference = SIMD8<Float>()
                    for i in 0..<8 { difference[i] = z[c + i] - vector[offset + c + i] }
                    lanes += difference * difference
                    c += 8
                }
                sum = lanes.sum()
                while c < channels {
                    let difference = z[c] - vector[offset + c]
                    sum += difference * difference
                    c += 1
                }
            }
            let share = sum / allowed
            if share <= 1, share < best?.share ?? .infinity { best = (episode.index, share) }
        }
        return best
    }
}
