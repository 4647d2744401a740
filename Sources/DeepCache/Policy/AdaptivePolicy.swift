/// Decides what is computed of each frame: a value that is told what was observed and says what to do next.
///
/// ```
/// .frame ─▶ compare ─▶ .compared ─▶ update ─▶ .updated ─▶ audit ─▶ .audited ─▶ answer
///        └▶ refresh ─▶ .refreshed ─▶ answer    └────────▶ answer
///        └▶ dense   ─▶ .computed  ─▶ answer
/// ```
/// Whoever runs it does what the action says and reports what came of it, until the action is `answer`. No clock, no pixels and no
/// tensors are in here, so a test drives it with made-up observations, and the same observations give the same actions.
///
/// Answers of many scores (detections, embeddings, and classes that have to be exact) have one tolerance for all frames, which audits move.
/// A classifier's answer is often ahead by next to nothing, so its answers are judged one by one by their margin, and those in doubt are
/// computed in full as well. Clear dense answers end a run of dense frames early.
public struct AdaptivePolicy: Codable, Sendable {
    private typealias Constants = PolicyConstants.Scene
    private var governor: ReuseGovernor
    private var schedule = AuditSchedule()
    /// Where a gate moves the tolerance: for its mean of the audits only.
    private var controller: ToleranceController
    /// Nil where answers are not judged one by one.
    private var gate: MarginGate?
    /// Nil where the network answers every frame that changed.
    package var propagation: PropagationController?
    /// Whether the frame in work is answered without the network.
    private var isPropagated = false
    private var isFresh = true
    /// Whether what is computed in full is stored in any case.
    private var keepsStored = false
    /// Whether what is stored is of the last computed frame.
    private var isStored = false
    /// Draws frames for the estimates, and whether the one in work is drawn and still to be counted.
    private var sampler: AuditSampler?
    private var isDrawn = false
    /// How reuse agrees, and how dense inference agrees with itself where noise is added, by the drawn frames alone: of each model that the
    /// network answers for.
    public private(set) var estimates: [AgreementEstimate]
    public private(set) var floors: [NoiseFloor]
    /// What the clip's noise makes of blocks that rest, in levels: a running mean; nil before anything was compared.
    private var noise: Float?
    private let target: Double
    /// Why the frame in work is being computed in full.
    private var reason: ReuseReason?

    /// - Parameters:
    ///   - target: agreement with dense inference to hold, 0…1. At 1 only what is the same to the last bit is reused.
    ///   - models: that one network answers for. The one that agrees least steers.
    ///   - classifies: whether a frame has one best class as its answer, of each model.
    ///   - mayPropagate: whether frames may be answered from computed ones before and after them.
    ///   - seed: of the draw of the frames that agreement is estimated from; nil draws none.
    public init(target: Double, models: Int = 1, classifies: Bool, mayPropagate: Bool = false, seed: UInt64? = nil) {
        typealias Constants = PolicyConstants.Governor
        let isJudged = classifies && target < 1
        self.target = target
        (estimates, floors) = (Array(repeating: .init(), count: models), Array(repeating: .init(), count: models))
        // At 1 there is nothing to estimate.
        sampler = target < 1 ? seed.map { AuditSampler(seed: $0) } : nil
        governor = ReuseGovernor(shortestRun: isJudged ? Constants.classifierRun : Constants.detectorRun)
        typealias Propagation = PolicyConstants.Propagation
        let propagates = mayPropagate && !isJudged && target < 1
        propagation = propagates ? PropagationController(target: target) : nil
        // What is computed keeps most of what the target allows for what is not.
        controller = ToleranceController(target: propagates ? 1 - (1 - target) * Propagation.updateShare : target)
        gate = isJudged ? MarginGate(target: target) : nil
    }

    /// Whether answers are judged one by one by their margins, which observations then have to tell.
    public var usesMargins: Bool { gate != nil }

