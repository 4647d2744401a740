import Concurrency
import Inference
import Models
import Tensors
import Vision

/// A network that reuses computation as a paper says, with the paper's thresholds: nothing is audited or steered.
package final class PublishedNetwork: ReusingNetwork {
    package let session: IncrementalSession
    package private(set) var lastMatch: Match?
    package var makeProbe: (() -> ExitProbe)? { didSet { session.probe = makeProbe?() } }
    private let method: any PublishedMethod
    private let normalization: Normalization
    private var isFresh = true
    /// Frames since one was computed in full.
    private var age = 0

    init(_ model: LoadedModel, method: any PublishedMethod, threads: Int) throws(InferenceError) {
        session = try IncrementalSession(model.plan, threads: threads)
        normalization = model.card.input.normalization
        self.method = method
    }

    package func reset() { isFresh = true }

    package func run(_ picture: PixelBuffer, _ placement: Placement, candidates: [Motion]) throws(DeepVidError) -> ReusedAnswer {
        lastMatch = nil
        guard !isFresh else {
            method.matcher.accept(picture.base)
            let outputs = try refresh(picture)
            method.prepare(session)
            isFresh = false
            return ReusedAnswer(outputs: outputs, reused: 0, reason: .firstFrame, matchMilliseconds: 0)
        }
        let watch = Stopwatch()
        // Also where the frame is computed in full: the next one is compared with it.
        let match = method.match(picture, candidates: candidates)
        method.matcher.accept(match, picture.base)
        lastMatch = match
        let matchMilliseconds = watch.milliseconds
        age += 1
        if let limit = method.refresh, age >= limit {
            return ReusedAnswer(outputs: try refresh(picture), reused: 0, reason: .refresh, matchMilliseconds: matchMilliseconds)
        }
        if match.share >= 1 {
            return ReusedAnswer(outputs: try refresh(picture), reused: 0, reason: .sceneCut, matchMilliseconds: matchMilliseconds)
        }
        if match.changed.isEmpty { return ReusedAnswer(outputs: nil, reused: 1, matchMilliseconds: matchMilliseconds) }
        let (outputs, macs) = try update(picture, match)
        let reused = 1 - Double(macs) / Double(max(1, session.plan.macs))
        return ReusedAnswer(outputs: outputs, reused: max(0, reused), matchMilliseconds: matchMilliseconds)
    }

    private func refresh(_ picture: PixelBuffer) throws(DeepVidError) -> [NamedTensor] {
        age = 0
        return named(
            try inferring { () throws(InferenceError) in
                try session.refresh(
                    pixels: picture.base, rowBytes: picture.rowBytes, scale: normalization.scale, bias: normalization.bias)
            })
    }

    private func update(_ picture: PixelBuffer, _ match: Match) throws(DeepVidError) -> (outputs: [NamedTensor], macs: Int) {
        let (outputs, macs) = try inferring { () throws(InferenceError) in
            try session.update(
                pixels: picture.base, rowBytes: picture.rowBytes, scale: normalization.scale, bias: normalization.bias,
                changed: match.changed, motion: match.motion)
        }
        return (named(outputs), macs)
    }

    private func named(_ outputs: [Tensor]) -> [NamedTensor] { zip(session.plan.outputs, outputs).map { NamedTensor($0.name, $1) } }
}
