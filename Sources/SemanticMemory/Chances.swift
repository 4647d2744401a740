import Foundation

/// How likely each known class is, and one that is not known: probabilities, or their logarithms.
struct Chances {
    var classes: [Float]
    var unknown: Float

    /// Share of new scenes that show a class that is not known.
    static let novelty: Float = 0.2

    /// Nothing expected: the logarithms for `count` classes that are as likely.
    static func even(_ count: Int) -> Chances {
        Chances(classes: Array(repeating: log((1 - novelty) / Float(max(1, count))), count: count), unknown: log(novelty))
    }

    /// What a tap's scores make of what was expected.
    static func weighing(_ expected: Chances, _ scores: [Float], unknown: Float, sharpness: Float) -> Chances {
        Chances(
            classes: scores.indices.map { sharpness * scores[$0] + expected.classes[$0] }, unknown: sharpness * unknown + expected.unknown)
    }

    /// Logarithms to probabilities, in place; returns the best class and the logarithm of its odds against all else.
    mutating func normalize() -> (index: Int, logOdds: Double) {
        var best = 0
        for k in classes.indices where classes[k] > classes[best] { best = k }
        let first = classes[best], top = max(first, unknown)
        guard top > -.infinity else { return (best, -.infinity) }
        var others: Float = 0
        // exp(−40) is nothing beside 1.
        func raised(_ value: Float) -> Float { value - top > -40 ? exp(value - top) : 0 }
        for k in classes.indices {
            classes[k] = raised(classes[k])
            if k != best { others += classes[k] }
        }
        unknown = raised(unknown)
        others += unknown
        let sum = others + classes[best]
        for k in classes.indices { classes[k] /= sum }
        unknown /= sum
        return (best, others > 0 ? Double(first - top) - log(Double(others)) : 40)
    }
}
