/// The adaptive policy for answers of many scores: detections, embeddings, and classes that have to be exact.
///
/// One tolerance for all frames; audits move it (`ToleranceController`).
public struct DetectorPolicy: ReusePolicy {
    private var flow = PolicyFlow(shortestRun: PolicyConstants.Governor.detectorRun)
    private var controller: ToleranceController
    private let isFixed: Bool
    private let fixedBlockTolerance: Float?

    /// - Parameters:
    ///   - target: agreement to hold, 0…1; 1 keeps the tolerance at zero.
    ///   - fixedTolerance: keeps the tolerance there, without audits.
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

    public mutating func reset() { flow.reset() }
    public mutating func resume() { flow.loseStored() }

    public mutating func step(_ observation: ReuseObservation) -> ReuseAction {
        switch observation {
        case .frame: return flow.begin(alwaysCompares: isFixed)
        case .compared(let share, _): return flow.compared(share) ?? flow.rest()
        case .updated(let cost, let computed, _, let isAuditWanted):
            flow.governor.record(cost: cost)
            let action = flow.accept(cost: cost, computed: computed, isAuditWanted: isAuditWanted)
            return isFixed ? .answer(nil) : action
        case .left(let cost, let computed, let macsFraction):
            return flow.left(cost: cost, computed: computed, macsFraction: macsFraction)
        case .refreshed, .computed, .verified: return flow.computedInFull()
        case .audited(let frame):
            controller.add(frame)
            flow.schedule.recordAudit()
            return .answer(.audit)
        }
    }
}
