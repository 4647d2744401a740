/// The adaptive policy for answers of one best class.
///
/// A classifier's answer is often ahead by next to nothing, so answers are judged one by one by their margin (`MarginGate`), and those in doubt
/// are computed in full as well. Clear dense answers end a run of dense frames early.
public struct ClassifierPolicy: ReusePolicy {
    private var flow = PolicyFlow(shortestRun: PolicyConstants.Governor.classifierRun)
    /// For its mean of the audits only.
    private var controller: ToleranceController
    private var gate: MarginGate
    private let fixedBlockTolerance: Float?

    /// - Parameter target: agreement to hold, below 1.
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

    public mutating func resume() { flow.loseStored() }

    public mutating func reset() {
        flow.reset()
        gate.forget()
    }

    public mutating func step(_ observation: ReuseObservation) -> ReuseAction {
        switch observation {
        case .frame: return flow.begin()
        case .compared(let share, let margin):
            guard let action = flow.compared(share) else {
                return margin.flatMap { judge($0, cost: PolicyConstants.Scene.restingCost) } ?? flow.rest()
            }
            if action == .refresh(.sceneCut) { gate.forget() }
            return action
        case .updated(let cost, let computed, let margin, let isAuditWanted):
            return judge(margin ?? 0, cost: cost) ?? flow.accept(cost: cost, computed: computed, isAuditWanted: isAuditWanted)
        case .left(let cost, let computed, let macsFraction):
            return flow.left(cost: cost, computed: computed, macsFraction: macsFraction)
        case .refreshed: return flow.computedInFull()
        case .computed(let margin):
            seeDense(margin)
            return flow.computedInFull()
        case .verified(let margins, let margin):
            seeDense(margin)
            if let margins { gate.calibrate(margins) }
            settle()
            flow.schedule.record(cost: 1, computed: 0)
            return .answer(.audit)
        case .audited(let frame):
            controller.count(frame)
            if let margins = frame.margins { gate.calibrate(margins) }
            flow.schedule.recordAudit()
            return .answer(.audit)
        }
    }

    /// - Returns: how the answer is to be verified; nil when it may be given.
    private mutating func judge(_ margin: Float, cost: Double) -> ReuseAction? {
        gate.record(cost: cost)
        let isClear = gate.judge(margin: margin)
        flow.governor.record(cost: isClear ? cost : cost + 1)
        if gate.isCalibrated, isClear {
            settle()
            return nil
        }
        // While calibrating, what is stored stays: it is to tell what reuse does in the long run.
        return .verify(stores: gate.isCalibrated)
    }

    /// Clear dense answers, while reuse is stopped, are a reason to try again.
    private mutating func seeDense(_ margin: Float?) {
        if flow.governor.isStopped, let margin, gate.recordDense(margin: margin) { flow.governor.resumeSoon() }
    }

    private mutating func settle() {
        if gate.isNotWorthwhile, !flow.governor.isStopped { flow.governor.stop() }
        if flow.governor.isStopped { gate.giveUp() }
    }
}
