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
    private var isFresh = true
    /// Why the frame in work is being computed in full.
    private var reason: ReuseReason?

    /// - Parameters:
    ///   - target: agreement with dense inference to hold, 0…1. At 1 only what is the same to the last bit is reused.
    ///   - classifies: whether a frame has one best class as its answer.
    public init(target: Double, classifies: Bool) {
        typealias Constants = PolicyConstants.Governor
        let isJudged = classifies && target < 1
        governor = ReuseGovernor(shortestRun: isJudged ? Constants.classifierRun : Constants.detectorRun)
        controller = ToleranceController(target: target)
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
            : min(Constants.noise, Constants.detectorLevels * tolerance)
    }

    /// Whether layers' activations tell what the whole network would say: not before reuse was calibrated.
    public var trustsExits: Bool { gate?.isCalibrated ?? true }

    /// Mean agreement of the audited frames, and how many they were; nil before the first.
    public var audits: (agreement: Double, frames: Int)? { controller.agreement.map { ($0, controller.audits) } }

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
        case .frame: return begin()
        case .compared(let share, let margin): return compared(share, margin)
        case .updated(let cost, let computed, let margin, let isAuditWanted):
            if let verification = judge(margin ?? 0, cost: cost) { return verification }
            let isDue = schedule.record(cost: cost, computed: computed)
            guard isDue || isAuditWanted else { return .answer(nil) }
            return schedule.isAfterMotion ? refresh(.motionEnded) : .audit
        case .left(let cost, let computed, let macsFraction):
            // Without reuse a frame that was left early would have cost less, too.
            if macsFraction >= Constants.shallowExit { governor.record(cost: cost / macsFraction) }
            schedule.record(cost: cost, computed: computed)
            return .answer(nil)
        case .refreshed: return computedInFull()
        case .computed(let margin):
            seeDense(margin)
            return computedInFull()
        case .verified(let margins, let margin):
            seeDense(margin)
            if let margins { gate?.calibrate(margins) }
            settle()
            schedule.record(cost: 1, computed: 0)
            return .answer(.audit)
        case .audited(let frame):
            if usesMargins { controller.count(frame) } else { controller.add(frame) }
            if let margins = frame.margins { gate?.calibrate(margins) }
            schedule.recordAudit()
            return .answer(.audit)
        }
    }

    private mutating func begin() -> ReuseAction {
        if isFresh {
            isFresh = false
            return refresh(.firstFrame)
        }
        let action = governor.next()
        if action != .compare { reason = .notWorthwhile }
        return action
    }

    private mutating func compared(_ share: Double, _ margin: Float?) -> ReuseAction {
        if governor.isProbing {
            if governor.resolveProbe(changedShare: share) { return refresh(.notWorthwhile) }
            reason = .notWorthwhile
            return .dense(remembersPicture: false)
        }
        if share == 0 {
            // The last answer stands.
            if usesMargins, let margin, let verification = judge(margin, cost: Constants.restingCost) { return verification }
            schedule.record(cost: Constants.restingWork, computed: 0)
            return .answer(nil)
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
