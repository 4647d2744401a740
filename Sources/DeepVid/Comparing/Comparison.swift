import Models
import Results
import Video
import Vision

/// Runs a model dense and cached side by side over one input.
public final class Comparison {
    /// One frame's figures.
    public struct FrameFigures: Sendable {
        public var frame: Int
        public var ptsSeconds: Double?
        public var denseMs: Double
        /// Comparing and audits included.
        public var cachedMs: Double
        public var matchMs: Double
        public var reused: Double
        public var reason: String?
        /// 0…1; nil when neither answer has anything.
        public var agreement: Double?
    }

    /// Everything that came of one frame.
    struct ComparedFrame {
        var figures: FrameFigures
        var frame: Frame
        var dense: HeadResult
        var cached: HeadResult
        var trace: ReuseTrace?
    }

    private let dense: FrameAnalyzer
    private let cached: FrameAnalyzer
    private let model: LoadedModel
    private let options: InferenceOptions
    private let control: RunControl

    /// - Throws: `DeepVidError` when the model cannot be used, or nothing of it can be reused.
    public init(_ options: InferenceOptions, control: RunControl = RunControl()) throws(DeepVidError) {
        (self.options, self.control) = (options, control)
        let file = try ModelFile(options.model.model)
        let graph = try LoadedModel.importing(file)
        var choice = options.model
        choice.keepsActivations = true
        model = try LoadedModel(choice, file, graph)
        cached = try FrameAnalyzer(model.lenient, threads: options.threads, cache: options.cache)
        guard cached.policy != .off else {
            throw DeepVidError(
                .unusableModel,
                "\(model.name): nothing can be reused of a model whose only input is not one picture; "
                    + "there is nothing to compare")
        }
        choice.keepsActivations = false
        dense = try FrameAnalyzer(try LoadedModel(choice, file, graph).lenient, threads: options.threads, cache: Self.off)
    }

    private static var off: CacheOptions {
        var off = CacheOptions()
        off.policy = .off
        return off
    }

    /// For `--verbose`.
    public var summary: String { model.summary }

    /// The tolerance that audits have led to; nil for policies without.
    public var epsilon: Float? { cached.epsilon }

    /// - Throws: `DeepVidError` when the input fails; what was measured before is lost.
    public func run(_ input: String) throws(DeepVidError) -> [FrameFigures] {
        var figures: [FrameFigures] = []
        guard let feed = try FrameFeed(input, options: options.video, control: control) else { return [] }
        try measure(feed) { frame, _ in figures.append(frame.figures) }
        return figures
    }

    /// Measures until the input ends, fails or the run is stopped; what was measured until then counts.
    ///
    /// - Parameter worst: how many of the frames that agree least are kept, with their pictures.
    public func report(
        _ input: String, worst count: Int, onProgress: (Progress) -> Void = { _ in }
    ) -> ComparisonReport {
        var tally = ComparisonTally(score: model.score)
        var worst = WorstFrames(limit: count)
        var info: StreamInfo?
        var failure: DeepVidError?
        do throws(DeepVidError) {
            if let feed = try FrameFeed(input, options: options.video, control: control) {
                info = feed.info
                try options.cache.check(feed.info, displayName(of: input))
                try measure(feed) { frame, info in
                    tally.add(frame)
                    worst.offer(frame)
                    onProgress(Progress(frames: tally.frames, at: FrameFacts(frame.frame), of: info, options.video))
                }
            }
        } catch { failure = error }
        let reason: EndRecord.Reason = control.isStopped ? .interrupted : failure == nil ? .finished : .failed
        let begin = BeginRecord(source: displayName(of: input), model: model.profile, info: info, options: options)
        var record = ComparisonRecord(begin: begin, reason: reason, error: reason == .failed ? failure?.failure : nil)
        tally.fill(&record)
        record.worst = worst.frames.map(\.record)
        return ComparisonReport(record: record, score: model.score, frames: worst.frames)
    }

    private func measure(_ feed: FrameFeed, _ onFrame: (ComparedFrame, StreamInfo) -> Void) throws(DeepVidError) {
        cached.reset()
        while let frame = try feed.next() { onFrame(try compare(frame), feed.info) }
    }

    private func compare(_ frame: Frame) throws(DeepVidError) -> ComparedFrame {
        // Each goes first every other frame: the second finds the frame's planes in the processor's caches.
        let exact: FrameAnalysis, reusing: FrameAnalysis
        if frame.index % 2 == 0 {
            exact = try dense.analyze(frame)
            reusing = try cached.analyze(frame)
        } else {
            reusing = try cached.analyze(frame)
            exact = try dense.analyze(frame)
        }
        let match = reusing.matchMilliseconds ?? 0
        let figures = FrameFigures(
            frame: frame.index, ptsSeconds: frame.ptsSeconds, denseMs: exact.inferMilliseconds,
            cachedMs: reusing.inferMilliseconds + match, matchMs: match, reused: reusing.cache?.reused ?? 0, reason: reusing.cache?.reason,
            agreement: Agreement.between(reusing.result, exact.result, score: model.score))
        return ComparedFrame(figures: figures, frame: frame, dense: exact.result, cached: reusing.result, trace: cached.trace)
    }
}
