import Concurrency
import Inference
import Models
import Vision

/// A network that reuses computation as a paper says, with the paper's thresholds: nothing is audited or steered.
package final class PublishedNetwork: ReusingNetwork {
    package let session: IncrementalSession
    package private(set) var lastMatch: Match?
    package var makeProbe: (() -> ExitProbe)? { didSet { session.probe = makeProbe?() } }
    private let method: PublishedMethod
    private let normalization: Normalization
    private var isFresh = true
    /// Frames since one was computed in full.
    private var age = 0

    init(_ model: LoadedModel, _ method: PublishedMethod, threads: Int) throws(InferenceError) {
        session = try IncrementalSession(model.plan, threads: threads)
        normalization = model.card.input.normalization
        self.method = method
    }

    package func reset() { isFresh = true }

    package func run(_ picture: PixelBuffer, _ placement: Placement, candidates: [Motion]) throws(DeepVidError) -> ReusedAnswer {
        lastMatch = nil
        var answer = ReusedAnswer(outputs: nil, reused: 0, matchMilliseconds: 0)
        if isFresh {
            method.matcher.accept(picture.base)
            answer.reason = .firstFrame
        } else {
            let watch = Stopwatch()
            // Also where the frame is computed in full: the next one is compared with it.
            let match = method.matcher.match(picture.base, candidates: candidates)
            method.matcher.accept(match, picture.base)
            lastMatch = match
            answer.matchMilliseconds = watch.milliseconds
            age += 1
            if let limit = method.refresh, age >= limit {
                answer.reason = .refresh
            } else if match.share >= 1 {
                answer.reason = method.fullReason
            } else if match.changed.isEmpty {
                answer.reused = 1
            } else {
                (answer.outputs, answer.reused) = try session.update(picture, normalization, match)
            }
        }
        if answer.reason != nil {
            age = 0
            answer.outputs = try session.refresh(picture, normalization)
            if isFresh { method.prepare(session) }
            isFresh = false
        }
        return answer
    }
}
