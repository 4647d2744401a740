import DeepCache
import Foundation
import TestSupport
import Testing

/// What happens to a frame, for whoever reports it to a policy.
private struct MadeUpFrame {
    var changedShare = 0.1
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
    func run(_ policy: inout some ReusePolicy) -> [ReuseAction] {
        var actions: [ReuseAction] = [], observation = ReuseObservation.frame
        while actions.count < 10 {
            let action = policy.step(observation)
            actions.append(action)
            switch action {
            case .compare: observation = .compared(changedShare: changedShare, margin: margins?.reused)
            case .update:
                observation =
                    exit.map { .left(cost: cost, computed: computed, macsFraction: $0) }
                    ?? .updated(cost: cost, computed: computed, margin: margins?.reused, isAuditWanted: isAuditWanted)
            case .refresh: observation = .refreshed
            case .dense: observation = .computed(margin: margins?.exact)
            case .verify(let stores): observation = .verified(margins, margin: stores ? nil : margins?.exact)
            case .audit: observation = .audited(AuditedFrame(agreement: agreement, errors: errors, margins: margins))
            case .answer: return actions
            }
        }
        Issue.record("no answer after \(actions)")
        return actions
    }

    func answer(_ policy: inout some ReusePolicy) -> ReuseAction { run(&policy).last! }
}

/// Reports each observation and expects the action beside it.
private func follow(
    _ policy: inout some ReusePolicy, _ steps: [(ReuseObservation, ReuseAction)], sourceLocation: SourceLocation = #_sourceLocation
) {
    for (index, (observation, expected)) in steps.enumerated() {
        let action = policy.step(observation)
        #expect(action == expected, "step \(index): \(observation)", sourceLocation: sourceLocation)
    }
}

/// A policy that has its first frame behind it.
private func started<Policy: ReusePolicy>(_ policy: Policy) -> Policy {
    var policy = policy
    _ = MadeUpFrame().run(&policy)
    return policy
}

@Suite struct DetectorPolicyTests {
    private let fresh = DetectorPolicy(target: 0.99)

    @Test func theFirstFrameIsComputedInFull() {
        var policy = fresh
        follow(&policy, [(.frame, .refresh(.firstFrame)), (.refreshed, .answer(.firstFrame))])
    }

    @Test func oneFrameOfEachKind() {
        var policy = started(fresh)
        follow(
            &policy,
            [
                // At rest.
                (.frame, .compare), (.compared(changedShare: 0), .answer(nil)),
                // A small change.
                (.frame, .compare), (.compared(changedShare: 0.1), .update), (.updated(cost: 0.2, computed: 0.1), .answer(nil)),
                // Much changed, yet it is no cut.
                (.frame, .compare), (.compared(changedShare: 0.9), .update), (.updated(cost: 0.8, computed: 0.7), .answer(nil)),
                // A cut, and the frame after it.
                (.frame, .compare), (.compared(changedShare: 0.91), .refresh(.sceneCut)), (.refreshed, .answer(.sceneCut)),
                (.frame, .compare), (.compared(changedShare: 0), .answer(nil)),
                // Left early.
                (.frame, .compare), (.compared(changedShare: 0.1), .update),
                (.left(cost: 0.1, computed: 0.1, macsFraction: 0.5), .answer(nil)),
                // Somebody wants it computed in full as well.
                (.frame, .compare), (.compared(changedShare: 0.1), .update),
                (.updated(cost: 0.2, computed: 0.01, isAuditWanted: true), .audit), (.audited(AuditedFrame(agreement: 1)), .answer(.audit)),
                (.frame, .compare),
            ])
        #expect(policy.audits?.frames == 1)
    }

    /// Frames of which hardly anything was computed, and those at rest, do not count.
    @Test func theFirstAuditsComeEarly() {
        var policy = started(fresh), audited: [Int] = [], informative = 0
        for frame in 0..<90 {
            let isInformative = frame % 3 == 0
            informative += isInformative ? 1 : 0
            let made = isInformative ? MadeUpFrame() : frame % 3 == 1 ? .resting : MadeUpFrame(computed: 0.02)
            if made.answer(&policy) == .answer(.audit) { audited.append(informative) }
        }
        #expect(audited == [4, 10, 20])
        #expect(policy.audits?.frames == 3)
        #expect(policy.audits?.agreement == 1)
    }

