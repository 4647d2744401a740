import Hashing

/// Draws the frames that tell how well reuse agrees: one of each stretch of frames, at a place that a seeded generator chose before any
/// of them was seen. What is in the picture has no influence on it.
public struct AuditSampler: Codable, Sendable {
    private typealias Constants = PolicyConstants.Sampling
    private var generator: SeededGenerator
    /// Frames of the stretch that are to come, and that up to the drawn one; negative after it.
    private var (left, untilDrawn) = (0, -1)
    /// Frames that the drawn one stands for.
    public private(set) var weight = 1.0

    /// How long every stretch is; nil goes by what is saved.
    private let stretch: Int?

    public init(seed: UInt64, stretch: Int? = nil) { (generator, self.stretch) = (SeededGenerator(seed: seed), stretch) }

    /// Moves on to the next frame.
    ///
    /// - Parameters:
    ///   - cost: mean cost of a frame so far, next to 1 for computing it in full: what is saved pays for audits,
    ///     and where next to nothing is spent, they may not be most of it.
    ///   - isUncertain: whether what was audited so far leaves open whether the target is kept.
    /// - Returns: whether the frame is drawn.
    public mutating func next(cost: Double, isUncertain: Bool) -> Bool {
        if left == 0 {
            let share = isUncertain ? Constants.uncertainShare : Constants.certainShare
            let own = cost.isFinite ? min(max(cost, 0), 1) : 1
            let length = 1 / max(min(share * (1 - own), Constants.spentShare * own), 1e-9)
            left = stretch ?? Int(min(max(length, Double(Constants.stretch.lowerBound)), Double(Constants.stretch.upperBound)))
            (weight, untilDrawn) = (Double(left), Int.random(in: 0..<left, using: &generator))
        }
        defer { (left, untilDrawn) = (left - 1, untilDrawn - 1) }
        return untilDrawn == 0
    }
}
