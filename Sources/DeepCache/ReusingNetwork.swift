import Inference
import Models
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
    /// The next picture is of another scene, size or time: what is stored is of no use.
    func reset()
}

/// What one picture gave and cost.
package struct ReusedAnswer {
    /// Nil when no block changed: the last answer stands. Empty when the run was ended early.
    package var outputs: [NamedTensor]?
    /// Share of the multiply-accumulates that were not computed.
    package var reused: Double
    /// Why nothing was reused; nil when something could have been.
    package var reason: ReuseReason?
    package var matchMilliseconds: Double
}

extension ReuseOptions {
    /// The adaptive policy at the beginning of an input.
    package func makePolicy(for model: LoadedModel) -> AdaptivePolicy {
        AdaptivePolicy(
            target: targetAgreement, classifies: model.card.head == .classification, tolerance: epsilon, blockTolerance: blockTolerance)
    }

    /// The policy's network; `off` has none.
    package func makeNetwork(
        _ model: LoadedModel, picture: PixelBuffer, threads: Int
    ) throws(InferenceError) -> (any ReusingNetwork)? {
        switch policy {
        case .off: nil
        case .adaptive: try AdaptiveNetwork(model, picture: picture, options: self, threads: threads)
        case .deepmon: try PublishedNetwork(model, method: DeepMonMethod(picture, options: deepMon), threads: threads)
        case .cbinfer:
            try PublishedNetwork(
                model, method: CBinferMethod(picture, normalization: model.card.input.normalization, options: cbinfer), threads: threads)
        case .deepcache: try PublishedNetwork(model, method: DeepCacheMethod(picture, options: deepCache), threads: threads)
        }
    }
}

/// Runs `body`; what fails in the model becomes the library's error.
func inferring<Value>(_ body: () throws(InferenceError) -> Value) throws(DeepVidError) -> Value {
    do throws(InferenceError) { return try body() } catch { throw DeepVidError(.modelFailed, error.description, cause: error) }
}
