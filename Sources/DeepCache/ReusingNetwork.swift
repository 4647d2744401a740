import Inference
import Models
import Tensors
import Vision

/// A network that answers a picture from what it computed for the ones before.
package protocol ReusingNetwork: AnyObject {
    /// - Parameters:
    ///   - placement: where the frame lies in the picture, for comparing answers.
    ///   - candidates: displacements since the last picture that may be worth trying, in model pixels.
    /// - Throws: `DeepVidError` with code `model_failed`.
    func run(_ picture: PixelBuffer, _ placement: Placement, candidates: [Motion]) throws(DeepVidError) -> ReusedAnswer
    var session: IncrementalSession { get }
    /// Makes what looks at runs and may end them, one for each session; nil lets all go to the end.
    var makeProbe: (() -> ExitProbe)? { get set }
    /// What the last picture was found to have changed; nil when it was not compared.
    var lastMatch: Match? { get }
    /// What was made of the last picture's answer.
    ///
    /// - Parameter answers: of each model, with whatever scores enough to be compared (`ScoreThresholds.least(for:)`).
    func answered(_ answers: [HeadResult], _ placement: Placement)
    /// The next picture is of another scene, size or time: what is stored is of no use.
    func reset()
}

extension ReusingNetwork {
    package func answered(_ answers: [HeadResult], _ placement: Placement) {}
}

/// What one picture gave and cost.
package struct ReusedAnswer {
    /// Nil when no block changed: the last answer stands. Empty when the run was ended early.
    package var outputs: [NamedTensor]?
    /// The frame's objects where the network did not run; nil where the last answer stands, or outputs are given.
    package var detections: [Detection]?
    /// Share of the multiply-accumulates that were not computed.
    package var reused: Double
    /// Why nothing was reused; nil when something could have been.
    package var reason: ReuseReason?
    package var matchMilliseconds: Double
}

extension ReuseOptions {
    /// Whether frames may be answered from computed ones before and after them.
    package var propagates: Bool { policy == .adaptive && mayPropagate && targetAgreement < 1 }

    /// The adaptive policy at the beginning of an input.
    ///
    /// - Parameter models: that run as one network.
    package func makePolicy(for models: [LoadedModel]) -> AdaptivePolicy {
        AdaptivePolicy(
            target: targetAgreement, models: models.count, classifies: models.allSatisfy { $0.card.head == .classification },
            mayPropagate: mayPropagate && models.count == 1, seed: auditSeed)
    }

    /// The policy's network; `off` has none.
    ///
    /// - Parameter models: that run as one network; the published policies are for one.
    package func makeNetwork(
        _ models: [LoadedModel], picture: PixelBuffer, threads: Int
    ) throws(InferenceError) -> (any ReusingNetwork)? {
        let model = models[0]
        precondition(models.count == 1 || policy == .off || policy == .adaptive, "the published policies are for one model")
        return switch policy {
        case .off: nil
        case .adaptive: try AdaptiveNetwork(models, picture: picture, options: self, threads: threads)
        case .deepmon: try PublishedNetwork(model, .deepMon(picture, deepMon), threads: threads)
        case .cbinfer: try PublishedNetwork(model, .cbinfer(picture, cbinfer, model.card.input.normalization), threads: threads)
        case .motion: try PublishedNetwork(model, .motion(picture, motion), threads: threads)
        case .deepcache: try PublishedNetwork(model, .deepCache(picture, deepCache), threads: threads)
        }
    }
}

extension IncrementalSession {
    /// Everything from this picture; afterwards what is stored is exact.
    func refresh(_ picture: PixelBuffer, _ normalization: Normalization) throws(DeepVidError) -> [NamedTensor] {
        try named { () throws(InferenceError) in
            try refresh(pixels: picture.base, rowBytes: picture.rowBytes, scale: normalization.scale, bias: normalization.bias)
        }
    }

    /// What the match found changed.
    /// - Returns: the outputs, and the share of the multiply-accumulates that were not computed.
    func update(
        _ picture: PixelBuffer, _ normalization: Normalization, _ match: Match
    ) throws(DeepVidError) -> (outputs: [NamedTensor], reused: Double) {
        var macs = 0
        let outputs = try named { () throws(InferenceError) in
            let result = try update(
                pixels: picture.base, rowBytes: picture.rowBytes, scale: normalization.scale, bias: normalization.bias,
                changed: match.changed, motion: match.motion)
            macs = result.macs
            return result.outputs
        }
        return (outputs, max(0, 1 - Double(macs) / Double(max(1, plan.macs))))
    }

    /// The outputs as they are stored.
    var storedOutputs: [NamedTensor] { named(dense.outputs) }

    private func named(_ outputs: [Tensor]) -> [NamedTensor] { zip(plan.outputs, outputs).map { NamedTensor($0.name, $1) } }

    /// The outputs with their names; what fails in the model becomes the library's error.
    private func named(_ run: () throws(InferenceError) -> [Tensor]) throws(DeepVidError) -> [NamedTensor] {
        do throws(InferenceError) { return named(try run()) } catch {
            throw DeepVidError(.modelFailed, error.description, cause: error)
        }
    }
}