    @Test(arguments: 1...4)
    func auditsTakeATwentiethOfTheWork(seed: Int) {
        var policy = started(fresh), dice = Dice(seed), audits = 0.0, work = 1.0
        for _ in 0..<6000 {
            let isResting = dice.chance(3), cost = Double(dice.int(10...80)) / 100
            let made = isResting ? MadeUpFrame.resting : MadeUpFrame(cost: cost, computed: 0.3)
            let answer = made.answer(&policy)
            work += isResting ? 0.05 : cost
            if answer == .answer(.audit) { (audits, work) = (audits + 1, work + 1) }
        }
        #expect(audits <= 0.05 * work + 3, "three are taken on credit")
        #expect(audits > 0.045 * work)
    }

    @Test func oneCutDoesNotStopReuse() {
        var policy = started(fresh)
        for _ in 0..<20 { _ = MadeUpFrame().run(&policy) }
        #expect(MadeUpFrame.cut.answer(&policy) == .answer(.sceneCut))
        #expect(MadeUpFrame().run(&policy).prefix(2) == [.compare, .update])
    }

    /// Two cuts running are a moving camera. From then on pictures are compared only at the ends of runs of 24, 48, … 600 dense frames.
    @Test func aMovingCameraPaysNextToNothing() {
        var policy = fresh, compared: [Int] = [], remembered: [Int] = []
        for frame in 1...3000 {
            let actions = MadeUpFrame.cut.run(&policy)
            if actions.contains(.compare) { compared.append(frame) }
            if actions.contains(.dense(remembersPicture: true)) { remembered.append(frame) }
            if frame > 3 { #expect(actions.last == .answer(.notWorthwhile), "frame \(frame)") }
        }
        #expect(compared == [2, 3, 28, 77, 174, 367, 752, 1353, 1954, 2555])
        #expect(remembered == compared.dropFirst(2).map { $0 - 1 }, "a probe needs the picture before it")
    }

    @Test func aCameraThatComesToRestIsReusedAgain() {
        var policy = fresh
        for _ in 1...27 { _ = MadeUpFrame.cut.run(&policy) }
        // Noise is not in the way of a probe, and what is stored is of the time before the run.
        follow(
            &policy,
            [
                (.frame, .compare), (.compared(changedShare: 0.4), .refresh(.notWorthwhile)), (.refreshed, .answer(.notWorthwhile)),
                (.frame, .compare), (.compared(changedShare: 0.4), .update), (.updated(cost: 0.5, computed: 0.02), .answer(nil)),
            ])
    }

    @Test func aProbeOfASceneThatStillMovesIsNoCut() {
        var policy = fresh
        for _ in 1...27 { _ = MadeUpFrame.cut.run(&policy) }
        follow(
            &policy,
            [
                (.frame, .compare), (.compared(changedShare: 0.41), .dense(remembersPicture: false)),
                (.computed(), .answer(.notWorthwhile)),
                (.frame, .dense(remembersPicture: false)),
            ])
    }

    @Test func expensiveUpdatesStopReuse() {
        var policy = started(fresh)
        for _ in 0..<4 { #expect(MadeUpFrame(cost: 1.0).run(&policy).first == .compare) }
        #expect(MadeUpFrame(cost: 1.0).run(&policy) == [.dense(remembersPicture: false), .answer(.notWorthwhile)])
    }

    @Test func whatAMovementLeftBehindIsMadeGoodWhenItEnds() {
        var policy = started(fresh)
        for _ in 0..<8 { _ = MadeUpFrame(cost: 0.6, computed: 0.5).run(&policy) }
        let quiet = MadeUpFrame(cost: 0.1, computed: 0.01)
        let audits = policy.audits?.frames, tolerance = policy.tolerance
        #expect((0..<2).map { _ in quiet.answer(&policy) } == [.answer(nil), .answer(nil)])
        #expect(quiet.run(&policy) == [.compare, .update, .refresh(.motionEnded), .answer(.motionEnded)])
        #expect((0..<20).allSatisfy { _ in quiet.answer(&policy) == .answer(nil) }, "once")
        #expect(policy.audits?.frames == audits)
        #expect(policy.tolerance == tolerance)
    }

    /// A twentieth of the work is audited, though again and again a movement ends.
    @Test func makingGoodTakesNoAuditsPlace() {
        var policy = started(fresh), answers: [ReuseAction] = [], work = 1.0
        for frame in 0..<2000 {
            let made = frame % 20 < 10 ? MadeUpFrame(cost: 0.6, computed: 0.5) : MadeUpFrame(cost: 0.1, computed: 0.01)
            let answer = made.answer(&policy)
            work += made.cost + (answer == .answer(nil) ? 0 : 1)
            answers.append(answer)
        }
        let audits = answers.count { $0 == .answer(.audit) }
        #expect(answers.count { $0 == .answer(.motionEnded) } >= 80)
        #expect(Double(audits) > 0.045 * work)
        #expect(policy.audits?.frames == audits)
    }

    /// For measuring: what was asked for is what happens.
    @Test func aFixedToleranceIsNeitherAuditedNorStopped() {
        var policy = started(DetectorPolicy(target: 0.99, fixedTolerance: 0.02)), dice = Dice(1)
        for frame in 0..<2000 {
            let made = MadeUpFrame(changedShare: Double(dice.int(1...89)) / 100, cost: 2, computed: 0.9, isAuditWanted: dice.chance(3))
            #expect(made.run(&policy) == [.compare, .update, .answer(nil)], "frame \(frame)")
        }
        for _ in 0..<10 { #expect(MadeUpFrame.cut.run(&policy) == [.compare, .refresh(.sceneCut), .answer(.sceneCut)]) }
        #expect(policy.tolerance == 0.02)
        #expect(policy.audits == nil)
    }

    @Test(arguments: [nil, 5 as Float])
    func targetOneToleratesNothing(blockTolerance: Float?) {
        var policy = started(DetectorPolicy(target: 1, fixedBlockTolerance: blockTolerance))
        var audits = 0
        for frame in 0..<300 {
            let made = MadeUpFrame(agreement: frame % 2 == 0 ? 1 : 0, errors: [0.1], isAuditWanted: frame % 5 == 0)
            audits += made.answer(&policy) == .answer(.audit) ? 1 : 0
            #expect(policy.tolerance == 0)
            #expect(policy.blockTolerance == 0)
        }
        #expect(audits >= 60)
        #expect(policy.audits?.frames == audits)
    }

    @Test func auditsMoveTheToleranceAndTheBlocksFollow() {
        var careful = started(fresh), generous = careful
        #expect(careful.blockTolerance == blockNoise)
        for _ in 0..<30 {
            _ = MadeUpFrame(agreement: 0.5, isAuditWanted: true).run(&careful)
            _ = MadeUpFrame(errors: Array(repeating: 0.003, count: 20), isAuditWanted: true).run(&generous)
        }
        #expect(careful.tolerance < fresh.tolerance / 4)
        #expect(careful.blockTolerance < blockNoise)
        #expect(careful.blockTolerance > 0)
        #expect(generous.tolerance > fresh.tolerance)
        #expect(generous.blockTolerance == blockNoise)
    }

    /// What a frame cost that was left early says something of reuse only where there was something to reuse.
    @Test func onlyDeepExitsTellWhatReuseCosts() {
        var shallow = started(fresh), deep = shallow
        for _ in 0..<50 { #expect(MadeUpFrame(cost: 0.09, exit: 0.05).run(&shallow) == [.compare, .update, .answer(nil)]) }
        for _ in 0..<2 { #expect(MadeUpFrame(cost: 0.6, exit: 0.5).run(&deep) == [.compare, .update, .answer(nil)]) }
        #expect(MadeUpFrame().run(&deep).first == .dense(remembersPicture: false), "1.2 times what half a dense run costs")
    }

    @Test func resetKeepsWhatWasLearntOfTheModel() {
        var policy = fresh
        for _ in 0..<30 { _ = MadeUpFrame(agreement: 0.9, errors: [0.2, 0.3], isAuditWanted: true).run(&policy) }
        for _ in 0..<10 { _ = MadeUpFrame.cut.run(&policy) }
        let (tolerance, audits) = (policy.tolerance, policy.audits?.frames)
        #expect(MadeUpFrame().run(&policy).first == .dense(remembersPicture: false))
        policy.reset()
        #expect(policy.tolerance == tolerance)
        #expect(policy.tolerance != fresh.tolerance)
        #expect(policy.audits?.frames == audits)
        #expect(MadeUpFrame().run(&policy) == [.refresh(.firstFrame), .answer(.firstFrame)])
        #expect(MadeUpFrame().run(&policy).first == .compare, "another view may well be worth it")
    }

    @Test func resumeLosesOnlyWhatIsStored() {
        var stays = fresh
        for _ in 0..<10 { _ = MadeUpFrame.cut.run(&stays) }
        var resumed = stays
        resumed.resume()
        #expect(MadeUpFrame.cut.run(&resumed) == [.refresh(.firstFrame), .answer(.firstFrame)])
        for frame in 0..<200 { #expect(MadeUpFrame.cut.run(&resumed) == MadeUpFrame.cut.run(&stays), "frame \(frame)") }
        #expect(resumed.tolerance == stays.tolerance)
    }
}

@Suite struct ClassifierPolicyTests {
    private let fresh = ClassifierPolicy(target: 0.99)
    private let clear = MadeUpFrame(margins: .init(reused: 5, exact: 5))
    private let tie = MadeUpFrame(margins: .init(reused: 0, exact: 0))
    /// Reuse overstates every margin by more than it is.
    private let flicker = MadeUpFrame(margins: .init(reused: 0.3, exact: -0.3))

    private func calibrated() -> ClassifierPolicy {
        var policy = fresh
        for _ in 0..<7 { _ = clear.run(&policy) }
        return policy
    }

    /// What is stored stays: it is to tell what reuse does in the long run.
    @Test func aNewSceneIsComputedBothWaysSixTimes() {
        var policy = fresh
        #expect(clear.run(&policy) == [.refresh(.firstFrame), .answer(.firstFrame)])
        for _ in 0..<6 {
            #expect(!policy.trustsExits)
            #expect(clear.run(&policy) == [.compare, .update, .verify(stores: false), .answer(.audit)])
        }
        #expect(policy.trustsExits)
        #expect(clear.run(&policy) == [.compare, .update, .answer(nil)])
        #expect(policy.audits == nil, "calibration is no audit")
    }

    @Test func oneFrameOfEachKind() {
        var policy = calibrated()
        let doubt = AuditedFrame.Margins(reused: 0, exact: 0)
        follow(
            &policy,
            [
                // A clear answer, and one in doubt, which is stored as well.
                (.frame, .compare), (.compared(changedShare: 0.1, margin: 5), .update),
                (.updated(cost: 0.2, computed: 0.01, margin: 5), .answer(nil)),
                (.frame, .compare), (.compared(changedShare: 0.1, margin: 5), .update),
                (.updated(cost: 0.2, computed: 0.01, margin: 0), .verify(stores: true)), (.verified(doubt), .answer(.audit)),
                // No margin at all is in doubt.
                (.frame, .compare), (.compared(changedShare: 0.1), .update),
                (.updated(cost: 0.2, computed: 0.01), .verify(stores: true)), (.verified(nil), .answer(.audit)),
                // At rest: with a clear answer, with one in doubt, and where the last frame had no outputs.
                (.frame, .compare), (.compared(changedShare: 0, margin: 5), .answer(nil)),
                (.frame, .compare), (.compared(changedShare: 0, margin: 0), .verify(stores: true)), (.verified(doubt), .answer(.audit)),
                (.frame, .compare), (.compared(changedShare: 0), .answer(nil)),
                // Left early.
                (.frame, .compare), (.compared(changedShare: 0.1), .update),
                (.left(cost: 0.1, computed: 0.01, macsFraction: 0.5), .answer(nil)),
                // Somebody wants it computed in full as well.
                (.frame, .compare), (.compared(changedShare: 0.1), .update),
                (.updated(cost: 0.2, computed: 0.01, margin: 5, isAuditWanted: true), .audit),
                (.audited(AuditedFrame(agreement: 1)), .answer(.audit)),
            ])
        #expect(policy.audits?.frames == 1)
    }

    @Test func aCutNeedsCalibrationAnew() {
        var policy = calibrated()
        var cut = clear
        cut.changedShare = 0.95
        #expect(cut.run(&policy) == [.compare, .refresh(.sceneCut), .answer(.sceneCut)])
        #expect(!policy.trustsExits)
        #expect(clear.run(&policy).contains(.verify(stores: false)))
    }

    @Test func clearAnswersRaiseTheToleranceAndTheBlocksFollow() {
        var policy = calibrated()
        let before = (policy.tolerance, policy.blockTolerance)
        for _ in 0..<100 { _ = clear.run(&policy) }
        #expect(policy.tolerance > before.0)
        #expect(policy.blockTolerance > before.1)
        let fixed = ClassifierPolicy(target: 0.99, blockTolerance: 2)
        #expect(fixed.blockTolerance == 2)
    }

    @Test func answersInDoubtAreGivenUpAfterFourFrames() {
        var policy = started(fresh)
        for _ in 0..<4 { #expect(flicker.run(&policy).contains(.verify(stores: false))) }
        #expect(policy.tolerance < fresh.tolerance / 2, "less is withheld when it is tried again")
        #expect(flicker.run(&policy) == [.dense(remembersPicture: false), .answer(.notWorthwhile)])
        #expect(!policy.trustsExits)
    }

    /// Dense frames after reuse was given up, until a picture is compared again.
    private func denseFrames(_ then: MadeUpFrame) -> Int {
        var policy = started(fresh)
        for _ in 0..<4 { _ = flicker.run(&policy) }
        return (0..<1000).first { _ in then.run(&policy).first == .compare } ?? 1000
    }

    @Test func clearDenseAnswersEndARunOfDenseFramesEarly() {
        #expect(denseFrames(clear) == 25, "24 clear ones, and the one that the probe is compared with")
        #expect(denseFrames(tie) == 100)
        #expect(denseFrames(flicker) == 100)
    }

    @Test func onlyDeepExitsTellWhatReuseCosts() {
        var shallow = calibrated(), deep = shallow
        for _ in 0..<50 { #expect(MadeUpFrame(cost: 0.09, exit: 0.05).run(&shallow) == [.compare, .update, .answer(nil)]) }
        for _ in 0..<30 { _ = MadeUpFrame(cost: 0.6, exit: 0.5).run(&deep) }
        #expect(clear.run(&deep).first == .dense(remembersPicture: false))
    }

    @Test func resetNeedsCalibrationAnewAndKeepsTheTolerance() {
        var policy = calibrated()
        for _ in 0..<50 { _ = clear.run(&policy) }
        let tolerance = policy.tolerance
        policy.reset()
        #expect(policy.tolerance == tolerance)
        #expect(!policy.trustsExits)
        #expect(clear.run(&policy) == [.refresh(.firstFrame), .answer(.firstFrame)])
        #expect(clear.run(&policy).contains(.verify(stores: false)))
    }

    @Test func resumeLosesOnlyWhatIsStored() {
        var policy = calibrated()
        policy.resume()
        #expect(policy.trustsExits)
        #expect(clear.run(&policy) == [.refresh(.firstFrame), .answer(.firstFrame)])
        #expect(clear.run(&policy) == [.compare, .update, .answer(nil)])
    }

    @Test func whatAMovementLeftBehindIsMadeGoodWhenItEnds() {
        var policy = calibrated(), moving = clear, quiet = clear
        (moving.cost, moving.computed, quiet.cost, quiet.computed) = (0.6, 0.5, 0.1, 0.01)
        for _ in 0..<8 { _ = moving.run(&policy) }
        let audits = policy.audits?.frames
        #expect((0..<3).map { _ in quiet.answer(&policy) } == [.answer(nil), .answer(nil), .answer(.motionEnded)])
        #expect(quiet.answer(&policy) == .answer(nil))
        #expect(policy.audits?.frames == audits)
    }
}

/// What holds for every policy and any observations.
@Suite struct AnyPolicyTests {
    enum Kind: CaseIterable {
        case detector, exactDetector, fixedDetector, classifier, looseClassifier

        var policy: AdaptivePolicy {
            switch self {
            case .detector: AdaptivePolicy(target: 0.99, classifies: false)
            case .exactDetector: AdaptivePolicy(target: 1, classifies: false)
            case .fixedDetector: AdaptivePolicy(target: 0.99, classifies: false, tolerance: 0.02)
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
        case 0, 1, 2: return .frame
        case 3: return .compared(changedShare: share(), margin: margin())
        case 4: return .updated(cost: number(&dice), computed: share(), margin: margin(), isAuditWanted: dice.chance(5))
        case 5: return .left(cost: number(&dice), computed: share(), macsFraction: share())
        case 6: return .refreshed
        case 7: return .computed(margin: margin())
        case 8: return .verified(dice.chance(4) ? nil : margins(), margin: margin())
        default:
            let errors = (0..<dice.int(0...9)).map { _ in Float(number(&dice)) }
            return .audited(
                AuditedFrame(agreement: dice.chance(4) ? nil : share(), errors: errors, margins: dice.chance(2) ? nil : margins()))
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
        case .audit: return .audited(AuditedFrame(agreement: share(), errors: [Float(share()) / 4], margins: margins()))
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
            try #require(loaded.audits?.frames == policy.audits?.frames)
        }
    }

    /// The enumeration adds nothing, and a copy shares nothing.
    @Test(arguments: 1...4)
    func theSameObservationsGiveTheSameActions(seed: Int) {
        var dice = Dice(seed), detector = DetectorPolicy(target: 0.99), classifier = ClassifierPolicy(target: 0.99)
        var wrapped = (AdaptivePolicy(target: 0.99, classifies: false), AdaptivePolicy(target: 0.99, classifies: true))
        let untouched = wrapped
        for step in 0..<2000 {
            let next = observation(&dice)
            let actions = (detector.step(next), classifier.step(next))
            #expect(wrapped.0.step(next) == actions.0, "step \(step)")
            #expect(wrapped.1.step(next) == actions.1, "step \(step)")
        }
        #expect(wrapped.0.tolerance == detector.tolerance)
        #expect(wrapped.1.tolerance == classifier.tolerance)
        var first = untouched
        #expect(first.0.step(.frame) == .refresh(.firstFrame))
        #expect(first.1.step(.frame) == .refresh(.firstFrame))
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
                .computed(margin: Float(value())),
                .verified(margins(), margin: Float(value())),
                .audited(AuditedFrame(agreement: value(), errors: [Float(value()), Float(value())], margins: margins())),
            ]
            _ = policy.step(dice.pick(observations))
        }
        // It still works afterwards.
        policy.reset()
        #expect(policy.step(.frame) == .refresh(.firstFrame))
    }

    @Test func classifiersAreJudgedOneByOneOnlyWhereSomethingIsWithheld() {
        func isClassifier(_ policy: AdaptivePolicy) -> Bool { if case .classifier = policy { true } else { false } }
        #expect(isClassifier(AdaptivePolicy(target: 0.99, classifies: true)))
        #expect(!isClassifier(AdaptivePolicy(target: 1, classifies: true)))
        #expect(!isClassifier(AdaptivePolicy(target: 0.99, classifies: true, tolerance: 0.01)))
        #expect(!isClassifier(AdaptivePolicy(target: 0.99, classifies: false)))
    }
}
