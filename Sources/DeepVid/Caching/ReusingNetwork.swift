import Models
import DeepCache
import Inference
import Vision

/// A network that answers a picture from what it computed for the ones before.
protocol ReusingNetwork: AnyObject {
    /// - Parameter candidates: displacements since the last picture that may be worth trying, in model pixels.
    func run(_ picture: PixelBuffer, candidates: [Motion]) throws(DeepVidError) -> ReusedAnswer
    var session: IncrementalSession { get }
    /// Makes what looks at runs and may end them, one for each session; nil lets all go to the end.
    var makeProbe: (() -> ExitProbe)? { get set }
    /// What the last picture was found to have changed; nil when it was not compared.
    var lastMatch: Match? { get }
    /// Forgets everything: the next picture is of another scene, size or time.
    func reset()
}

/// What one picture gave and cost.
struct ReusedAnswer {
    /// Nil when no block changed: the last answer stands. Empty when the run was ended early.
    var outputs: [NamedTensor]?
    /// Share of the multiply-accumulates that were not computed.
    var reused: Double
    /// Why nothing was reused; nil when something could have been.
    var reason: String?
    var matchMilliseconds: Double
}

extension CacheOptions {
    /// The policy's network; `off` has none.
    func makeNetwork(_ model: LoadedModel, picture: PixelBuffer, threads: Int) throws(InferenceError) -> (any ReusingNetwork)? {
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
