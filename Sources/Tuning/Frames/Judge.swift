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

    /// Mean agreement with the untouched model on the frames to judge by, 0…1; nil where neither found anything.
    func agreement(of model: LoadedModel) throws(DeepVidError) -> Double? {
        try mean(answers(of: model, to: frames.heldOut) { false }, heldOut, scale: original.score / model.score)
    }

    /// The least score of a reported object with which a model agrees most on the frames to tune on, and how much: a smaller picture, or a fitted
    /// layer, makes all scores a little lower.
    ///
    /// - Parameter model: with the untouched model's score.
    func bestScore(of model: LoadedModel, isStopped: () -> Bool) throws(DeepVidError) -> (agreement: Double, score: Double) {
        let answers = try answers(of: model, to: frames.tuning, isStopped), own = Double(original.score)
        var best = (agreement: mean(answers, tuning, scale: 1) ?? 0, score: own)
        guard model.card.head.isDetector else { return best }
        for share in Self.scoreShares {
            guard own * share < 1, let agreement = mean(answers, tuning, scale: Float(1 / share)), agreement > best.agreement else {
                continue
            }
            best = (agreement, own * share)
        }
        return best
    }

    /// Scores that are looked at, as shares of the untouched model's.
    private static let scoreShares = [0.95, 1.05, 0.9, 1.1, 0.85, 0.8, 0.75, 0.7]

    private func answers(of model: LoadedModel, to frames: [Frame], _ isStopped: () -> Bool) throws(DeepVidError) -> [HeadResult] {
        let analyzer = try Self.analyzer(model, threads: threads)
        var answers: [HeadResult] = []
        for frame in frames where !isStopped() { answers.append(try analyzer.process(frame, index: nil).answer) }
        return answers
    }

    /// - Parameter scale: what scores are multiplied by before they are compared.
    private func mean(_ answers: [HeadResult], _ wanted: [HeadResult], scale: Float) -> Double? {
        let agreements = zip(answers, wanted).compactMap { answer, wanted in
            Agreement.between(answer.scoresScaled(by: scale), wanted, score: original.score, rule: .boxes)
        }
        return agreements.isEmpty ? nil : agreements.reduce(0, +) / Double(agreements.count)
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
        try ModelAnalyzer(model, RunOptions(threads: threads, reuse: .off), minimumScore: model.scores.audited * 0.7)
    }
}

extension HeadResult {
    /// Objects with other scores, in the same order; other answers as they are.
    func scoresScaled(by scale: Float) -> HeadResult {
        guard scale != 1, case .detections(let all) = self else { return self }
        return .detections(
            all.map { Detection(classID: $0.classID, label: $0.label, score: min(1, $0.score * scale), box: $0.box, shape: $0.shape) })
    }
}

/// A model's network on a gray picture: what it takes does not depend on what there is to see.
private final class TimedSession {
    private let session: Session
    private let model: LoadedModel
    private let threads: Int
    private let pixels: [UInt8]

    init(_ model: LoadedModel, threads: Int) {
        (self.model, self.threads, session) = (model, threads, Session(model.plan, threads: threads))
        pixels = [UInt8](repeating: 114, count: model.input.width * model.input.height * model.input.channels)
    }

    func warmUp() throws(DeepVidError) { for _ in 0..<2 { _ = try run() } }

    /// Milliseconds. Of one thread, what it computed: on a busy machine it waits for its turn as well, and long runs more often than short ones.
    /// Of several, what passed.
    func run() throws(DeepVidError) -> Double {
        let watch = Stopwatch(), busy = BusyTime(), normalization = model.card.input.normalization
        do throws(InferenceError) {
            _ = try session.run(
                pixels: pixels, rowBytes: model.input.width * model.input.channels, scale: normalization.scale, bias: normalization.bias)
        } catch { throw DeepVidError(.modelFailed, "\(model.name): \(error.description)", cause: error) }
        return threads == 1 ? busy.milliseconds : watch.milliseconds
    }
}
