import Foundation

/// A number for each known class, and one for an unknown class (any that the memory does not have): a prior or a posterior, as
/// probabilities or as their logarithms.
struct ClassProbabilities {
    var classes: [Float]
    var unknown: Float

    /// Logarithms of the prior under which `count` classes are equally likely. - Parameter novelty: probability of an unknown class.
    static func uniform(_ count: Int, novelty: Float) -> ClassProbabilities {
        ClassProbabilities(classes: Array(repeating: log((1 - novelty) / Float(max(1, count))), count: count), unknown: log(novelty))
    }

    /// The unnormalized logarithm of the posterior: prior times likelihood.
    ///
    /// - Parameter scores: of the classes, and of an unknown one, at an exit layer.
    static func posterior(
        prior: ClassProbabilities, scores: [Float], unknown: Float, inverseTemperature: Float
    ) -> ClassProbabilities {
        ClassProbabilities(
            classes: scores.indices.map { inverseTemperature * scores[$0] + prior.classes[$0] },
            unknown: inverseTemperature * unknown + prior.unknown)
    }

    /// Beyond this a logarithm of odds says nothing more: exp(−40) vanishes beside 1 in single precision.
    static let certainLogOdds: Float = 40

    /// Turns logarithms into probabilities, in place. - Returns: the best class, and the logarithm of its odds against all else.
    mutating func normalize() -> (index: Int, logOdds: Double) {
        var best = 0
        for k in classes.indices where classes[k] > classes[best] { best = k }
        let first = classes[best], top = max(first, unknown)
        guard top > -.infinity else { return (best, -.infinity) }
        var others: Float = 0
        func exponential(_ value: Float) -> Float { value - top > -Self.certainLogOdds ? exp(value - top) : 0 }
        for k in classes.indices {
            classes[k] = exponential(classes[k])
            if k != best { others += classes[k] }
        }
        unknown = exponential(unknown)
        others += unknown
        let sum = others + classes[best]
        for k in classes.indices { classes[k] /= sum }
        unknown /= sum
        return (best, others > 0 ? Double(first - top) - log(Double(others)) : Double(Self.certainLogOdds))
    }
}

/// What the next frame is likely to show before it is looked at: what the last one showed, as often as answers stay the same
/// from scene to scene; otherwise a class by how often and how lately it was answered, or an unknown one.
struct Prior {
    /// Posterior of the last frame; nil before the first.
    private var last: ClassProbabilities?
    private var lastIndex: Int?
    /// Running share of new scenes with the class of the scene before.
    private var persistence: Float = 0.5
    private let parameters: OddsRule.Parameters

    init(_ parameters: OddsRule.Parameters) { self.parameters = parameters }

    /// Forgets the last frame.
    mutating func reset() { (last, lastIndex) = (nil, nil) }

    /// Logarithms of the prior for the next frame. Every class counts once, hot ones by their scores besides.
    func logarithms(_ hot: HotClasses) -> ClassProbabilities {
        var shares = [Float](repeating: 1, count: hot.frequency.count)
        for k in hot.indices() { shares[k] += Float(hot.score(k)) }
        let sum = shares.reduce(0, +) / (1 - parameters.novelty)
        let stays = lastIndex == nil ? 0 : min(persistence, parameters.largestPersistence)
        return ClassProbabilities(
            classes: shares.indices.map { k in
                let before = last.map { k < $0.classes.count ? $0.classes[k] : 0 } ?? 0
                return log(stays * before + (1 - stays) * shares[k] / sum)
            }, unknown: log(stays * (last?.unknown ?? 0) + (1 - stays) * parameters.novelty))
    }

    /// - Parameters:
    ///   - posterior: of the frame, as probabilities; nil keeps that of the frame before.
    ///   - isNewScene: whether the scene changed with the frame: that one scene keeps its class tells nothing of the next scene's.
    mutating func update(_ index: Int, _ posterior: ClassProbabilities?, isNewScene: Bool) {
        if isNewScene, let lastIndex {
            let decay = parameters.persistenceDecay
            persistence = decay * persistence + (1 - decay) * (lastIndex == index ? 1 : 0)
        }
        lastIndex = index
        if let posterior { last = posterior }
    }
}

/// How often and how lately each class was answered, and which are therefore worth comparing with (paper, §4.4).
public struct HotClasses: Sendable, Equatable {
    /// FT: how often each class was answered.
    public private(set) var frequency: [Int]
    /// TS: frames since each was answered.
    public private(set) var age: [Int]
    /// W: frames after which a class's frequency counts a quarter. The paper names no value; 300 are ten seconds of video.
    static let window = 300
    /// Share of all scores that hot classes hold (paper, §4.4).
    static let mass = 0.95

    mutating func append() {
        frequency.append(0)
        age.append(0)
    }

    /// Takes the answer of a frame.
    mutating func record(_ index: Int) {
        for k in age.indices { age[k] = min(age[k] + 1, 1 << 40) }
        frequency[index] += 1
        age[index] = 0
    }

    /// FT × 0.25^⌊TS / W⌋.
    func score(_ index: Int) -> Double {
        Double(frequency[index]) * pow(0.25, Double(min(age[index] / Self.window, 60)))
    }

    /// The fewest classes that hold 95 % of all scores, best first, and at least two, as a margin needs a second; all classes
    /// until one was answered.
    func indices() -> [Int] {
        let scores = frequency.indices.map(score), all = scores.reduce(0, +)
        guard all > 0 else { return Array(frequency.indices) }
        let sorted = frequency.indices.sorted { scores[$0] != scores[$1] ? scores[$0] > scores[$1] : $0 < $1 }
        var sum = 0.0, count = 0
        while count < sorted.count, sum < Self.mass * all || count < 2 {
            sum += scores[sorted[count]]
            count += 1
        }
        return Array(sorted.prefix(count))
    }
}

extension HotClasses {
    init(count: Int) { self.init(frequency: Array(repeating: 0, count: count), age: Array(repeating: 0, count: count)) }
}
