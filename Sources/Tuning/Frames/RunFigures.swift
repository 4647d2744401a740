import DeepCache
import DeepVid
import Models

/// What a run of consecutive frames comes to, with all that belongs to it but decoding, for the untouched and the tuned model, dense and
/// with `adaptive` reuse.
package struct RunFigures: Codable, Sendable {
    /// Mean of a frame.
    package let originalMilliseconds, tunedMilliseconds: Double
    package let adaptiveOriginalMilliseconds, adaptiveTunedMilliseconds: Double
    /// With the untouched model's dense answers, 0…1; nil where nothing was found.
    package let tunedAgreement, adaptiveOriginalAgreement, adaptiveTunedAgreement: Double?
    package let frames: Int

    enum CodingKeys: String, CodingKey {
        case frames
        case originalMilliseconds = "original_ms"
        case tunedMilliseconds = "tuned_ms"
        case adaptiveOriginalMilliseconds = "adaptive_original_ms"
        case adaptiveTunedMilliseconds = "adaptive_tuned_ms"
        case tunedAgreement = "tuned_agreement"
        case adaptiveOriginalAgreement = "adaptive_original_agreement"
        case adaptiveTunedAgreement = "adaptive_tuned_agreement"
    }

    /// On the stretches to judge by. Nil where it was stopped.
    init?(_ runs: StretchRuns, _ original: LoadedModel, _ tuned: LoadedModel) throws(DeepVidError) {
        let found = try runs.run(
            [
                StretchRuns.Runner(model: original, reuse: .off), StretchRuns.Runner(model: tuned, reuse: .off),
                StretchRuns.Runner(model: original, reuse: ReuseOptions()), StretchRuns.Runner(model: tuned, reuse: ReuseOptions()),
            ], heldOut: true)
        guard let (outcomes, frames) = found else { return nil }
        (originalMilliseconds, tunedMilliseconds) = (outcomes[0].milliseconds, outcomes[1].milliseconds)
        (adaptiveOriginalMilliseconds, adaptiveTunedMilliseconds) = (outcomes[2].milliseconds, outcomes[3].milliseconds)
        (tunedAgreement, adaptiveOriginalAgreement) = (outcomes[1].agreement, outcomes[2].agreement)
        (adaptiveTunedAgreement, self.frames) = (outcomes[3].agreement, frames)
    }
}
