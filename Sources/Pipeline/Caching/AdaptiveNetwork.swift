import DeepCache
import Inference
import Results
import Tensors
import Vision

/// `--cache adaptive`: blocks against the stored reference, changes weighed by what they are worth, audits that steer.
final class AdaptiveNetwork: ReusingNetwork {
    let session: IncrementalSession
    private let matcher: BlockMatcher
    private let normalization: Normalization
    private let options: CacheOptions
    private let model: LoadedModel
    private let threads: Int
    /// For frames that are computed in full one after the other; made when first needed.
    private var dense: DenseNetwork?
    private var isFresh = true
    /// What the last picture was found to have changed; nil when it was not compared.
    private(set) var lastMatch: Match?
    var makeProbe: (() -> TapProbe)? {
        didSet {
            session.probe = makeProbe?()
            if makeProbe != nil, isAudited { controller = ToleranceController(target: options.targetAgreement) }
            matcher.tolerance = blockTolerance
        }
    }
    private var economy = Economy()
    private(set) var controller: ToleranceController

    /// Above this share of changed blocks nothing is left to reuse. A change of light changes many blocks by little: the
    /// layers, and the economy, decide what that is worth.
    private static let sceneCutShare = 0.9
    /// Mean |difference| of a block, in levels, that the noise of coded pictures makes.
    static let noise: Float = 3
    /// Up to which mean |difference| a block rests: the noise, or less where the tolerance had to be lowered. What rests is wrong
    /// whatever the layers tolerate; some models answer to noise alone.
    private var blockTolerance: Float {
        controller.epsilon == 0 ? 0 : options.blockTolerance ?? min(Self.noise, 400 * controller.epsilon)
    }

    init(_ model: LoadedModel, picture: PixelBuffer, options: CacheOptions, threads: Int) throws(InferenceError) {
        (self.model, self.threads) = (model, threads)
        session = try IncrementalSession(model.plan, threads: threads)
        matcher = BlockMatcher(
            width: picture.width, height: picture.height, channels: picture.channels, rowBytes: picture.rowBytes, block: options.block)
        normalization = model.card.input.normalization
        self.options = options
        // A frame has one best class, often ahead by little, and an audit of it tells little: begin near exactness.
        let cautious: Float? = model.card.head == .classification ? 0.0005 : nil
        controller = ToleranceController(target: options.targetAgreement, start: options.epsilon ?? cautious)
        matcher.tolerance = blockTolerance
    }

    func run(_ picture: PixelBuffer, candidates: [Motion]) throws(PipelineError) -> ReusedAnswer {
        lastMatch = nil
        if isFresh { return ReusedAnswer(outputs: try refresh(picture), reused: 0, reason: "first_frame", matchMilliseconds: 0) }
        let advice = isAudited ? economy.advice() : .reuse
        if case .dense = advice { return try runDense(picture) }
        if case .denseAndRemember = advice {
            matcher.accept(picture.base)
            return try runDense(picture)
        }
        let watch = Stopwatch()
        let match = matcher.match(picture.base)
        lastMatch = match
        let matchMilliseconds = watch.milliseconds
        if case .probe = advice {
            guard economy.probed(share: match.share) else { return try runDense(picture, matchMilliseconds) }
            return ReusedAnswer(outputs: try refresh(picture), reused: 0, reason: "busy", matchMilliseconds: matchMilliseconds)
        }
        if match.changed.isEmpty { return ReusedAnswer(outputs: nil, reused: 1, matchMilliseconds: matchMilliseconds) }
        if match.share > Self.sceneCutShare {
            economy.cut()
            return ReusedAnswer(outputs: try refresh(picture), reused: 0, reason: "scene_cut", matchMilliseconds: matchMilliseconds)
        }
        session.map.heed(matcher.blocks(differingBy: ToleranceMap.strongDifference))
        matcher.accept(match, picture.base)
        let probe = session.probe
        defer { session.probe = probe }
        if !isProven { session.probe = nil }
        do throws(InferenceError) {
            let (outputs, macs) = try session.update(
                pixels: picture.base, rowBytes: picture.rowBytes, scale: normalization.scale, bias: normalization.bias,
                changed: match.changed)
            let reused = max(0, 1 - Double(macs) / Double(max(1, session.plan.macs)))
            if let price { economy.spent(price) }
            return ReusedAnswer(outputs: named(outputs), reused: reused, matchMilliseconds: matchMilliseconds)
        } catch {
            throw PipelineError(code: "model_failed", error.description)
        }
    }

