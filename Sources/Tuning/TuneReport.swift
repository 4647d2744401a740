import Models

/// What tuning came to: `tuned.json`.
package struct TuneReport: Codable, Sendable {
    /// Of the file's form; `Models` refuses folders of a later one.
    package var version = TunedFolder.version
    /// Of the untouched model.
    package let model, sha256: String
    package let clips: [String]
    package let limits: TuneLimits
    package let threads: Int
    package let framesTuned, framesJudged: Int
    /// In the order in which they were made; the first is the untouched model.
    package let trials: [Trial]
    package let chosen: Trial
    /// From the untouched model to the choice, a technique more each.
    package let steps: [Trial]
    /// Nil where the untouched model is the choice, or the run was stopped.
    package let figures: RunFigures?
    /// Why combinations could not be made.
    package let refusals: [String]
    /// Of `model.onnx`.
    package var modelSHA256 = ""

    enum CodingKeys: String, CodingKey {
        case version, model, sha256, clips, limits, threads, trials, chosen, steps, figures, refusals
        case framesTuned = "frames_tuned"
        case framesJudged = "frames_judged"
        case modelSHA256 = "model_sha256"
    }

    package init(
        model: String, sha256: String, clips: [String], limits: TuneLimits, threads: Int, framesTuned: Int, framesJudged: Int,
        trials: [Trial], chosen: Trial, steps: [Trial], figures: RunFigures?, refusals: [String]
    ) {
        (self.model, self.sha256, self.clips, self.limits, self.threads) = (model, sha256, clips, limits, threads)
        (self.framesTuned, self.framesJudged, self.trials, self.chosen) = (framesTuned, framesJudged, trials, chosen)
        (self.steps, self.figures, self.refusals) = (steps, figures, refusals)
    }
}
