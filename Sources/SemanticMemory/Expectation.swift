import Foundation

/// What the next frame will show, before it is looked at: what the last one showed, as far as frames follow each other in
/// kind, else what is often shown.
struct Expectation {
    /// Probabilities of the last frame's classes; empty before the first.
    private var belief: [Float] = []
    private var last: Int?
    /// Running share of frames with the answer of the one before.
    private var stays = 0.5
    private static let memory = 0.98
    /// Never more certain than this that nothing changes.
    private static let most = 0.97

    mutating func forget() { (belief, last) = ([], nil) }

    /// The logarithm of what each class may expect. Classes outside `hot` get what once in a while comes back or comes anew.
    func logarithms(_ hot: [Int], _ classes: HotClasses) -> [Float] {
        let count = classes.frequency.count, floor = 1.0
        var shares = [Double](repeating: floor, count: count)
        for k in hot { shares[k] += classes.score(k) }
        let sum = shares.reduce(0, +), stays = last == nil ? 0 : min(stays, Self.most)
        return shares.indices.map { k in
            let before = k < belief.count ? Double(belief[k]) : 0
            return Float(log(stays * before + (1 - stays) * shares[k] / sum))
        }
    }

    /// - Parameters:
    ///   - probabilities: of the classes; nil leaves them as they were.
    ///   - isNewScene: whether the frame shows another scene than the one before: that the same scene has the same class
    ///     tells nothing of the next one's.
    mutating func saw(_ index: Int, _ probabilities: [Float]?, isNewScene: Bool) {
        if isNewScene, let last { stays = Self.memory * stays + (1 - Self.memory) * (last == index ? 1 : 0) }
        last = index
        if let probabilities { belief = probabilities }
    }
}

/// Normalises logarithms of likelihoods to probabilities, in place; returns the best and the logarithm of its odds against
/// all others.
func normalize(_ logarithms: inout [Float]) -> (index: Int, logOdds: Double) {
    var index = 0
    for k in logarithms.indices where logarithms[k] > logarithms[index] { index = k }
    let top = logarithms[index]
    guard top > -.infinity else { return (index, -.infinity) }
    var others: Float = 0
    for k in logarithms.indices {
        // exp(−40) is nothing beside 1.
        let value = logarithms[k] - top > -40 ? exp(logarithms[k] - top) : 0
        logarithms[k] = value
        if k != index { others += value }
    }
    for k in logarithms.indices { logarithms[k] /= 1 + others }
    return (index, others > 0 ? -log(Double(others)) : 40)
}
