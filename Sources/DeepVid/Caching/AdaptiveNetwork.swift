import Concurrency
import Models
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
    var makeProbe: (() -> TapProbe)? { didSet { session.probe = makeProbe?() } }
    /// Called before a picture that the session's probe has seen is computed once more, in full.
    var willComputeAgain: () -> Void = {}
    private var economy: Economy
    private(set) var controller: ToleranceController
    /// For classifiers: which answers are given; else nil.
    private var answerGuard: AnswerGuard?
    /// The outputs of the last answer from the network; nil where a probe ended the run.
    private var standing: [NamedTensor]?

    /// Above this share of changed blocks nothing is left to reuse. A change of light changes many blocks by little: the
    /// layers, and the economy, decide what that is worth.
    private static let sceneCutShare = 0.9
    /// Mean |difference| of a block, in levels, that the noise of coded pictures makes.
    static let noise: Float = 3
    /// Up to which mean |difference| a block rests: the noise, or less where the tolerance had to be lowered. What rests is wrong
    /// whatever the layers tolerate; some models answer to noise alone.
    private var blockTolerance: Float {
        epsilon == 0 ? 0 : options.blockTolerance ?? (answerGuard == nil ? min(Self.noise, 400 * epsilon) : max(0.5, 60 * epsilon))
    }

    /// The tolerance in force.
    var epsilon: Float { answerGuard?.epsilon ?? controller.epsilon }

    init(_ model: LoadedModel, picture: PixelBuffer, options: CacheOptions, threads: Int) throws(InferenceError) {
        (self.model, self.threads) = (model, threads)
        session = try IncrementalSession(model.plan, threads: threads)
        matcher = BlockMatcher(
            width: picture.width, height: picture.height, channels: picture.channels, rowBytes: picture.rowBytes, block: options.block)
        normalization = model.card.input.normalization
        self.options = options
        let target = options.targetAgreement
        controller = ToleranceController(target: target, start: options.epsilon)
        if model.card.head == .classification, options.epsilon == nil, target < 1 { answerGuard = AnswerGuard(target: target) }
        // Each new try costs a classifier frames computed both ways, and clear answers end the wait.
        economy = answerGuard == nil ? Economy() : Economy(shortestRun: 100)
        matcher.tolerance = blockTolerance
    }

    func run(_ picture: PixelBuffer, candidates: [Motion]) throws(DeepVidError) -> ReusedAnswer {
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
        if match.changed.isEmpty {
            return try judged(nil, ReusedAnswer(outputs: nil, reused: 1, matchMilliseconds: matchMilliseconds), picture)
        }
        if match.share > Self.sceneCutShare {
            economy.cut()
            answerGuard?.forget()
            return ReusedAnswer(outputs: try refresh(picture), reused: 0, reason: "scene_cut", matchMilliseconds: matchMilliseconds)
        }
        session.map.heed(matcher.blocks(differingBy: ToleranceMap.strongDifference))
        matcher.accept(match, picture.base)
        let (outputs, macs, exit) = try update(picture, match)
        let reused = max(0, 1 - Double(macs) / Double(max(1, session.plan.macs)))
        let answer = ReusedAnswer(outputs: outputs, reused: reused, matchMilliseconds: matchMilliseconds)
        guard let exit else { return try judged(outputs, answer, picture) }
        standing = nil
        // Without reuse a frame that was left early would have cost less, too.
        if exit.depthShare >= Self.shallow { economy.spent(session.cost / exit.depthShare) }
        return answer
    }

    /// The outputs, the multiply-accumulates spent on them, and the tap at which the run was left, if it was.
    private func update(_ picture: PixelBuffer, _ match: Match) throws(DeepVidError) -> ([NamedTensor], Int, Tap?) {
        let probe = session.probe, isLooking = probe?.isLooking ?? false
        probe?.isLooking = isLooking && isProven
        defer { probe?.isLooking = isLooking }
        // What changes are worth takes milliseconds to find out, which a camera that moves all the time has no use for.
        if answerGuard != nil { setTolerance() }
        do throws(InferenceError) {
            let (outputs, macs) = try session.update(
                pixels: picture.base, rowBytes: picture.rowBytes, scale: normalization.scale, bias: normalization.bias,
                changed: match.changed)
            guard let probe, let exit = probe.exit else { return (named(outputs), macs, nil) }
            return ([], macs, probe.taps[exit])
        } catch {
            throw DeepVidError(.modelFailed, error.description)
        }
    }

    /// Share of the multiply-accumulates that costs next to nothing with reuse or without, and so tells nothing.
    private static let shallow = 0.1

    /// Whether taps may be believed under reuse: those from which change was withheld look as if nothing had.
    var isProven: Bool { answerGuard?.isProven ?? true }

    /// The answer from reuse where it may be given; else the picture is computed in full.
    ///
    /// - Parameter outputs: of an update; nil where nothing changed, and the last outputs stand.
    private func judged(_ outputs: [NamedTensor]?, _ answer: ReusedAnswer, _ picture: PixelBuffer) throws(DeepVidError) -> ReusedAnswer {
        let cost = outputs == nil ? Self.restingCost : session.cost
        guard answerGuard != nil, let claimed = outputs ?? standing else {
            if outputs != nil { economy.spent(cost) }
            return answer
        }
        answerGuard!.updated(cost: cost)
        let lead = (try? model.head.margin(of: nil, claimed))?.margin ?? 0
        let isDoubtful = answerGuard!.isDoubtful(lead: lead)
        economy.spent(isDoubtful ? cost + 1 : cost)
        standing = claimed
        if answerGuard!.isProven, !isDoubtful {
            steer()
            return answer
        }
        if outputs != nil { willComputeAgain() }
        var full = answer
        full.reused = 0
        full.reason = "audit"
        // What is stored stays for proofs: they are to tell what reuse does in the long run.
        full.outputs = answerGuard!.isProven ? try refresh(picture) : try runDense(picture).outputs
        if let leads = try? model.leads(claimed, full.outputs!) { answerGuard!.learn(leads) }
        steer()
        return full
    }

    /// What a frame costs of which nothing is computed.
    private static let restingCost = 0.04

    private func steer() {
        if answerGuard?.isHopeless == true, !economy.isStopped { economy.stop() }
        if economy.isStopped { answerGuard?.gaveUp() }
        setTolerance()
    }

    /// Everything from this picture; afterwards what is stored is exact.
    func refresh(_ picture: PixelBuffer) throws(DeepVidError) -> [NamedTensor] {
        do throws(InferenceError) {
            matcher.accept(picture.base)
            let outputs = try session.refresh(
                pixels: picture.base, rowBytes: picture.rowBytes, scale: normalization.scale, bias: normalization.bias)
            if isFresh, answerGuard == nil { setTolerance() }
            isFresh = false
            let answer = named(outputs)
            // Whoever holds the outputs makes the next update copy them: only classifiers' are small.
            if answerGuard != nil { standing = answer }
            return answer
        } catch {
            throw DeepVidError(.modelFailed, error.description)
        }
    }

    /// In full, without touching what is stored.
    private func runDense(_ picture: PixelBuffer, _ matchMilliseconds: Double = 0) throws(DeepVidError) -> ReusedAnswer {
        if dense == nil {
            dense = DenseNetwork(model, plan: model.plan.sharingMemory(), threads: threads)
            dense!.session.probe = makeProbe?()
        }
        let outputs = try dense!.run(picture)
        if answerGuard != nil, economy.isStopped, let lead = try? model.head.margin(of: nil, outputs),
            answerGuard!.isClearAgain(lead: lead.margin)
        {
            economy.wake()
        }
        return ReusedAnswer(outputs: outputs, reused: 0, reason: "busy", matchMilliseconds: matchMilliseconds)
    }

    /// Sets where the next picture has to be computed carefully, by what this one's outputs came near to.
    func watch(_ outputs: [NamedTensor]) {
        guard epsilon > 0 else { return }
        session.map.follow(
            (try? model.head.decisionRegions(outputs, minimumScore: model.scores.watched)) ?? .everywhere, threshold: model.score)
    }

    var isAudited: Bool { options.epsilon == nil }

    /// Forgets everything: the next picture is of another scene, size or time.
    func reset() {
        isFresh = true
        economy = Economy(shortestRun: economy.shortestRun)
        answerGuard?.forget()
    }

    /// What steers: all that a network must know to go on where another one was.
    struct Steering: Codable, Sendable {
        var economy: Economy
        var controller: ToleranceController
        var answerGuard: AnswerGuard?
    }

    var steering: Steering {
        get { Steering(economy: economy, controller: controller, answerGuard: answerGuard) }
        set { (economy, controller, answerGuard) = (newValue.economy, newValue.controller, newValue.answerGuard ?? answerGuard) }
    }

    /// Takes an audit and moves the tolerance.
    func learn(_ frame: AuditedFrame) {
        guard isAudited else { return }
        if answerGuard != nil {
            controller.count(frame)
            if let leads = frame.leads { answerGuard!.learn(leads) }
        } else {
            controller.add(frame)
        }
        setTolerance()
    }

    private func setTolerance() {
        session.setTolerance(epsilon, outputWeights: model.head.channelWeights)
        matcher.tolerance = blockTolerance
    }

    private func named(_ outputs: [Tensor]) -> [NamedTensor] { zip(session.plan.outputs, outputs).map { NamedTensor($0.name, $1) } }
}
