/// How near a crop must be to an entry to be given its answer: Potluck's threshold, which learns from what the model says where it runs.
struct SimilarityThreshold: Sendable {
    private(set) var value: Float

    init(value: Float = ResultCacheConstants.Threshold.first) { self.value = value }

    /// - Parameters:
    ///   - distance: to the nearest entry.
    ///   - isSame: whether the model said what the entry says.
    mutating func learn(distance: Float, isSame: Bool) {
        if isSame, distance > value { value = 0.8 * value + 0.2 * distance }
        if !isSame, distance < value { value /= 4 }
    }
}
