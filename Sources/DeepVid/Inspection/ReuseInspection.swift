import DeepCache
import Models
import Video
import Vision

/// Runs a model with reuse over a video and hands out, frame by frame, what was reused: to be drawn for people who want to see why
/// reuse pays or not.
public final class ReuseInspection {
    /// One frame, and what its reuse came to.
    package struct InspectedFrame {
        package let frame: Frame
        /// Share of the multiply-accumulates that were not computed, 0…1.
        package let reused: Double
        /// Why nothing was reused; nil if something was.
        package let reason: String?
        /// Nil when the frame was not compared with an earlier one.
        package let match: Match?
        package let placement: Placement
        /// The session's own masks: they hold until the next frame.
        package let layers: [RecomputedLayer]
    }

    /// How an inspection ended.
    public struct Outcome {
        public var frames = 0
        /// Why the input ended early; nil when it did not.
        public var error: DeepVidError?
        /// The codec's name, if not one of the frames had motion vectors.
        public var codecWithoutVectors: String?
    }

    private let analyzer: FrameAnalyzer
    private let options: InferenceOptions
    private let control: RunControl
    /// For `--verbose`.
    public let summary: String

    /// - Throws: `DeepVidError` when the model cannot be used, or nothing of it can be reused.
    public init(_ options: InferenceOptions, control: RunControl) throws(DeepVidError) {
        (self.options, self.control) = (options, control)
        let model = try LoadedModel(options.model)
        summary = model.summary
        analyzer = try FrameAnalyzer(model, threads: options.threads, cache: options.cache)
        guard analyzer.policy != .off else {
            throw DeepVidError(
                .unusableModel,
                "\(model.name): nothing can be reused of a model whose only input is not one picture; "
                    + "there is nothing to draw")
        }
    }

    /// Analyzes every frame that the options choose.
    ///
    /// - Parameter onFrame: takes a frame, and says whether to go on. What it throws ends the run and is the outcome's error.
    package func run(
        _ input: String, onProgress: (Progress) -> Void = { _ in },
        onFrame: (InspectedFrame) throws(VideoError) -> Bool
    ) -> Outcome {
        var outcome = Outcome()
        var video = options.video
        video.exportMotionVectors = true
        var hasVectors = false
        var codec: String?
        do throws(DeepVidError) {
            guard let feed = try FrameFeed(input, options: video, control: control) else { return outcome }
            codec = feed.info.codec
            try options.cache.check(feed.info, input)
            analyzer.reset()
            while let frame = try feed.next() {
                hasVectors = hasVectors || !frame.motionVectors.isEmpty
                let inspected = try inspect(frame)
                do throws(VideoError) {
                    guard try onFrame(inspected) else { break }
                } catch { throw DeepVidError(error) }
                outcome.frames += 1
                onProgress(Progress(frames: outcome.frames, at: FrameFacts(frame), of: feed.info, video))
            }
        } catch { outcome.error = error }
        if outcome.frames > 1, !hasVectors { outcome.codecWithoutVectors = codec }
        return outcome
    }

    private func inspect(_ frame: Frame) throws(DeepVidError) -> InspectedFrame {
        let analysis = try analyzer.analyze(frame)
        guard let cache = analysis.cache, let trace = analyzer.trace else { preconditionFailure("reuse was asked for") }
        return InspectedFrame(
            frame: frame, reused: cache.reused, reason: cache.reason, match: trace.match, placement: trace.placement,
            layers: trace.session.recomputedLayers)
    }
}
