import DeepCache
import Inference
import Results
import Tensors
import Vision

/// A network that answers a picture from what it computed for the ones before.
final class CachedNetwork {
    /// What one picture cost.
    struct Answer {
        /// Nil when no block changed: the last answer stands.
        var outputs: [NamedTensor]?
        /// Share of the multiply-accumulates that were not computed.
        var reused: Double
        /// Why nothing was reused; nil when something could have been.
        var reason: String?
        var matchMilliseconds: Double
    }

    let session: IncrementalSession
    private let matcher: BlockMatcher
    private let normalization: Normalization
    private let options: CacheOptions
    private var isFresh = true
    /// What the last picture was found to have changed; nil when it was not compared.
    private(set) var lastMatch: Match?
    private var economy = Economy()
    private(set) var controller: ToleranceController

    /// Above this share of changed blocks the geometry spreads over everything: dense is cheaper.
    private static let sceneCutShare = 0.6

    init(_ model: LoadedModel, picture: PixelBuffer, options: CacheOptions, threads: Int) throws(InferenceError) {
        session = try IncrementalSession(model.plan, threads: threads)
        matcher = BlockMatcher(
            width: picture.width, height: picture.height, channels: picture.channels, rowBytes: picture.rowBytes, block: options.block)
        normalization = model.card.input.normalization
        self.options = options
        controller = ToleranceController(target: options.targetAgreement, start: options.epsilon ?? 0.05)
    }

    /// Mean |difference| up to which a block rests, in levels: half of the noise of a typical coded picture at the usual ε.
    private var blockTolerance: Float { options.blockTolerance ?? followedTolerance }
    private var followedTolerance: Float { controller.epsilon == 0 ? 0 : min(4, max(0.5, 24 * controller.epsilon)) }

    func run(_ picture: PixelBuffer) throws(PipelineError) -> Answer {
        let watch = Stopwatch()
        lastMatch = nil
        guard !isFresh else { return Answer(outputs: try refresh(picture), reused: 0, reason: "first_frame", matchMilliseconds: 0) }
        matcher.tolerance = blockTolerance
        let match = matcher.match(picture.base)
        lastMatch = match
        let matchMilliseconds = watch.milliseconds
        if match.changed.isEmpty { return Answer(outputs: nil, reused: 1, matchMilliseconds: matchMilliseconds) }
        if match.share > Self.sceneCutShare || economy.isDense() {
            let outputs = try refresh(picture)
            return Answer(
                outputs: outputs, reused: 0, reason: match.share > Self.sceneCutShare ? "scene_cut" : "busy",
                matchMilliseconds: matchMilliseconds)
        }
        matcher.accept(match, picture.base)
        do throws(InferenceError) {
            let (outputs, macs) = try session.update(
                pixels: picture.base, rowBytes: picture.rowBytes, scale: normalization.scale, bias: normalization.bias,
                changed: match.changed)
            economy.tookCached(watch.milliseconds)
            let reused = 1 - Double(macs) / Double(max(1, session.plan.macs))
            return Answer(outputs: named(outputs), reused: max(0, reused), matchMilliseconds: matchMilliseconds)
        } catch {
            throw PipelineError(code: "model_failed", error.description)
        }
    }

    /// Everything from this picture; afterwards what is stored is exact.
    func refresh(_ picture: PixelBuffer) throws(PipelineError) -> [NamedTensor] {
        do throws(InferenceError) {
            matcher.accept(picture.base)
            let watch = Stopwatch()
            let outputs = try session.refresh(
                pixels: picture.base, rowBytes: picture.rowBytes, scale: normalization.scale, bias: normalization.bias)
            if isFresh { session.setTolerance(controller.epsilon) }
            isFresh = false
            economy.tookDense(watch.milliseconds)
            return named(outputs)
        } catch {
            throw PipelineError(code: "model_failed", error.description)
        }
    }

    var isAudited: Bool { options.epsilon == nil }

    /// Forgets everything: the next picture is of another scene, size or time.
    func reset() { isFresh = true }

    /// Takes an audit's agreement and moves the tolerances.
    func learn(_ agreement: Double?) {
        guard options.epsilon == nil else { return }
        controller.add(agreement)
        session.setTolerance(controller.epsilon)
    }

    private func named(_ outputs: [Tensor]) -> [NamedTensor] { zip(session.plan.outputs, outputs).map { NamedTensor($0.name, $1) } }
}

/// Whether reuse pays at present, by what frames took.
///
/// A scene that is busy everywhere costs more to compare than to compute. After a few such frames a longer run of
/// frames is computed in full, then reuse is tried again.
private struct Economy {
    private var dense: Double?
    private var cached: Double?
    private var tried = 0
    private var denseFramesLeft = 0

    private static let trial = 4
    private static let denseRun = 150

    /// Asked once a frame.
    mutating func isDense() -> Bool {
        if denseFramesLeft > 0 {
            denseFramesLeft -= 1
            return true
        }
        guard tried >= Self.trial, let dense, let cached, cached > 0.95 * dense else { return false }
        (denseFramesLeft, tried, self.cached) = (Self.denseRun, 0, nil)
        return true
    }

    mutating func tookDense(_ milliseconds: Double) { dense = dense.map { 0.8 * $0 + 0.2 * milliseconds } ?? milliseconds }

    mutating func tookCached(_ milliseconds: Double) {
        tried += 1
        cached = cached.map { 0.8 * $0 + 0.2 * milliseconds } ?? milliseconds
    }
}
