import DeepCache
import Foundation
import TestSupport
import Testing

/// What holds for every policy and any observations.
@Suite struct AnyPolicyTests {
    enum Kind: CaseIterable {
        case detector, exactDetector, looseDetector, classifier, looseClassifier

        var policy: AdaptivePolicy {
            switch self {
            case .detector: AdaptivePolicy(target: 0.99, classifies: false)
            case .exactDetector: AdaptivePolicy(target: 1, classifies: false)
            case .looseDetector: AdaptivePolicy(target: 0.9, classifies: false, mayPropagate: true, seed: 1)
            case .classifier: AdaptivePolicy(target: 0.99, classifies: true)
            case .looseClassifier: AdaptivePolicy(target: 0, classifies: true)
            }
        }
    }

    private func number(_ dice: inout Dice) -> Double {
        dice.pick([0, 0.02, 0.05, 0.3, 0.5, 1, 1.3, Double(dice.int(0...100)) / 100, Double(dice.int(0...100)) / 100])
    }

    /// Any observation, whatever was asked for.
    private func observation(_ dice: inout Dice) -> ReuseObservation {
        func share() -> Double { min(1, number(&dice)) }
        func margins() -> AuditedFrame.Margins { .init(reused: Float(dice.int(0...50)) / 10, exact: Float(dice.int(-20...50)) / 10) }
        func margin() -> Float? { dice.chance(4) ? nil : Float(dice.int(0...50)) / 10 }
        switch dice.int(0...9) {
        case 0, 1: return .frame
        case 2: return dice.chance(2) ? .frame : .between
        case 3: return .compared(changedShare: share(), margin: margin())
        case 4: return .updated(cost: number(&dice), computed: share(), margin: margin(), isAuditWanted: dice.chance(5))
        case 5: return .left(cost: number(&dice), computed: share(), macsFraction: share())
        case 6: return .refreshed
        case 7: return .computed(margin: margin())
        case 8: return .verified(dice.chance(4) ? nil : margins(), margin: margin())
        default:
            let errors = (0..<dice.int(0...9)).map { _ in Float(number(&dice)) }
            return .audited(
                [AuditedFrame(agreement: dice.chance(4) ? nil : share(), errors: errors, margins: dice.chance(2) ? nil : margins())])
        }
    }

    /// The next observation that a policy's action leads to, if an executor is as usual.
    private func observation(after action: ReuseAction, _ dice: inout Dice) -> ReuseObservation {
        func share() -> Double { min(1, number(&dice)) }
        func margin() -> Float? { Float(dice.int(0...50)) / 10 }
        func margins() -> AuditedFrame.Margins { .init(reused: margin()!, exact: Float(dice.int(-20...50)) / 10) }
        switch action {
        case .answer: return .frame
        case .compare: return .compared(changedShare: share(), margin: margin())
        case .update:
            return dice.chance(6)
                ? .left(cost: number(&dice), computed: share(), macsFraction: share())
                : .updated(cost: number(&dice), computed: share(), margin: margin(), isAuditWanted: dice.chance(9))
        case .refresh: return .refreshed
        case .dense: return .computed(margin: margin())
        case .verify(let stores): return .verified(margins(), margin: stores ? nil : margin())
        case .audit: return .audited([AuditedFrame(agreement: share(), errors: [Float(share()) / 4], margins: margins())])
        }
    }

    /// At whatever point a policy is saved, it goes on as if it had not been.
    @Test(arguments: Kind.allCases, 1...6)
    func savedAndLoadedItGoesOnTheSame(kind: Kind, seed: Int) throws {
        var dice = Dice(seed), policy = kind.policy, loaded = policy, action = ReuseAction.answer(nil)
        let isUsual = seed % 2 == 0
        for step in 0..<600 {
            if dice.chance(8) { loaded = try JSONDecoder().decode(AdaptivePolicy.self, from: JSONEncoder().encode(loaded)) }
            let next = isUsual ? observation(after: action, &dice) : observation(&dice)
            action = policy.step(next)
            let other = loaded.step(next)
            try #require(other == action, "step \(step)")
            try #require(loaded.tolerance == policy.tolerance)
            try #require(loaded.blockTolerance == policy.blockTolerance)
            try #require(loaded.trustsExits == policy.trustsExits)
            try #require(loaded.audits == policy.audits)
        }
    }

    /// Whoever does as told gets an answer, from four actions at most.
    @Test(arguments: Kind.allCases)
    func everyFrameIsAnswered(kind: Kind) {
        var dice = Dice(3), policy = kind.policy, action = ReuseAction.answer(nil), sinceAnswer = 0
        for step in 0..<10_000 {
            action = policy.step(observation(after: action, &dice))
            sinceAnswer += 1
            #expect(sinceAnswer <= 4, "step \(step)")
            if case .answer = action { sinceAnswer = 0 }
        }
    }

    /// Any observations in any order: also numbers that no measurement gives.
    @Test(arguments: Kind.allCases, 1...2)
    func nothingTraps(kind: Kind, seed: Int) {
        var dice = Dice(seed + 100), policy = kind.policy
        let strange = [0, -1, 1, 1e300, -1e300, .infinity, -.infinity, .nan, .leastNonzeroMagnitude]
        for _ in 0..<10_000 {
            if dice.chance(200) { policy.reset() }
            if dice.chance(200) { policy.resume() }
            guard dice.chance(4) else {
                _ = policy.step(observation(&dice))
                continue
            }
            func value() -> Double { dice.pick(strange) }
            func margins() -> AuditedFrame.Margins { .init(reused: Float(value()), exact: Float(value())) }
            let observations: [ReuseObservation] = [
                .compared(changedShare: value(), margin: Float(value())),
                .updated(cost: value(), computed: value(), margin: Float(value()), isAuditWanted: true),
                .left(cost: value(), computed: value(), macsFraction: value()),
                .computed(margin: Float(value())), .between,
                .verified(margins(), margin: Float(value())),
                .audited([AuditedFrame(agreement: value(), errors: [Float(value()), Float(value())], margins: margins())]),
            ]
            _ = policy.step(dice.pick(observations))
        }
        // It still works afterwards.
        policy.reset()
        #expect(policy.step(.frame) == .refresh(.firstFrame))
    }

    @Test func classifiersAreJudgedOneByOneOnlyWhereSomethingIsWithheld() {
        #expect(AdaptivePolicy(target: 0.99, classifies: true).usesMargins)
        #expect(!AdaptivePolicy(target: 1, classifies: true).usesMargins)
        #expect(!AdaptivePolicy(target: 0.99, classifies: false).usesMargins)
    }
}
