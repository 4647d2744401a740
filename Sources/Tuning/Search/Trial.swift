/// What came of a combination.
package struct Trial: Codable, Sendable {
    package let combination: Combination
    package let techniques: [Technique]
    /// Of the network for a frame, on this machine.
    package var milliseconds: Double
    /// Against the untouched model, measured in turns with it.
    package let speedup: Double
    /// Activations and weights.
    package let memoryBytes: Int
    package let fileBytes: Int
    /// Multiply-accumulates of a frame.
    package let macs: Int
    /// With the untouched model, on the frames to tune on, 0…1.
    package let agreement: Double
    /// Least score of a reported object with which it agrees so, 0…1.
    package let score: Double
    /// The same on the frames to judge by; nil where that was not asked for.
    package var heldOutAgreement: Double?

    enum CodingKeys: String, CodingKey {
        case combination, techniques, speedup, macs, agreement, score
        case milliseconds = "ms"
        case memoryBytes = "memory_bytes"
        case fileBytes = "file_bytes"
        case heldOutAgreement = "held_out_agreement"
    }

    /// What a technique did here, for people.
    package func title(of technique: Technique) -> String {
        technique == .precision ? combination.precision.rawValue : technique.title
    }

    /// Those that no other one beats in both time and agreement, the fastest first.
    package static func front(_ trials: [Trial]) -> [Trial] {
        var front: [Trial] = []
        for trial in trials.sorted(by: { ($0.milliseconds, -$0.agreement) < ($1.milliseconds, -$1.agreement) })
        where trial.agreement > front.last?.agreement ?? -1 { front.append(trial) }
        return front
    }
}

/// What a tuned model has to keep.
package struct TuneLimits: Codable, Sendable {
    /// With the untouched model, 0…1.
    package var agreement = 0.98
    /// Of the network for a frame; nil takes the fastest that agrees enough.
    package var milliseconds: Double?
    package var memoryBytes: Int?

    package init() {}

    enum CodingKeys: String, CodingKey {
        case agreement
        case milliseconds = "max_ms"
        case memoryBytes = "max_memory_bytes"
    }

    func admits(_ trial: Trial) -> Bool { fits(trial) && trial.agreement >= agreement }

    /// Whether it is fast and small enough.
    func fits(_ trial: Trial) -> Bool {
        trial.milliseconds <= milliseconds ?? .infinity && trial.memoryBytes <= memoryBytes ?? .max
    }

    /// The best first: of those within a limit on time the one that agrees most, else the fastest.
    func isBetter(_ a: Trial, than b: Trial) -> Bool {
        milliseconds != nil
            ? (-a.agreement, a.milliseconds) < (-b.agreement, b.milliseconds)
            : (a.milliseconds, -a.agreement) < (b.milliseconds, -b.agreement)
    }
}
