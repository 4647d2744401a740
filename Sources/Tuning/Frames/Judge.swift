import Concurrency
import DeepCache
import DeepVid
import Inference
import Models
import Video
import Vision

/// Compares models with the untouched one: how often they agree on frames, and how long they take.
final class Judge {
    private let original: LoadedModel
    private let analyzer: ModelAnalyzer
    private let session: TimedSession
    private let threads: Int
    /// The untouched model's answers to the frames to tune on and to those to judge by, in their order.
    private let tuning, heldOut: [HeadResult]
    private let frames: SampledFrames
    /// The untouched model's milliseconds for a frame, the least so far.
    private var originalMilliseconds = Double.infinity

    /// Runs of either model, in turns, of which the least counts: whatever else the machine does only adds.
    private static let runs = 12

    init(_ original: LoadedModel, _ frames: SampledFrames, threads: Int, isStopped: () -> Bool) throws(DeepVidError) {
        (self.original, self.frames, self.threads) = (original, frames, threads)
        analyzer = try Self.analyzer(original, threads: threads)
        session = TimedSession(original, threads: threads)
        var answers: [HeadResult] = []
        for frame in frames.tuning + frames.heldOut where !isStopped() { answers.append(try analyzer.process(frame, index: nil).answer) }
        guard answers.count == frames.tuning.count + frames.heldOut.count else {
            throw DeepVidError(.cancelled, "stopped before the untouched model had been looked at")
        }
        (tuning, heldOut) = (Array(answers.prefix(frames.tuning.count)), Array(answers.suffix(frames.heldOut.count)))
    }

    /// Mean agreement with the untouched model, 0…1; nil where neither found anything.
    ///
    /// - Parameter onHeldOut: of the frames that are judged by, else of those to tune on.
    func agreement(of model: LoadedModel, onHeldOut: Bool, isStopped: () -> Bool) throws(DeepVidError) -> Double? {
        let analyzer = try Self.analyzer(model, threads: threads)
        var (sum, count) = (0.0, 0)
        for (frame, wanted) in zip(onHeldOut ? frames.heldOut : frames.tuning, onHeldOut ? heldOut : tuning) where !isStopped() {
            let answer = try analyzer.process(frame, index: nil).answer
            guard let agreement = Agreement.between(answer, wanted, score: original.score, rule: .boxes) else { continue }
            (sum, count) = (sum + agreement, count + 1)
        }
        return count > 0 ? sum / Double(count) : nil
    }

    /// Milliseconds of the network for a frame, and of the untouched one, in turns. Preparing the picture and reading boxes is not in it.
    ///
    /// Both are scaled to the fastest that the untouched one has been seen, so that trials of a busier minute compare with the others.
    func time(_ model: LoadedModel) throws(DeepVidError) -> (own: Double, original: Double) {
        let other = TimedSession(model, threads: threads)
        var (own, untouched) = (Double.infinity, Double.infinity)
        try session.warmUp()
        try other.warmUp()
        for _ in 0..<Self.runs {
            untouched = min(untouched, try session.run())
            own = min(own, try other.run())
        }
        originalMilliseconds = min(originalMilliseconds, untouched)
        return (own / untouched * originalMilliseconds, originalMilliseconds)
    }

    /// Whether there is anything to agree on, on both sides.
    var hasFound: Bool {
        func found(_ answers: [HeadResult]) -> Bool {
            answers.contains { Agreement.between($0, $0, score: original.score, rule: .boxes) != nil }
        }
        return found(tuning) && found(heldOut)
    }

    private static func analyzer(_ model: LoadedModel, threads: Int) throws(DeepVidError) -> ModelAnalyzer {
        try ModelAnalyzer(model, RunOptions(threads: threads, reuse: .off), minimumScore: model.scores.audited)
    }
}

/// A model's network on a gray picture: what it takes does not depend on what there is to see.
private final class TimedSession {
    private let session: Session
    private let model: LoadedModel
    private let pixels: [UInt8]

    init(_ model: LoadedModel, threads: Int) {
        (self.model, session) = (model, Session(model.plan, threads: threads))
        pixels = [UInt8](repeating: 114, count: model.input.width * model.input.height * model.input.channels)
    }

    func warmUp() throws(DeepVidError) { for _ in 0..<2 { _ = try run() } }

    func run() throws(DeepVidError) -> Double {
        let watch = Stopwatch(), normalization = model.card.input.normalization
        do throws(InferenceError) {
            _ = try session.run(
                pixels: pixels, rowBytes: model.input.width * model.input.channels, scale: normalization.scale, bias: normalization.bias)
        } catch { throw DeepVidError(.modelFailed, "\(model.name): \(error.description)", cause: error) }
        return watch.milliseconds
    }
}
