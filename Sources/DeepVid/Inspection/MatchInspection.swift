import Models
import Results
import Video

/// Draws, frame by frame, what reuse between frames did: for people who want to see why it pays or not.
public final class MatchInspection {
    /// How an inspection ended.
    public struct Outcome {
        public var pictures = 0
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

    /// Draws every frame that the options choose.
    ///
    /// - Parameter write: takes the name and the bytes of a PNG file, and says whether to go on.
    public func run(
        _ input: String, onProgress: (RunProgress) -> Void = { _ in }, write: (_ name: String, _ bytes: [UInt8]) -> Bool
    ) -> Outcome {
        var outcome = Outcome()
        var video = options.video
        video.exportMotionVectors = true
        var hasVectors = false
        var codec: String?
        do throws(DeepVidError) {
            guard let feed = try FrameFeed(input, options: video, control: control) else { return outcome }
            codec = feed.info.codec
            try options.cache.check(feed.info, displayName(of: input))
            analyzer.reset()
            while let frame = try feed.next() {
                let vectors = frame.motionVectors
                hasVectors = hasVectors || !vectors.isEmpty
                guard write("frame-\(padded(frame.index, 6)).png", try draw(frame, vectors)) else { break }
                outcome.pictures += 1
                onProgress(RunProgress(frames: outcome.pictures, at: FrameFacts(frame), of: feed.info, video))
            }
        } catch { outcome.error = error }
        if outcome.pictures > 1, !hasVectors { outcome.codecWithoutVectors = codec }
        return outcome
    }

    private func draw(_ frame: Frame, _ vectors: [MotionVector]) throws(DeepVidError) -> [UInt8] {
        let analysis = try analyzer.analyze(frame)
        guard let cache = analysis.cache, let trace = analyzer.trace else { preconditionFailure("reuse was asked for") }
        return try MatchPicture(frame: frame, vectors: vectors, cache: cache, trace: trace).png()
    }
}
