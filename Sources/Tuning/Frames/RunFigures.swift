import DeepCache
import DeepVid
import Models

/// What a run of consecutive frames comes to, with all that belongs to it but decoding, for the untouched and the tuned model, dense and
/// with `adaptive` reuse: of the untouched one as it is by default, of the tuned one at the target that its card gets.
package struct RunFigures: Codable, Sendable {
    /// Mean of a frame.
    package let originalMilliseconds, tunedMilliseconds: Double
    package let adaptiveOriginalMilliseconds, adaptiveTunedMilliseconds: Double
    /// With the untouched model's dense answers, 0…1; nil where nothing was found.
    package let tunedAgreement, adaptiveOriginalAgreement, adaptiveTunedAgreement: Double?
    package let frames: Int
    /// The agreement that reuse is to hold with the tuned model's dense answers.
    package let targetAgreement: Double

    enum CodingKeys: String, CodingKey {
        case frames
        case targetAgreement = "target_agreement"
        case originalMilliseconds = "original_ms"
        case tunedMilliseconds = "tuned_ms"
        case adaptiveOriginalMilliseconds = "adaptive_original_ms"
        case adaptiveTunedMilliseconds = "adaptive_tuned_ms"
        case tunedAgreement = "tuned_agreement"
        case adaptiveOriginalAgreement = "adaptive_original_agreement"
        case adaptiveTunedAgreement = "adaptive_tuned_agreement"
    }

    /// Targets of reuse that are tried, the strictest first.
    private static let targets = [ReuseOptions.defaultAgreement, 0.98, 0.97, 0.96, 0.95, 0.92, 0.9]
    /// A target that is not as much faster is not worth what it gives up.
    private static let leastGain = 1.02

    /// Of the stretches to judge by. The target of reuse is the one with which the tuned model is fastest there and on those to tune on, among those
    /// that keep the agreement on both, none below it.
    ///
    /// - Parameter agreement: with the untouched model's dense answers, to be kept.
    /// - Returns: nil where it was stopped.
    init?(_ runs: StretchRuns, _ original: LoadedModel, _ tuned: LoadedModel, keeping agreement: Double) throws(DeepVidError) {
        let targets = [Self.targets[0]] + Self.targets.dropFirst().filter { $0 >= agreement }
        let runners =
            [
                StretchRuns.Runner(model: original, reuse: .off), StretchRuns.Runner(model: tuned, reuse: .off),
                StretchRuns.Runner(model: original, reuse: ReuseOptions()),
            ] + targets.map { StretchRuns.Runner(model: tuned, reuse: ReuseOptions(targetAgreement: $0)) }
        guard let seen = try runs.run(runners, heldOut: false), let (judged, frames) = try runs.run(runners, heldOut: true) else {
            return nil
        }
        func milliseconds(_ place: Int) -> Double { seen.outcomes[place].milliseconds + judged[place].milliseconds }
        var chosen = 3
        for place in runners.indices.dropFirst(4) {
            let keeps = [seen.outcomes[place], judged[place]].allSatisfy { $0.agreement ?? 1 >= agreement }
            if keeps, milliseconds(chosen) > Self.leastGain * milliseconds(place) { chosen = place }
        }
        (originalMilliseconds, tunedMilliseconds) = (judged[0].milliseconds, judged[1].milliseconds)
        (adaptiveOriginalMilliseconds, adaptiveTunedMilliseconds) = (judged[2].milliseconds, judged[chosen].milliseconds)
        (tunedAgreement, adaptiveOriginalAgreement) = (judged[1].agreement, judged[2].agreement)
        (adaptiveTunedAgreement, self.frames, targetAgreement) = (judged[chosen].agreement, frames, targets[chosen - 3])
    }
}
