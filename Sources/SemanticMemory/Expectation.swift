import Foundation

/// What the next frame will show, before it is looked at: what the last one showed, as far as frames follow each other in
/// kind, else what is often shown, or a class that is not known.
struct Expectation {
    /// Probabilities of the last frame's classes; nil before the first.
    private var belief: Chances?
    private var last: Int?
    /// Running share of frames with the answer of the one before.
    private var stays: Float = 0.5
    private static let memory: Float = 0.98
    /// Never more certain than this that nothing changes.
    private static let most: Float = 0.97

    mutating func forget() { (belief, last) = (nil, nil) }

    /// The logarithm of what each class may expect. Classes outside `hot` get what once in a while comes back or comes anew.
    func logarithms(_ hot: [Int], _ classes: HotClasses) -> Chances {
        let count = classes.frequency.count
        var shares = [Float](repeating: 1, count: count)
        for k in hot { shares[k] += Float(classes.score(k)) }
        let sum = shares.reduce(0, +) / (1 - Chances.novelty), stays = last == nil ? 0 : min(stays, Self.most)
        return Chances(
            classes: shares.indices.map { k in
                let before = belief.map { k < $0.classes.count ? $0.classes[k] : 0 } ?? 0
                return log(stays * before + (1 - stays) * shares[k] / sum)
            }, unknown: log(stays * (belief?.unknown ?? 0) + (1 - stays) * Chances.novelty))
    }

    /// - Parameters:
    ///   - probabilities: of the classes; nil leaves them as they were.
    ///   - isNewScene: whether the frame shows another scene than the one before: that the same scene has the same class
    ///     tells nothing of the next one's.
    mutating func saw(_ index: Int, _ probabilities: Chances?, isNewScene: Bool) {
        if isNewScene, let last { stays = Self.memory * stays + (1 - Self.memory) * (last == index ? 1 : 0) }
        last = index
        if let probabilities { belief = probabilities }
    }
}
