/// The adaptive policy for answers of one best class.
///
/// A classifier's answer is often ahead by next to nothing, so answers are judged one by one by their margin (`MarginGate`), and those in doubt
/// are computed in full as well. Clear dense answers end a run of dense frames early.
public struct ClassifierPolicy: ReusePolicy {
    private var governor = ReuseGovernor(shortestRun: PolicyConstants.Governor.classifierRun)
    private var schedule = AuditSchedule()
    /// For its mean of the audits only.
    private var controller: ToleranceController
    private var gate: MarginGate
    private let fixedBlockTolerance: Float?
    private var isFresh = true
    private var isProbing = false
    private var reason: ReuseReason?

    /// - Parameter target: below 1.
    public init(target: Double, blockTolerance: Float? = nil) {
        (controller, gate) = (ToleranceController(target: target), MarginGate(target: target))
        fixedBlockTolerance = blockTolerance
    }

    public var tolerance: Float { gate.epsilon }

    public var blockTolerance: Float {
        fixedBlockTolerance
            ?? max(PolicyConstants.Scene.leastClassifierLevel, PolicyConstants.Scene.classifierLevels * tolerance)
    }

    public var trustsExits: Bool { gate.isCalibrated }
    public var audits: (agreement: Double, frames: Int)? { controller.agreement.map { ($0, controller.audits) } }

    public mutating func resume() { isFresh = true }

    public mutating func reset() {
        isFresh = true
        governor = ReuseGovernor(shortestRun: PolicyConstants.Governor.classifierRun)
        gate.forget()
    }

    public mutating func step(_ observation: ReuseObservation) -> ReuseAction {
        switch observation {
        case .frame: return begin()
        case .compared(let share, let margin): return compared(share, margin)
        case .updated(let cost, let computed, let margin, let isAuditWanted):
            if let doubt = judge(margin, cost: cost) { return doubt }
            let isDue = schedule.record(cost: cost, computed: computed)
            guard isDue || isAuditWanted else { return .answer(nil) }
            return schedule.isAfterMotion ? refresh(.motionEnded) : .audit
        case .left(let cost, let computed, let macsFraction):
            if macsFraction >= PolicyConstants.Scene.shallowExit { governor.record(cost: cost / macsFraction) }
            schedule.record(cost: cost, computed: computed)
            return .answer(nil)
        case .refreshed:
            if reason == .motionEnded { schedule.recordAudit() } else { schedule.record(cost: 1, computed: 0) }
            return .answer(reason)
        case .computed(let margin):
            seeDense(margin)
            schedule.record(cost: 1, computed: 0)
            return .answer(.notWorthwhile)
        case .verified(let margins, let margin):
            seeDense(margin)
            if let margins { gate.calibrate(margins) }
            settle()
            schedule.record(cost: 1, computed: 0)
            return .answer(.audit)
        case .audited(let frame):
            controller.count(frame)
            if let margins = frame.margins { gate.calibrate(margins) }
            schedule.recordAudit()
            return .answer(.audit)
        }
    }

    private mutating func begin() -> ReuseAction {
        if isFresh {
            isFresh = false
            return refresh(.firstFrame)
        }
        switch governor.next() {
        case .reuse: return .compare
        case .probe:
            isProbing = true
            return .compare
        case .dense: return .dense(remembersPicture: false)
        case .denseAndRemember: return .dense(remembersPicture: true)
        }
    }

    private mutating func compared(_ share: Double, _ margin: Float?) -> ReuseAction {
        if isProbing {
            isProbing = false
            return governor.resolveProbe(changedShare: share) ? refresh(.notWorthwhile) : .dense(remembersPicture: false)
        }
        if share == 0 {
            if let margin, let doubt = judge(margin, cost: PolicyConstants.Scene.restingCost) { return doubt }
            schedule.record(cost: PolicyConstants.Scene.restingWork, computed: 0)
            return .answer(nil)
        }
        guard share <= PolicyConstants.Scene.cutShare else {
            governor.recordSceneCut()
            gate.forget()
            return refresh(.sceneCut)
        }
        return .update
    }

    /// - Returns: how the answer is to be verified; nil when it may be given.
    private mutating func judge(_ margin: Float?, cost: Double) -> ReuseAction? {
        gate.record(cost: cost)
        let isClear = gate.judge(margin: margin ?? 0)
        governor.record(cost: isClear ? cost : cost + 1)
        if gate.isCalibrated, isClear {
            settle()
            return nil
        }
        // While calibrating, what is stored stays: it is to tell what reuse does in the long run.
        return .verify(stores: gate.isCalibrated)
    }

    /// Clear dense answers, while reuse is stopped, are a reason to try again.
    private mutating func seeDense(_ margin: Float?) {
        if governor.isStopped, let margin, gate.recordDense(margin: margin) { governor.resumeSoon() }
    }

    private mutating func settle() {
        if gate.isNotWorthwhile, !governor.isStopped { governor.stop() }
        if governor.isStopped { gate.giveUp() }
    }

    private mutating func refresh(_ reason: ReuseReason) -> ReuseAction {
        self.reason = reason
        return .refresh(reason)
    }
}