    /// What a withheld change may be worth at the outputs (`IncrementalSession.setTolerance`).
    public var tolerance: Float { gate?.epsilon ?? controller.epsilon }

    /// Mean |difference| up to which a block counts as unchanged, in levels.
    public var blockTolerance: Float {
        if tolerance == 0 { return 0 }
        return usesMargins
            ? max(Constants.leastClassifierLevel, Constants.classifierLevels * tolerance)
            : min(max(Constants.noiseFactor * (noise ?? 0), Constants.leastNoise), Constants.noise, Constants.detectorLevels * tolerance)
    }

    /// Whether frames may be answered from computed ones before and after them.
    public var propagates: Bool { propagation != nil }

    /// Whether layers' activations tell what the whole network would say: not before reuse was calibrated.
    public var trustsExits: Bool { gate?.isCalibrated ?? true }

    /// The next frame is of another view: nothing that is stored is of use. What was learnt of the model stays.
    public mutating func reset() {
        isFresh = true
        governor = ReuseGovernor(shortestRun: governor.shortestRun)
        gate?.forget()
    }

    /// What was stored is gone, and nothing else: the run goes on in another process.
    public mutating func resume() { isFresh = true }

    public mutating func step(_ observation: ReuseObservation) -> ReuseAction {
        switch observation {
        case .frame: return begin(keepsStored: false)
        case .stretchEnd: return begin(keepsStored: propagates)
        case .between:
            (isPropagated, isDrawn) = (true, draws())
            schedule.recordPropagated()
            return isDrawn ? .audit : .answer(.propagated)
        case .compared(let share, let margin, let noise):
            if let noise {
                let mean = self.noise ?? noise
                self.noise = mean + Constants.noiseMemory * (noise - mean)
            }
            return compared(share, margin)
        case .updated(let cost, let computed, let margin, let isAuditWanted):
            isStored = true
            propagation?.costs.ranWhole(cost: cost)
            if let verification = judge(margin ?? 0, cost: cost) { return verification }
            let isDue = schedule.record(cost: cost, computed: computed)
            if isDrawn { return .audit }
            guard isDue || isAuditWanted else { return .answer(nil) }
            return schedule.isAfterMotion ? refresh(.motionEnded) : .audit
        case .left(let cost, let computed, let macsFraction):
            // Without reuse a frame that was left early would have cost less, too.
            if macsFraction >= Constants.shallowExit { governor.record(cost: cost / macsFraction) }
            schedule.record(cost: cost, computed: computed)
            // What has no outputs is compared with nothing; semantic memory audits its exits itself.
            isDrawn = false
            return .answer(nil)
        case .refreshed:
            isStored = true
            return computedInFull()
        case .computed(let margin):
            isStored = false
            seeDense(margin)
            return computedInFull()
        case .verified(let margins, let margin):
            seeDense(margin)
            if let margins { gate?.calibrate(margins) }
            settle()
            schedule.record(cost: 1, computed: 0)
            return .answer(.audit)
        case .audited(let frames):
            isStored = true
            let frame = AuditedFrame(least: frames)
            if !isPropagated, !usesMargins { controller.add(frame) }
            if isDrawn {
                for (model, frame) in frames.enumerated() {
                    estimates[model].add(frame, weight: sampler?.weight ?? 1)
                    if let measured = frame.floor { floors[model].add(measured) }
                }
                isDrawn = false
            }
            if let margins = frame.margins { gate?.calibrate(margins) }
            schedule.recordAudit()
            return .answer(.audit)
        }
    }

    /// Frames that were audited, for whatever reason.
    public var audits: Int { schedule.audits }

    /// Whether the floor is measured with the frame in work, which is being audited.
    public var measuresFloor: Bool { isDrawn && (estimates[0].frames + 1).isMultiple(of: PolicyConstants.Sampling.floorInterval) }

