import Concurrency
import Inference
import Models
import Vision

/// `--cache adaptive`: does what the policy says. Blocks are compared with the stored reference, changes are weighed by what they are
/// worth, and audits steer. One network may answer for several models (`ModelSet`).
package final class AdaptiveNetwork: ReusingNetwork {
    package let session: IncrementalSession
    /// What a resumed run has to know.
    package var policy: AdaptivePolicy
    package private(set) var lastMatch: Match?
    package var makeProbe: (() -> ExitProbe)? { didSet { session.probe = makeProbe?() } }
    package var willComputeAgain: () -> Void = {}
    package var isAuditWanted: () -> Bool = { false }
    private let matcher: BlockMatcher
    /// All run by the same plan.
    private let models: [LoadedModel]
    private let normalization: Normalization
    private let threads: Int
    /// For frames that are computed in full one after the other; made when first needed.
    private var dense: DenseNetwork?
    /// What counts as agreeing.
    private let rule: Agreement.Rule
    /// Present where frames may be answered from those before and after them.
    private let changes: UnexplainedChanges?
    /// For measuring the floor; made when first needed.
    private var noisy: NoisyPicture?
    /// Of a classifier: the outputs of the last answer from the network; nil where that was left early. A detector's are not held
    /// here: whoever holds outputs makes the next update copy them.
    private var standing: [NamedTensor]?
    private var usesMargins: Bool { policy.usesMargins }

    /// - Parameter models: that run as one network and see the same picture.
    package init(_ models: [LoadedModel], picture: PixelBuffer, options: ReuseOptions, threads: Int) throws(InferenceError) {
        (self.models, self.threads) = (models, threads)
        session = try IncrementalSession(models[0].plan, threads: threads)
        matcher = BlockMatcher(
            width: picture.width, height: picture.height, channels: picture.channels, rowBytes: picture.rowBytes, block: options.block)
        normalization = models[0].card.input.normalization
        policy = options.makePolicy(for: models)
        rule = options.agreeOn.rule
        changes = policy.propagates ? UnexplainedChanges(matcher) : nil
    }

    /// Another input comes, of which nothing is known: it gets what it would get alone.
    package func begin(_ policy: AdaptivePolicy) {
        self.policy = policy
        session.forgetTolerance()
        reset()
    }

    package func reset() {
        policy.reset()
        changes?.clear()
    }

    package func run(_ picture: PixelBuffer, _ placement: Placement, candidates: [Motion]) throws(DeepVidError) -> ReusedAnswer {
        try run(picture, placement, .frame)
    }

    /// As `run`, for a frame at the end of a stretch: parts of frames before it may be computed next.
    package func runEnd(_ picture: PixelBuffer, _ placement: Placement) throws(DeepVidError) -> ReusedAnswer {
        try run(picture, placement, .stretchEnd)
    }

    /// What may be looked at by itself in a picture, now compared with what is stored.
    /// - Parameters:
    ///   - objects: where they are on their way, in source pixels, and what is lost of each.
    ///   - changes: what is lost of each of their areas.
    package func candidates(
        in picture: PixelBuffer, _ objects: [(way: Box, loss: Double, isReported: Bool)],
        _ changes: (areas: [PixelRect], loss: Double), _ placement: Placement
    ) -> [PartCandidate] {
        matcher.tolerance = policy.blockTolerance
        matcher.compare(picture.base)
        func candidate(_ own: PixelRect, _ loss: Double, isReported: Bool = false) -> PartCandidate {
            let area = own.widened(by: PolicyConstants.Propagation.surroundings)
            return PartCandidate(loss: loss, share: matcher.changedShare(in: area), own: own, area: area, isReported: isReported)
        }
        return objects.map { candidate(matcher.area(of: $0.way, placement), $0.loss, isReported: $0.isReported) }
            + changes.areas.map { candidate($0, changes.loss) }
    }

    /// Those of the objects that were found in parts of a picture: what else an answer to them has is of other frames.
    package func found(_ objects: [Detection], in parts: [PartCandidate], _ placement: Placement) -> [Detection] {
        let own = parts.map { $0.own.widened(by: PolicyConstants.Propagation.aside) }
        return objects.filter { object in
            let box = matcher.area(of: object.box, placement)
            let middle = PixelRect(x: box.x + box.width / 2, y: box.y + box.height / 2, width: 1, height: 1)
            return own.contains { $0.meets(middle) }
        }
    }

    /// Computes what changed in parts of a picture; the others stay as they are stored. The answer holds for these parts only (`found`).
    /// - Parameter areas: in model pixels.
    /// - Precondition: `policy.mayComputeParts`, and the picture is the one whose `candidates` were listed last.
    package func runParts(_ picture: PixelBuffer, _ areas: [PixelRect]) throws(DeepVidError) -> ReusedAnswer {
        var answer = ReusedAnswer(outputs: nil, reused: 1, matchMilliseconds: 0)
        let watch = Stopwatch(), match = matcher.changes(within: areas)
        (lastMatch, answer.matchMilliseconds) = (match, watch.milliseconds)
        guard !match.changed.isEmpty else { return answer }
        _ = try update(picture, match, &answer)
        policy.computedParts(cost: session.cost, share: match.share)
        setTolerance()
        follow(answer)
        return answer
    }

    /// Answers a frame from the computed ones before and after it. Where it is drawn for the estimate, it is computed in full as well, and
    /// that is the answer.
    ///
    /// - Parameter detections: what they say of it, down to the score that agreement is measured from.
    package func propagate(
        _ detections: [Detection], _ picture: PixelBuffer, _ placement: Placement
    ) throws(DeepVidError) -> ReusedAnswer {
        try run(picture, placement, .between, answer: ReusedAnswer(outputs: nil, detections: detections, reused: 1, matchMilliseconds: 0))
    }

    /// Strong changes since the last computed picture that no known object explains. The network may be asked about the picture after it.
    /// - Parameter objects: that are known, in source pixels.
    package func changes(
        in picture: PixelBuffer, outside objects: [Box], _ placement: Placement
    ) -> UnexplainedChanges.Found? {
        guard let changes else { return nil }
        matcher.compare(picture.base)
        return changes.find(outside: objects, placement)
    }

    /// Takes what such changes came to, once the network has looked.
    package func learn(_ found: UnexplainedChanges.Found, new: [Box], _ placement: Placement) { changes?.learn(found, new: new, placement) }

    private func run(
        _ picture: PixelBuffer, _ placement: Placement, _ first: ReuseObservation,
        answer: ReusedAnswer = ReusedAnswer(outputs: nil, reused: 0, matchMilliseconds: 0)
    ) throws(DeepVidError) -> ReusedAnswer {
        lastMatch = nil
        var (answer, observation) = (answer, first)
        var isJudged = !usesMargins, hasRun = false
        while true {
            switch policy.step(observation) {
            case .compare:
                let watch = Stopwatch()
                matcher.tolerance = policy.blockTolerance
                let share = matcher.compare(picture.base)
                answer.reused = share == 0 ? 1 : 0
                let claim = share == 0 && usesMargins ? standing.map { margin(of: $0) ?? 0 } : nil
                isJudged = isJudged || claim != nil
                lastMatch = share == 0 ? Match() : matcher.changes()
                answer.matchMilliseconds = watch.milliseconds
                observation = .compared(changedShare: share, margin: claim, noise: matcher.noise)
            case .update:
                let watch = Stopwatch(), match = lastMatch ?? matcher.changes()
                lastMatch = match
                answer.matchMilliseconds += watch.milliseconds
                observation = try update(picture, match, &answer)
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
                observation = .verified(worstMargins(claimed, exact), margin: stores ? nil : margin(of: exact))
            case .audit:
                if hasRun { willComputeAgain() }
                let noise = policy.measuresFloor ? matcher.noise : nil
                // Where no block changed, the outputs that are stored stand.
                let moved = answer.detections, claimed = answer.outputs ?? session.storedOutputs, exact = try refresh(picture)
                (answer.outputs, answer.detections, answer.reused) = (exact, nil, 0)
                let noisy = try noise.map { (noise) throws(DeepVidError) in (try computeNoisy(picture, noise), Double(noise)) }
                observation = .audited(
                    try named { () throws(VisionError) in
                        try models.map { (model) throws(VisionError) in
                            var frame =
                                if let moved { try model.audit(moved, model.own(exact), placement: placement, rule: rule) } else {
                                    try model.audit(model.own(claimed), model.own(exact), placement: placement, rule: rule)
                                }
                            if let (again, noise) = noisy {
                                let agreement = try model.agreement(
                                    model.own(exact), model.own(again), placement: placement, rule: rule)
                                frame.floor = AuditedFrame.Floor(agreement: agreement, noise: noise)
                            }
                            return frame
                        }
                    })
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
            dense = DenseNetwork(models[0], threads: threads)
            dense!.session.probe = makeProbe?()
        }
        return try dense!.run(picture)
    }

    /// The dense outputs for the picture with noise.
    private func computeNoisy(_ picture: PixelBuffer, _ noise: Float) throws(DeepVidError) -> [NamedTensor] {
        let copy = noisy ?? NoisyPicture(like: picture)
        noisy = copy
        copy.take(picture, noise: noise)
        return try computeDense(copy.buffer)
    }

    package func answered(_ answers: [HeadResult], _ placement: Placement) {
        policy.answered(
            objects: zip(models, answers).map { model, answer in
                guard case .detections(let all) = answer else { return 1 }
                return all.count { $0.score >= model.score }
            })
    }

    /// What `body` gives; what fails in the head becomes the library's error.
    private func named<T>(_ body: () throws(VisionError) -> T) throws(DeepVidError) -> T {
        do throws(VisionError) { return try body() } catch { throw DeepVidError(.modelFailed, error.description, cause: error) }
    }

    /// Sets where the next picture has to be computed carefully, by what this one's outputs came near to.
    private func follow(_ answer: ReusedAnswer) {
        guard policy.tolerance > 0, answer.reason != .notWorthwhile, let outputs = answer.outputs, !outputs.isEmpty else { return }
        session.map.follow(
            models.map { model in
                let regions = try? model.head.decisionRegions(model.own(outputs), minimumScore: model.scores.watched)
                return (regions ?? .everywhere, model.score)
            })
    }

    /// The least of the models' margins: all their answers have to be clear.
    private func margin(of outputs: [NamedTensor]) -> Float? {
        models.compactMap { (try? $0.head.margin(of: nil, $0.own(outputs)))?.margin }.min()
    }

    private func worstMargins(_ claimed: [NamedTensor], _ exact: [NamedTensor]) -> AuditedFrame.Margins? {
        .worst(models.map { try? $0.margins($0.own(claimed), $0.own(exact)) })
    }

    /// An output that several models might have, by its channels, is weighed as the first of them has it.
    private func setTolerance() {
        let heads = models.map(\.head)
        session.setTolerance(policy.tolerance) { channels in heads.lazy.compactMap { $0.channelWeights(channels) }.first }
    }
}
