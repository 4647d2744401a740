/// One displacement out of many blocks': their mean, once more without those far from it, rounded.
///
/// DeepCache's rule: a block counts the second time if it deviates from the first mean by less than the mean's own length,
/// both as |x| + |y|. If none does, which is so about a camera at rest, the first mean stands.
struct MotionVote {
    private var votes: [Motion] = []

    mutating func add(_ motion: Motion) { votes.append(motion) }

    var result: Motion {
        guard let first = Self.mean(votes) else { return .none }
        let length = abs(first.x) + abs(first.y)
        let near = votes.filter { abs(Double($0.x) - first.x) + abs(Double($0.y) - first.y) < length }
        let mean = Self.mean(near) ?? first
        return Motion(x: Int(mean.x.rounded()), y: Int(mean.y.rounded()))
    }

    private static func mean(_ votes: [Motion]) -> (x: Double, y: Double)? {
        guard !votes.isEmpty else { return nil }
        let count = Double(votes.count)
        return (Double(votes.reduce(0) { $0 + $1.x }) / count, Double(votes.reduce(0) { $0 + $1.y }) / count)
    }
}
