import Concurrency
import Inference
import Models
import Vision

/// `--cache adaptive`: does what the policy says. Blocks are compared with the stored reference, changes are weighed by what they are
/// worth, and audits steer.
package final class AdaptiveNetwork: ReusingNetwork {
    package let session: IncrementalSession
    /// What a resumed run has to know.
    package var policy: AdaptivePolicy
    package private(set) var lastMatch: Match?
    package var makeProbe: (() -> ExitProbe)? { didSet { session.probe = makeProbe?() } }
    package var willComputeAgain: () -> Void = {}
    package var isAuditWanted: () -> Bool = { false }
    private let matcher: BlockMatcher
    private let model: LoadedModel
    private let normalization: Normalization
    private let threads: Int
    /// For frames that are computed in full one after the other; made when first needed.
    private var dense: DenseNetwork?
    /// Of a classifier: the outputs of the last answer from the network; nil where that was left early. A detector's are not held
    /// here: whoever holds outputs makes the next update copy them.
    private var standing: [NamedTensor]?
    private var usesMargins: Bool { policy.usesMargins }

    package init(_ model: LoadedModel, picture: PixelBuffer, options: ReuseOptions, threads: Int) throws(InferenceError) {
        (self.model, self.threads) = (model, threads)
        session = try IncrementalSession(model.plan, threads: threads)
        matcher = BlockMatcher(
            width: picture.width, height: picture.height, channels: picture.channels, rowBytes: picture.rowBytes, block: options.block)
        normalization = model.card.input.normalization
        policy = options.makePolicy(for: model)
    }

    /// Another input comes, of which nothing is known: it gets what it would get alone.
    package func begin(_ policy: AdaptivePolicy) {
        self.policy = policy
        session.forgetTolerance()
        reset()
    }

    package func reset() { policy.reset() }

    package func run(_ picture: PixelBuffer, _ placement: Placement, candidates: [Motion]) throws(DeepVidError) -> ReusedAnswer {
        lastMatch = nil
        var answer = ReusedAnswer(outputs: nil, reused: 0, matchMilliseconds: 0)
        var observation = ReuseObservation.frame
        var isJudged = !usesMargins, hasRun = false
        while true {
            switch policy.step(observation) {
            case .compare:
                let watch = Stopwatch()
                matcher.tolerance = policy.blockTolerance
                let match = matcher.match(picture.base)
                lastMatch = match
                answer.matchMilliseconds = watch.milliseconds
                answer.reused = match.changed.isEmpty ? 1 : 0
                let claim = match.changed.isEmpty && usesMargins ? standing.map { margin(of: $0) ?? 0 } : nil
                isJudged = isJudged || claim != nil
                observation = .compared(changedShare: match.share, margin: claim)
            case .update:
                observation = try update(picture, lastMatch!, &answer)
                (isJudged, hasRun) = (true, true)
            case .refresh(let reason):
                if reason == .motionEnded { willComputeAgain() }
                (answer.outputs, answer.reused) = (try refresh(picture), 0)
                observation = .refreshed
            case .dense(let remembersPicture):
                if remembersPicture { matcher.accept(picture.base) }
                let outputs = try computeDense(picture)
                (answer.outputs, answer.reused) = (outputs, 0)
                observation = .computed(margin: usesMargins ? margin(of: outputs) : nil)
            case .verify(let stores):
                if hasRun { willComputeAgain() }
                let claimed = answer.outputs ?? standing ?? [], exact = stores ? try refresh(picture) : try computeDense(picture)
                (answer.outputs, answer.reused) = (exact, 0)
                observation = .verified(try? model.margins(claimed, exact), margin: stores ? nil : margin(of: exact))
            case .audit:
                willComputeAgain()
                let claimed = answer.outputs ?? [], exact = try refresh(picture)
                (answer.outputs, answer.reused) = (exact, 0)
                do throws(VisionError) { observation = .audited(try model.audit(claimed, exact, placement: placement)) } catch {
                    throw DeepVidError(.modelFailed, error.description, cause: error)
                }
            case .answer(let reason):
                answer.reason = reason
                if isJudged { setTolerance() }
                follow(answer)
                return answer
            }
        }
    }

    /// Computes what changed.
    private func update(_ picture: PixelBuffer, _ match: Match, _ answer: inout ReusedAnswer) throws(DeepVidError) -> ReuseObservation {
        session.map.tighten(around: matcher.blocks(differingBy: PolicyConstants.Map.strongDifference))
        matcher.accept(match, picture.base)
        let probe = session.probe, isLooking = probe?.isEnabled ?? false
        probe?.isEnabled = isLooking && policy.trustsExits
        defer { probe?.isEnabled = isLooking }
        // What changes are worth takes milliseconds to find out, which a camera that moves all the time has no use for.
        if usesMargins { setTolerance() }
        let outputs: [NamedTensor]
        (outputs, answer.reused) = try session.update(picture, normalization, match)
        let computed = 1 - answer.reused
        if let probe, let exit = probe.exit {
            (answer.outputs, standing) = ([], nil)
            return .left(cost: session.cost, computed: computed, macsFraction: probe.points[exit].macsFraction)
        }
        answer.outputs = outputs
        if usesMargins { standing = outputs }
        return .updated(
            cost: session.cost, computed: computed, margin: usesMargins ? margin(of: outputs) : nil, isAuditWanted: isAuditWanted())
    }

    /// Everything from this picture; afterwards what is stored is exact.
    private func refresh(_ picture: PixelBuffer) throws(DeepVidError) -> [NamedTensor] {
        matcher.accept(picture.base)
        let outputs = try session.refresh(picture, normalization)
        if usesMargins { standing = outputs }
        return outputs
    }

    /// In full, without touching what is stored.
    private func computeDense(_ picture: PixelBuffer) throws(DeepVidError) -> [NamedTensor] {
        if dense == nil {
            dense = DenseNetwork(model, plan: model.plan.sharingMemory(), threads: threads)
            dense!.session.probe = makeProbe?()
        }
        return try dense!.run(picture)
    }

    /// Sets where the next picture has to be computed carefully, by what this one's outputs came near to.
    private func follow(_ answer: ReusedAnswer) {
        guard policy.tolerance > 0, answer.reason != .notWorthwhile, let outputs = answer.outputs, !outputs.isEmpty else { return }
        session.map.follow(
            (try? model.head.decisionRegions(outputs, minimumScore: model.scores.watched)) ?? .everywhere, threshold: model.score)
    }

    private func margin(of outputs: [NamedTensor]) -> Float? { (try? model.head.margin(of: nil, outputs))?.margin }

    private func setTolerance() { session.setTolerance(policy.tolerance, outputWeights: model.head.channelWeights) }
}
