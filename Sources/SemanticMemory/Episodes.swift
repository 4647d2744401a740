/// The last frames that the whole network answered, one of each of the latest classes: a scene that is still in view is
/// known from the first taps on.
struct Episodes {
    struct Episode {
        let index: Int
        /// Whitened vectors of all taps, one after the other.
        let vectors: [Float]
        /// How far the answer was ahead of the next, in logits.
        let margin: Float
    }

    /// Latest last.
    private(set) var all: [Episode] = []
    private static let limit = 6
    /// A margin of the network's answer from which frames nearby have the same. CIFAR-10's pictures shaken by a pixel change
    /// it in one frame of 200 there, in one of five at 2.
    private static let sureMargin: Float = 8

    mutating func remember(_ index: Int, _ vectors: [Float], margin: Float) {
        all.removeAll { $0.index == index }
        if all.count == Self.limit { all.removeFirst() }
        all.append(Episode(index: index, vectors: vectors, margin: margin))
    }

    mutating func forget() { all.removeAll() }

    /// What a squared distance may be next to one from a frame whose answer is beyond doubt.
    static func allowance(margin: Float) -> Float {
        let sureness = min(1, max(0, margin) / sureMargin)
        return sureness * sureness
    }

    /// The nearest episode, and its squared distance as a share of the limit; nil when none is within 1.
    ///
    /// - Parameter limit: squared distance per channel.
    func nearest(
        _ z: UnsafePointer<Float>, channels: Int, offset: Int, limit: Float
    ) -> (index: Int, share: Float)? {
        var best: (index: Int, share: Float)?
        for episode in all {
            let allowed = limit * Self.allowance(margin: episode.margin) * Float(channels)
            guard allowed > 0 else { continue }
            let sum = episode.vectors.withUnsafeBufferPointer { squaredDistance(z, $0.baseAddress! + offset, channels) }
            let share = sum / allowed
            if share <= 1, share < best?.share ?? .infinity { best = (episode.index, share) }
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
