/// What both adaptive policies do alike: first frames, runs of dense frames, comparisons, scene cuts, early exits.
struct PolicyFlow: Codable, Sendable {
    var governor: ReuseGovernor
    var schedule = AuditSchedule()
    private let shortestRun: Int
    private var isFresh = true
    private var isProbing = false
    /// Why the frame in work is being computed in full.
    private(set) var reason: ReuseReason?

    /// - Parameter shortestRun: dense frames before reuse is first tried again.
    init(shortestRun: Int) { (self.shortestRun, governor) = (shortestRun, ReuseGovernor(shortestRun: shortestRun)) }

    /// Nothing that is stored is of use.
    mutating func loseStored() { isFresh = true }

    /// The same, and the next frame is of another view.
    mutating func reset() {
        isFresh = true
        governor = ReuseGovernor(shortestRun: shortestRun)
    }

    /// A frame has come.
    /// - Parameter alwaysCompares: whether reuse is never stopped.
    mutating func begin(alwaysCompares: Bool = false) -> ReuseAction {
        if isFresh {
            isFresh = false
            return refresh(.firstFrame)
        }
        guard !alwaysCompares else { return .compare }
        switch governor.next() {
        case .reuse: return .compare
        case .probe:
            isProbing = true
            return .compare
        case .dense: return dense(remembersPicture: false)
        case .denseAndRemember: return dense(remembersPicture: true)
        }
    }

    /// A frame was compared with the reference.
    /// - Returns: nil when no block changed.
    mutating func compared(_ share: Double) -> ReuseAction? {
        if isProbing {
            isProbing = false
            return governor.resolveProbe(changedShare: share) ? refresh(.notWorthwhile) : dense(remembersPicture: false)
        }
        if share == 0 { return nil }
        guard share <= PolicyConstants.Scene.cutShare else {
            governor.recordSceneCut()
            return refresh(.sceneCut)
        }
        return .update
    }

    /// An answer from reuse may be given; every now and then it is audited instead.
    mutating func accept(cost: Double, computed: Double, isAuditWanted: Bool) -> ReuseAction {
        guard schedule.record(cost: cost, computed: computed) || isAuditWanted else { return .answer(nil) }
        return schedule.isAfterMotion ? refresh(.motionEnded) : .audit
    }

    /// The last answer stands.
    mutating func rest() -> ReuseAction {
        schedule.record(cost: PolicyConstants.Scene.restingWork, computed: 0)
        return .answer(nil)
    }

    /// The network was left early.
    mutating func left(cost: Double, computed: Double, macsFraction: Double) -> ReuseAction {
        // Without reuse a frame that was left early would have cost less, too.
        if macsFraction >= PolicyConstants.Scene.shallowExit { governor.record(cost: cost / macsFraction) }
        schedule.record(cost: cost, computed: computed)
        return .answer(nil)
    }

    /// Everything was computed, for `reason`.
    mutating func computedInFull() -> ReuseAction {
        if reason == .motionEnded { schedule.recordAudit() } else { schedule.record(cost: 1, computed: 0) }
        return .answer(reason)
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
