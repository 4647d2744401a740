import Vision

/// What randomly drawn frames say about the agreement of all frames. Sums only, so that those of several workers can be added.
public struct AgreementEstimate: Codable, Sendable, Equatable {
    /// Frames that were drawn, and those of them that had something to agree on.
    public private(set) var frames = 0
    public private(set) var informativeFrames = 0
    /// Objects of both sides in them, one that both have counted once. Classes, maps and embeddings count 1 a frame.
    public private(set) var objects = 0
    private var (weights, squaredWeights) = (0.0, 0.0)
    private var (agreements, squaredAgreements, strict) = (0.0, 0.0, 0.0)
    /// Drawn frames that did not agree fully.
    private var disagreeing = 0

    public init() {}

    /// Takes a drawn frame.
    /// - Parameter weight: the frames that it stands for.
    public mutating func add(_ frame: AuditedFrame, weight: Double) {
        frames += 1
        guard let agreement = frame.agreement, agreement.isFinite else { return }
        informativeFrames += 1
        objects += frame.objects
        weights += weight
        squaredWeights += weight * weight
        agreements += weight * agreement
        squaredAgreements += weight * agreement * agreement
        strict += weight * (frame.strict ?? agreement)
        if agreement < 1 { disagreeing += 1 }
    }

    public static func + (a: AgreementEstimate, b: AgreementEstimate) -> AgreementEstimate {
        var sum = a
        sum.frames += b.frames
        sum.informativeFrames += b.informativeFrames
        sum.objects += b.objects
        sum.weights += b.weights
        sum.squaredWeights += b.squaredWeights
        sum.agreements += b.agreements
        sum.squaredAgreements += b.squaredAgreements
        sum.strict += b.strict
        sum.disagreeing += b.disagreeing
        return sum
    }

    /// Mean agreement over the drawn frames that had something to agree on; nil where none had.
    public var mean: Double? { weights > 0 ? agreements / weights : nil }
    /// The same where both sides count only what is reported.
    public var strictMean: Double? { weights > 0 ? strict / weights : nil }

    /// 95 % interval of the mean over all frames: Wilson's score interval, with as many trials as the drawn frames are worth.
    ///
    /// The objects of a frame are a cluster. Where frames disagree, their spread says how many independent trials n would have had it:
    /// n = m (1 − m) / variance of the mean m. Where none or few do, that is not known, and the trials are the objects divided by a design
    /// effect: 2, for whoever is missed or moved counts on up to two sides, or 0.6 for each object of a frame, for they may disagree
    /// together. In between, each disagreeing frame counts as much as one that is made up for that. Without objects the interval is 0…1.
    public var interval: ClosedRange<Double> {
        guard let mean, objects > 0 else { return 0...1 }
        let frames = weights * weights / squaredWeights, variance = max(squaredAgreements / weights - mean * mean, 0)
        typealias Constants = PolicyConstants.Sampling
        let known = Double(disagreeing), count = Double(objects)
        let prior = max(Constants.designEffect, Constants.togetherness * count / Double(max(1, informativeFrames)))
        let seen = variance > 0 && frames > 1 ? count * variance / (frames - 1) / max(mean * (1 - mean), 1e-12) : prior
        let effect = max(1, (Constants.priorFrames * prior + known * seen) / (Constants.priorFrames + known))
        // Weights that differ make the frames worth less than they are.
        return Agreement.wilson(mean, trials: count / effect * (frames / Double(max(1, informativeFrames))))
    }
}
