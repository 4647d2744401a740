import DeepCache
import Foundation
import TestSupport
import Testing

@Suite struct DetectorPolicyTests {
    private let fresh = AdaptivePolicy(target: 0.99, classifies: false)

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
                (.updated(cost: 0.2, computed: 0.01, isAuditWanted: true), .audit),
                (.audited([AuditedFrame(agreement: 1)]), .answer(.audit)),
                (.frame, .compare),
            ])
        #expect(policy.audits == 1)
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
        #expect(policy.audits == 3)
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
        let audits = policy.audits, tolerance = policy.tolerance
        #expect((0..<2).map { _ in quiet.answer(&policy) } == [.answer(nil), .answer(nil)])
        #expect(quiet.run(&policy) == [.compare, .update, .refresh(.motionEnded), .answer(.motionEnded)])
        #expect((0..<20).allSatisfy { _ in quiet.answer(&policy) == .answer(nil) }, "once")
        #expect(policy.audits == audits)
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
        #expect(policy.audits == audits)
    }

    @Test func targetOneToleratesNothing() {
        var policy = started(AdaptivePolicy(target: 1, classifies: false))
        var audits = 0
        for frame in 0..<300 {
            let made = MadeUpFrame(agreement: frame % 2 == 0 ? 1 : 0, errors: [0.1], isAuditWanted: frame % 5 == 0)
            audits += made.answer(&policy) == .answer(.audit) ? 1 : 0
            #expect(policy.tolerance == 0)
            #expect(policy.blockTolerance == 0)
        }
        #expect(audits >= 60)
        #expect(policy.audits == audits)
    }

    @Test func auditsMoveTheToleranceAndTheBlocksFollow() {
        var careful = fresh
        // The first frame is compared with nothing.
        for _ in 0..<2 { _ = MadeUpFrame(noise: 1).run(&careful) }
        var generous = careful
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

    /// A clip without noise shows what is faint, one with noise must not be computed for it.
    @Test(arguments: zip([nil, 0, 0.1, 0.5, 0.9, 1.2] as [Float?], [1, 1, 1, 1.5, 2.7, 3] as [Float]))
    func blocksFollowTheNoiseOfTheClip(noise: Float?, expected: Float) {
        var policy = fresh
        for _ in 0..<2 { _ = MadeUpFrame(noise: noise).run(&policy) }
        #expect(abs(policy.blockTolerance - expected) < 0.001)
    }

    @Test func aMomentOfNoiseHardlyMovesTheBlocks() {
        var policy = fresh
        for _ in 0..<20 { _ = MadeUpFrame(noise: 0.5).run(&policy) }
        _ = MadeUpFrame(noise: 1.2).run(&policy)
        #expect(policy.blockTolerance > 1.5)
        #expect(policy.blockTolerance < 1.8)
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
        let (tolerance, audits) = (policy.tolerance, policy.audits)
        #expect(MadeUpFrame().run(&policy).first == .dense(remembersPicture: false))
        policy.reset()
        #expect(policy.tolerance == tolerance)
        #expect(policy.tolerance != fresh.tolerance)
        #expect(policy.audits == audits)
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