    /// What the update cost, next to 1 for the same without reuse: there a frame that was left early would have cost less, too;
    /// here all others are computed in full as well. Nil for one left so early that it tells nothing.
    private var price: Double? {
        guard makeProbe != nil, isAudited else { return session.cost }
        guard let probe = session.probe, let exit = probe.exit else { return session.cost + (controller.audits < Self.proofs ? 0 : 1) }
        let depth = probe.taps[exit].depthShare
        return depth < Self.shallow ? nil : session.cost / depth
    }

    /// Share of the multiply-accumulates that costs next to nothing with reuse or without.
    private static let shallow = 0.1

    /// Whether taps may be believed under reuse. Where a memory lets the tolerance begin high, enough audits have
    /// to agree first: taps from which change was withheld look as if nothing had.
    var isProven: Bool {
        makeProbe == nil || !isAudited || controller.audits >= Self.proofs && controller.agreement! >= controller.target
    }
    private static let proofs = 8

    /// Everything from this picture; afterwards what is stored is exact.
    func refresh(_ picture: PixelBuffer) throws(PipelineError) -> [NamedTensor] {
        do throws(InferenceError) {
            matcher.accept(picture.base)
            let outputs = try session.refresh(
                pixels: picture.base, rowBytes: picture.rowBytes, scale: normalization.scale, bias: normalization.bias)
            if isFresh { session.setTolerance(controller.epsilon, outputWeights: model.head.channelWeights) }
            isFresh = false
            return named(outputs)
        } catch {
            throw PipelineError(code: "model_failed", error.description)
        }
    }

    /// In full, without touching what is stored.
    private func runDense(_ picture: PixelBuffer, _ matchMilliseconds: Double = 0) throws(PipelineError) -> ReusedAnswer {
        if dense == nil {
            dense = DenseNetwork(model, plan: model.plan.sharingMemory(), threads: threads)
            dense!.session.probe = makeProbe?()
        }
        return ReusedAnswer(outputs: try dense!.run(picture), reused: 0, reason: "busy", matchMilliseconds: matchMilliseconds)
    }

    /// Sets where the next picture has to be computed carefully, by what this one's outputs came near to.
    func watch(_ outputs: [NamedTensor]) {
        guard controller.epsilon > 0 else { return }
        session.map.follow((try? model.watchHead.watch(outputs)) ?? .everything, threshold: model.score)
    }

    var isAudited: Bool { options.epsilon == nil }

    /// Forgets everything: the next picture is of another scene, size or time.
    func reset() {
        isFresh = true
        economy = Economy()
    }

    /// What steers: all that a network must know to go on where another one was.
    struct Steering: Codable, Sendable {
        var economy: Economy
        var controller: ToleranceController
    }

    var steering: Steering {
        get { Steering(economy: economy, controller: controller) }
        set { (economy, controller) = (newValue.economy, newValue.controller) }
    }

    /// Takes an audit and moves the tolerance.
    func learn(_ frame: AuditedFrame) {
        guard isAudited else { return }
        controller.add(frame)
        session.setTolerance(controller.epsilon, outputWeights: model.head.channelWeights)
        matcher.tolerance = blockTolerance
    }

    private func named(_ outputs: [Tensor]) -> [NamedTensor] { zip(session.plan.outputs, outputs).map { NamedTensor($0.name, $1) } }
}