    /// Takes what was given out for the frame: a drawn one that was computed in full agrees with dense inference, for it is that.
    /// - Parameter objects: that were reported, by model.
    public mutating func answered(objects: [Int]) {
        if isDrawn {
            for (model, count) in objects.enumerated() {
                estimates[model].add(AuditedFrame(agreement: count > 0 ? 1 : nil, objects: count), weight: sampler?.weight ?? 1)
            }
        }
        isDrawn = false
    }

    private mutating func draws() -> Bool {
        sampler?.next(cost: schedule.meanCost, isUncertain: estimates.contains { $0.interval.lowerBound < target }) ?? false
    }

    /// Whether parts of a frame may be computed, and the rest of what is stored left as it is.
    package var mayComputeParts: Bool { propagates && isStored && !isFresh }

    /// Parts of a frame were computed.
    /// - Parameter share: of the picture's pixels that changed in them.
    package mutating func computedParts(cost: Double, share: Double) {
        propagation?.costs.ranPart(cost: cost, share: share)
        schedule.recordPart(cost: cost)
    }

    private mutating func begin(keepsStored: Bool) -> ReuseAction {
        (isPropagated, isDrawn, self.keepsStored) = (false, draws(), keepsStored)
        if isFresh {
            isFresh = false
            return refresh(.firstFrame)
        }
        let action = governor.next()
        guard case .dense(let remembers) = action else { return action }
        return computeInstead(remembersPicture: remembers)
    }

    /// Computes the frame in full while reuse is stopped.
    private mutating func computeInstead(remembersPicture: Bool) -> ReuseAction {
        if keepsStored { return refresh(.notWorthwhile) }
        reason = .notWorthwhile
        // What appears between two frames is looked for in what changed since the last one.
        return .dense(remembersPicture: remembersPicture || propagates)
    }

    private mutating func compared(_ share: Double, _ margin: Float?) -> ReuseAction {
        if governor.isProbing {
            if governor.resolveProbe(changedShare: share) { return refresh(.notWorthwhile) }
            return computeInstead(remembersPicture: false)
        }
        if share == 0 {
            // The last answer stands.
            if usesMargins, let margin, let verification = judge(margin, cost: Constants.restingCost) { return verification }
            schedule.record(cost: Constants.restingWork, computed: 0)
            return isDrawn ? .audit : .answer(nil)
        }
        guard share <= Constants.cutShare else {
            governor.record(cost: PolicyConstants.Governor.cutCost)
            gate?.forget()
            return refresh(.sceneCut)
        }
        return .update
    }

    private mutating func refresh(_ reason: ReuseReason) -> ReuseAction {
        self.reason = reason
        return .refresh(reason)
    }

    /// Everything was computed, for `reason`.
    private mutating func computedInFull() -> ReuseAction {
        if reason == .motionEnded { schedule.recordAudit() } else { schedule.record(cost: 1, computed: 0) }
        propagation?.costs.ranWhole(cost: 1)
        return .answer(reason)
    }

    /// - Returns: how the answer is to be verified; nil when it may be given.
    private mutating func judge(_ margin: Float, cost: Double) -> ReuseAction? {
        gate?.record(cost: cost)
        let isClear = gate?.judge(margin: margin) ?? true
        governor.record(cost: isClear ? cost : cost + 1)
        if isClear, trustsExits {
            settle()
            return nil
        }
        // While calibrating, what is stored stays: it is to tell what reuse does in the long run.
        return .verify(stores: trustsExits)
    }

    /// Clear dense answers, while reuse is stopped, are a reason to try again.
    private mutating func seeDense(_ margin: Float?) {
        if governor.isStopped, let margin, gate?.recordDense(margin: margin) ?? false { governor.resumeSoon() }
    }

    private mutating func settle() {
        guard let gate else { return }
        if gate.isNotWorthwhile, !governor.isStopped { governor.stop() }
        if governor.isStopped { self.gate?.giveUp() }
    }
}
