import Results
import Video
import Vision

/// Runs a model dense and cached side by side over one input.
public final class Comparison {
    /// One frame's figures.
    public struct FrameFigures: Sendable {
        public var frame: Int
        public var denseMs: Double
        public var cachedMs: Double
        public var matchMs: Double
        public var reused: Double
        public var reason: String?
        /// 0…1; nil when neither answer has anything.
        public var agreement: Double?
    }

    private let dense: FrameAnalyzer
    private let cached: FrameAnalyzer
    private let options: InferenceOptions
    private let score: Float

    /// - Throws: `PipelineError` when the model cannot be used.
    public init(_ options: InferenceOptions) throws(PipelineError) {
        self.options = options
        var lenient = options.model
        let model = try LoadedModel(options.model)
        score = model.score
        // Both sides are decoded down to three quarters of the score, as agreement wants them.
        lenient.score = Double(score) * 0.75
        cached = try FrameAnalyzer(try LoadedModel(lenient), threads: options.threads, cache: options.cache)
        lenient.keepsActivations = false
        var off = CacheOptions()
        off.policy = .off
        dense = try FrameAnalyzer(try LoadedModel(lenient), threads: options.threads, cache: off)
    }

    /// - Throws: `PipelineError` when the input fails; what was measured before is lost.
    public func run(_ input: String) throws(PipelineError) -> [FrameFigures] {
        let queue: FrameQueue
        do throws(VideoError) { queue = try FrameQueue(input, options: options.video) } catch { throw PipelineError(error) }
        defer { queue.cancel() }
        cached.reset()
        var figures: [FrameFigures] = []
        while true {
            guard let frame = try next(queue) else { return figures }
            figures.append(try compare(frame))
        }
    }

    private func next(_ queue: FrameQueue) throws(PipelineError) -> Frame? {
        do throws(VideoError) { return try queue.next() } catch { throw PipelineError(error) }
    }

    private func compare(_ frame: Frame) throws(PipelineError) -> FrameFigures {
        // Each goes first every other frame: the second finds the frame's planes in the processor's caches.
        let exact: FrameAnalysis, reusing: FrameAnalysis
        if frame.index % 2 == 0 {
            exact = try dense.analyze(frame)
            reusing = try cached.analyze(frame)
        } else {
            reusing = try cached.analyze(frame)
            exact = try dense.analyze(frame)
        }
        return FrameFigures(
            frame: frame.index, denseMs: exact.inferMilliseconds, cachedMs: reusing.inferMilliseconds + (reusing.matchMilliseconds ?? 0),
            matchMs: reusing.matchMilliseconds ?? 0, reused: reusing.cache?.reused ?? 0, reason: reusing.cache?.reason,
            agreement: Agreement.between(reusing.result, exact.result, score: score))
    }
}
