import DeepCache
import Foundation
import TestSupport
import Testing

/// What happens to a frame, for whoever reports it to a policy.
struct MadeUpFrame {
    var changedShare = 0.1
    /// Of the blocks that rest, in levels.
    var noise: Float?
    var cost = 0.2
    var computed = 0.1
    /// As reuse and as the dense network would have it; a classifier's only.
    var margins: AuditedFrame.Margins?
    var agreement: Double? = 1
    var errors: [Float] = []
    var isAuditWanted = false
    /// Where the network is left early.
    var exit: Double?

    static let resting = MadeUpFrame(changedShare: 0)
    static let cut = MadeUpFrame(changedShare: 0.95)

    /// Shows the frame to the policy and does as it is told.
    /// - Returns: all actions; the last is the answer.
    func run(_ policy: inout AdaptivePolicy) -> [ReuseAction] {
        var actions: [ReuseAction] = [], observation = ReuseObservation.frame
        while actions.count < 10 {
            let action = policy.step(observation)
            actions.append(action)
            switch action {
            case .compare: observation = .compared(changedShare: changedShare, margin: margins?.reused, noise: noise)
            case .update:
                observation =
                    exit.map { .left(cost: cost, computed: computed, macsFraction: $0) }
                    ?? .updated(cost: cost, computed: computed, margin: margins?.reused, isAuditWanted: isAuditWanted)
            case .refresh: observation = .refreshed
            case .dense: observation = .computed(margin: margins?.exact)
            case .verify(let stores): observation = .verified(margins, margin: stores ? nil : margins?.exact)
            case .audit: observation = .audited([AuditedFrame(agreement: agreement, errors: errors, margins: margins)])
            case .answer: return actions
            }
        }
        Issue.record("no answer after \(actions)")
        return actions
    }

    func answer(_ policy: inout AdaptivePolicy) -> ReuseAction { run(&policy).last! }
}

/// Reports each observation and expects the action beside it.
func follow(
    _ policy: inout AdaptivePolicy, _ steps: [(ReuseObservation, ReuseAction)], sourceLocation: SourceLocation = #_sourceLocation
) {
    for (index, (observation, expected)) in steps.enumerated() {
        let action = policy.step(observation)
        #expect(action == expected, "step \(index): \(observation)", sourceLocation: sourceLocation)
    }
}

/// A policy that has its first frame behind it.
func started(_ policy: AdaptivePolicy) -> AdaptivePolicy {
    var policy = policy
    _ = MadeUpFrame().run(&policy)
    return policy
}
