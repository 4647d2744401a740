import DeepCache
import Foundation
import TestSupport
import Testing

@Suite struct ClassifierPolicyTests {
    private let fresh = AdaptivePolicy(target: 0.99, classifies: true)
    private let clear = MadeUpFrame(margins: .init(reused: 5, exact: 5))
    private let tie = MadeUpFrame(margins: .init(reused: 0, exact: 0))
    /// Reuse overstates every margin by more than it is.
    private let flicker = MadeUpFrame(margins: .init(reused: 0.3, exact: -0.3))

    private func calibrated() -> AdaptivePolicy {
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
        #expect(policy.audits == 0, "calibration is no audit")
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
                (.audited([AuditedFrame(agreement: 1)]), .answer(.audit)),
            ])
        #expect(policy.audits == 1)
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
        let audits = policy.audits
        #expect((0..<3).map { _ in quiet.answer(&policy) } == [.answer(nil), .answer(nil), .answer(.motionEnded)])
        #expect(quiet.answer(&policy) == .answer(nil))
        #expect(policy.audits == audits)
    }
}
