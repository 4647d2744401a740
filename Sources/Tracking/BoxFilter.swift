import Vision

/// Where a box is and how it moves: the Kalman filter of SORT, DeepSORT and ByteTrack, by time instead of frames.
///
/// The state is (centre x, centre y, aspect = width / height, height) and their velocities a `unit`, the interval of the 30
/// frames a second that the published constants were chosen for; velocities are taken to be constant, and noise grows with
/// the height. Of the published 8 × 8 covariance only a value's terms with itself and with its own velocity can differ from
/// zero, for every matrix involved has that pattern. So these are exactly four filters of two dimensions each, side by side
/// in the lanes.
struct BoxFilter: Codable, Sendable, Equatable {
    private(set) var position: SIMD4<Double>
    private(set) var velocity = SIMD4<Double>()
    private(set) var positionVariance: SIMD4<Double>
    /// Of a value with its velocity.
    private(set) var covariance = SIMD4<Double>()
    private(set) var velocityVariance: SIMD4<Double>

    /// A box seen for the first time.
    init(_ bounds: Bounds) {
        position = Self.measurement(bounds)
        positionVariance = Self.variance(height: position[3], weight: 2 * Self.positionWeight, aspect: 1e-2)
        velocityVariance = Self.variance(height: position[3], weight: 10 * Self.velocityWeight, aspect: 1e-5)
    }

    /// Where the box is thought to be.
    var bounds: Bounds {
        let (width, height) = (position[2] * position[3], position[3])
        return Bounds(position[0] - width / 2, position[1] - height / 2, width, height)
    }

    /// Goes on by some time. In units it is the published step, taken so often; any division of an interval comes to the same.
    /// - Parameters:
    ///   - units: of `unit` seconds, 0 or more; they need not be whole.
    ///   - keepsHeight: whether the box stops growing or shrinking, as one does that is out of sight.
    mutating func predict(units: Double, keepsHeight: Bool) {
        if keepsHeight { velocity[3] = 0 }
        let height = position[3]
        let positionNoise = Self.variance(height: height, weight: Self.positionWeight, aspect: 1e-2)
        let velocityNoise = Self.variance(height: height, weight: Self.velocityWeight, aspect: 1e-5)
        // Sums of k and of k² over the steps k = 0, 1, … units − 1: for how many steps each step's velocity noise has moved the box.
        let steps = units * (units - 1) / 2, squares = steps * (2 * units - 1) / 3
        position += units * velocity
        positionVariance += units * (2 * covariance + units * velocityVariance)
        positionVariance += units * positionNoise + squares * velocityNoise
        covariance += units * velocityVariance + steps * velocityNoise
        velocityVariance += units * velocityNoise
    }

    /// In seconds.
    static let unit = 1.0 / 30

    /// How far the box may be from where it is thought to be, to either side, beyond what the published limits of overlap
    /// allow for: pixels, 0 as long as the box was seen one `unit` ago.
    var slack: Double {
        let height = position[3], deviation = positionVariance[0].squareRoot()
        return min(max(deviation - Self.usualDeviation * height, 0), Self.mostSlack * height)
    }

    /// Standard deviation of the place of a box that was seen for the first time one unit ago, as a share of its height.
    private static let usualDeviation = 0.13
    /// Share of the height. More pairs what does not belong together: of 0.5 and 1, 0.5 was better on pedestrians
    /// (benchmarks/results/2026-11-29-identity.md).
    private static let mostSlack = 0.5

    /// Takes the box that was seen at the time that was predicted last.
    mutating func correct(_ bounds: Bounds) {
        let noise = Self.variance(height: position[3], weight: Self.positionWeight, aspect: 1e-1)
        let innovationVariance = positionVariance + noise
        let (gain, velocityGain) = (positionVariance / innovationVariance, covariance / innovationVariance)
        let innovation = Self.measurement(bounds) - position
        position += gain * innovation
        velocity += velocityGain * innovation
        velocityVariance -= velocityGain * covariance
        covariance -= gain * covariance
        positionVariance -= gain * positionVariance
    }

    /// Standard deviations as shares of the height; published as 1/20 and 1/160.
    private static let positionWeight = 1.0 / 20
    private static let velocityWeight = 1.0 / 160

    private static func variance(height: Double, weight: Double, aspect: Double) -> SIMD4<Double> {
        let deviation = SIMD4(weight * height, weight * height, aspect, weight * height)
        return deviation * deviation
    }

    private static func measurement(_ bounds: Bounds) -> SIMD4<Double> {
        // A box of hardly any height must not make the aspect infinite.
        SIMD4(bounds.x + bounds.width / 2, bounds.y + bounds.height / 2, bounds.width / max(bounds.height, 0.01), bounds.height)
    }
}

/// A box's left and top edges, width and height: a `Box` in the double precision that the filter needs.
typealias Bounds = SIMD4<Double>

extension Box {
    var bounds: Bounds { Bounds(Double(x), Double(y), Double(width), Double(height)) }
}

extension Bounds {
    var width: Double { z }
    var height: Double { w }

    /// By a margin on every side.
    func grown(by margin: Double) -> Bounds { Bounds(x - margin, y - margin, width + 2 * margin, height + 2 * margin) }

    /// Share of the union that both cover, 0…1; 0 where either is empty. Neither may be undefined.
    func intersectionOverUnion(_ other: Bounds) -> Double {
        let both = intersection(other), union = area + other.area - both
        return both > 0 && union > 0 && union.isFinite ? both / union : 0
    }

    /// Share of the smaller one that both cover, 0…1.
    func shareInCommon(with other: Bounds) -> Double {
        let both = intersection(other)
        return both > 0 ? both / Swift.min(area, other.area) : 0
    }

    private var area: Double { width * height }

    private func intersection(_ other: Bounds) -> Double {
        let commonWidth = Swift.min(x + width, other.x + other.width) - Swift.max(x, other.x)
        let commonHeight = Swift.min(y + height, other.y + other.height) - Swift.max(y, other.y)
        return commonWidth > 0 && commonHeight > 0 ? commonWidth * commonHeight : 0
    }
}
