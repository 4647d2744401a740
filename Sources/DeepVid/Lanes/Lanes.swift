import Models
import Results
import Video
import Vision

/// Analyzers side by side, each with its own activations and steering, that share the frames of one input.
///
/// A few changed pixels are too little work to be divided among threads; frames are not.
final class Lanes {
    let plan: LanePlan
    let preparation: FramePreparation
    let all: [Lane]

    /// - Returns: nil where frames have to be answered one after the other: with one thread, by bundles, where classes are
    ///   learnt on the way, by policies that are to be as published, and by models too large to have twice.
    init?(_ source: AnalyzerSource, _ options: InferenceOptions) throws(DeepVidError) {
        guard options.threads > 1, case .model(let model) = source, options.memory == nil,
            options.cache.policy == .off || options.cache.policy == .adaptive
        else { return nil }
        let preparation = try FramePreparation(
            model.card.input, width: model.input.width, height: model.input.height, model: model.name)
        let plan = LanePlan(
            threads: options.threads, bytes: model.plan.activationBytes + LanePlan.run * preparation.buffer.rowBytes * model.input.height)
        guard plan.lanes > 1 else { return nil }
        var options = options
        options.threads = plan.threads
        (self.plan, self.preparation) = (plan, preparation)
        all = (0..<plan.lanes).map { _ in Lane(model, options, preparation) }
    }

    /// Whether an input is worth it: long enough for a second lane, and no camera, whose frames are wanted one by one.
    func suit(_ info: StreamInfo, _ options: VideoOptions) -> Bool {
        let length = [options.maxFrames, info.frameCount].compactMap(\.self).min() ?? .max
        return !info.isLive && length > LanePlan.run
    }

    /// Starts another input: nothing of the last one is reused.
    func reset() { for lane in all { lane.analyzer?.reset() } }

    /// Adds to the `end` record what is known here: of all lanes together.
    func complete(_ end: inout EndRecord) {
        let audits = all.compactMap { $0.analyzer?.audit }, frames = audits.reduce(0) { $0 + $1.frames }
        guard frames > 0 else { return }
        end.cache?.agreement = audits.reduce(0) { $0 + $1.agreement * Double($1.frames) } / Double(frames)
        end.cache?.audits = frames
    }
}

/// One analyzer of several; made on its own thread when the first frame comes.
final class Lane {
    private let model: LoadedModel
    private let options: InferenceOptions
    private let preparation: FramePreparation
    fileprivate private(set) var analyzer: FrameAnalyzer?

    init(_ model: LoadedModel, _ options: InferenceOptions, _ preparation: FramePreparation) {
        (self.model, self.options, self.preparation) = (model, options, preparation)
    }

    func analyze(_ frame: PreparedFrame) throws(DeepVidError) -> FrameAnalysis {
        if analyzer == nil { analyzer = try FrameAnalyzer(model, options, preparation: preparation) }
        return try analyzer!.analyze(frame)
    }
}
