/// The adaptive policy for answers of many scores: detections, embeddings, and classes that have to be exact.
///
/// One tolerance for all frames; audits move it (`ToleranceController`).
public struct DetectorPolicy: ReusePolicy {
    private var governor = ReuseGovernor(shortestRun: PolicyConstants.Governor.detectorRun)
    private var schedule = AuditSchedule()
    private var controller: ToleranceController
    private let isFixed: Bool
    private let fixedBlockTolerance: Float?
    private var isFresh = true
    private var isProbing = false
    /// Why the frame in work is being computed in full.
    private var reason: ReuseReason?

    public init(target: Double, fixedTolerance: Float? = nil, fixedBlockTolerance: Float? = nil) {
        controller = ToleranceController(target: target, start: fixedTolerance)
        (isFixed, self.fixedBlockTolerance) = (fixedTolerance != nil, fixedBlockTolerance)
    }

    public var tolerance: Float { controller.epsilon }

    public var blockTolerance: Float {
        tolerance == 0
            ? 0 : fixedBlockTolerance ?? min(PolicyConstants.Scene.noise, PolicyConstants.Scene.detectorLevels * tolerance)
    }

    public var trustsExits: Bool { true }
    public var audits: (agreement: Double, frames: Int)? { controller.agreement.map { ($0, controller.audits) } }

    public mutating func resume() { isFresh = true }

    public mutating func reset() {
        isFresh = true
        governor = ReuseGovernor(shortestRun: PolicyConstants.Governor.detectorRun)
    }

    public mutating func step(_ observation: ReuseObservation) -> ReuseAction {
        switch observation {
        case .frame: return begin()
        case .compared(let share, _): return compared(share)
        case .updated(let cost, let computed, _, let isAuditWanted):
            governor.record(cost: cost)
            let isDue = schedule.record(cost: cost, computed: computed)
            guard isDue || isAuditWanted, !isFixed else { return .answer(nil) }
            return schedule.isAfterMotion ? refresh(.motionEnded) : .audit
        case .left(let cost, let computed, let macsFraction):
            // Without reuse a frame that was left early would have cost less, too.
            if macsFraction >= PolicyConstants.Scene.shallowExit { governor.record(cost: cost / macsFraction) }
            schedule.record(cost: cost, computed: computed)
            return .answer(nil)
        case .refreshed, .computed, .verified:
            if reason == .motionEnded { schedule.recordAudit() } else { schedule.record(cost: 1, computed: 0) }
            return .answer(reason)
        case .audited(let frame):
            controller.add(frame)
            schedule.recordAudit()
            return .answer(.audit)
        }
    }

    private mutating func begin() -> ReuseAction {
        if isFresh {
            isFresh = false
            return refresh(.firstFrame)
        }
        guard !isFixed else { return .compare }
        switch governor.next() {
        case .reuse: return .compare
        case .probe:
            isProbing = true
            return .compare
        case .dense: return dense(remembersPicture: false)
        case .denseAndRemember: return dense(remembersPicture: true)
        }
    }

    private mutating func compared(_ share: Double) -> ReuseAction {
        if isProbing {
            isProbing = false
            return governor.resolveProbe(changedShare: share) ? refresh(.notWorthwhile) : dense(remembersPicture: false)
        }
        if share == 0 {
            schedule.record(cost: PolicyConstants.Scene.restingWork, computed: 0)
            return .answer(nil)
        }
        guard share <= PolicyConstants.Scene.cutShare else {
            governor.recordSceneCut()
            return refresh(.sceneCut)
        }
        return .update
    }

    private mutating func refresh(_ reason: ReuseReason) -> ReuseAction {
        self.reason = reason
        return .refresh(reason)
    }

    private mutating func dense(remembersPicture: Bool) -> ReuseAction {
        reason = .notWorthwhile
        return .dense(remembersPicture: remembersPicture)
    }
}
