import Vision

/// Where a box is and how it moves: the Kalman filter of SORT, DeepSORT and ByteTrack, by time instead of frames.
///
/// The state is (centre x, centre y, width, height) and their velocities a `unit`, the interval of the 30 frames a second that the
/// published constants were chosen for; velocities are taken to be constant, and noise grows with the longer side. That is the
/// published filter for boxes that are higher than wide, but for the width: the published state has width / height instead, taken
/// to be next to constant, and what comes in over the border of the picture changes it from 3 to 1/2 within half a second
/// (*BoT-SORT*, Aharon, Orfaig and Bobrovsky, 2022, has the width as well).
///
/// Of the 8 × 8 covariance only a value's terms with itself and with its own velocity can differ from zero, for every matrix
/// involved has that pattern, and they are the same for all four values. So these are exactly four filters of two dimensions each,
/// side by side in the lanes, with one covariance.
struct BoxFilter: Codable, Sendable, Equatable {
    private(set) var position: SIMD4<Double>
    private(set) var velocity = SIMD4<Double>()
    /// Of each value.
    private(set) var positionVariance: Double
    /// Of each value with its velocity.
    private(set) var covariance = 0.0
    private(set) var velocityVariance: Double

    /// A box seen for the first time.
    init(_ bounds: Bounds) {
        position = Self.measurement(bounds)
        let size = Self.size(position)
        positionVariance = Self.variance(size, weight: 2 * Self.positionWeight)
        velocityVariance = Self.variance(size, weight: 10 * Self.velocityWeight)
    }

    /// Where the box is thought to be.
    var bounds: Bounds { Bounds(position[0] - position[2] / 2, position[1] - position[3] / 2, position[2], position[3]) }

    /// Goes on by some time. In units it is the published step, taken so often; any division of an interval comes to the same.
    /// - Parameters:
    ///   - units: of `unit` seconds, 0 or more; they need not be whole.
    ///   - keepsSize: whether the box stops growing or shrinking, as one does that is out of sight.
    mutating func predict(units: Double, keepsSize: Bool) {
        if keepsSize { velocity.highHalf = SIMD2() }
        let positionNoise = Self.variance(size, weight: Self.positionWeight)
        let velocityNoise = Self.variance(size, weight: Self.velocityWeight)
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
    var slack: Double { min(max(positionVariance.squareRoot() - Self.usualDeviation * size, 0), Self.mostSlack * size) }

    /// Standard deviation of the place of a box that was seen for the first time one unit ago, as a share of its longer side.
    private static let usualDeviation = 0.13
    /// Share of the longer side. More pairs what does not belong together: of 0.5 and 1, 0.5 was better on pedestrians
    /// (benchmarks/results/2026-11-29-identity.md).
    private static let mostSlack = 0.5

    /// Takes the box that was seen at the time that was predicted last.
    mutating func correct(_ bounds: Bounds) {
        let innovationVariance = positionVariance + Self.variance(size, weight: Self.positionWeight)
        let (gain, velocityGain) = (positionVariance / innovationVariance, covariance / innovationVariance)
        let innovation = Self.measurement(bounds) - position
        position += gain * innovation
        velocity += velocityGain * innovation
        velocityVariance -= velocityGain * covariance
        covariance -= gain * covariance
        positionVariance -= gain * positionVariance
    }

    /// The longer side, in pixels: what cars move by, and in people what the published constants are shares of.
    private var size: Double { Self.size(position) }

    /// A box of hardly any extent must not have a variance of 0, and predictions shrink below that.
    private static func size(_ position: SIMD4<Double>) -> Double { max(position[2], position[3], 0.01) }

    /// Standard deviations as shares of the longer side; published as 1/20 and 1/160 of the height.
    private static let positionWeight = 1.0 / 20
    private static let velocityWeight = 1.0 / 160

    private static func variance(_ size: Double, weight: Double) -> Double { weight * size * (weight * size) }

    private static func measurement(_ bounds: Bounds) -> SIMD4<Double> {
        SIMD4(bounds.x + bounds.width / 2, bounds.y + bounds.height / 2, bounds.width, bounds.height)
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
