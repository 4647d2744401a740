import Foundation
import Testing

@testable import SemanticMemory

struct ExitLimitsTests {
    @Test(arguments: Recognizer.Evidence.allCases) func aWrongExitIsMoreThanManyRightOnes(evidence: Recognizer.Evidence) {
        var limits = ExitLimits()
        /// Larger is stricter.
        func strictness(_ limits: ExitLimits) -> Double {
            switch evidence {
            case .classes: -limits.risk
            case .scene: -limits.distanceScale
            case .similarity: limits.tau
            }
        }
        let start = strictness(limits)
        for _ in 0..<10 { limits.record(evidence, agreed: true, target: 0.99) }
        #expect(strictness(limits) < start)
        limits.record(evidence, agreed: false, target: 0.99)
        #expect(strictness(limits) > start)
    }

    @Test func oneKindOfEvidenceLeavesTheOthersAlone() {
        var limits = ExitLimits()
        limits.record(.scene, agreed: false, target: 0.99)
        #expect(limits.risk == ExitLimits().risk)
        #expect(limits.logOdds == ExitLimits().logOdds)
        #expect(limits.tau == ExitLimits().tau)
    }

    @Test func aRefutedClassAsksForMoreOddsAtOnce() {
        var limits = ExitLimits()
        limits.record(.classes, agreed: false, target: 0.99)
        #expect(limits.logOdds == ExitLimits().logOdds + 1)
        limits.record(.classes, agreed: true, target: 0.99)
        #expect(limits.logOdds == ExitLimits().logOdds + 1)
    }

    @Test func limitsStayInTheirRanges() {
        var lax = ExitLimits(), strict = ExitLimits()
        for evidence in Recognizer.Evidence.allCases {
            for _ in 0..<100_000 { lax.record(evidence, agreed: true, target: 0.99) }
            for _ in 0..<1000 { strict.record(evidence, agreed: false, target: 0.99) }
        }
        #expect(abs(lax.risk - 0.02) < 1e-9)
        #expect(lax.distanceScale == 1)
        #expect(lax.tau == 1e-5)
        #expect(strict.risk == 1e-4)
        #expect(strict.distanceScale == 0.01)
        #expect(strict.tau == 10)
        #expect(strict.logOdds == 14)
    }

    /// Right and wrong exits balance where the share of right ones is the target.
    @Test func scenesBalanceNearTheTarget() {
        func scale(agreement: Int) -> Double {
            var limits = ExitLimits()
            for i in 0..<400 { limits.record(.scene, agreed: i % 20 < agreement, target: 0.95) }
            return limits.distanceScale
        }
        #expect(scale(agreement: 20) > scale(agreement: 19))
        #expect(scale(agreement: 17) < ExitLimits().distanceScale)
    }

    /// Where exits are riskier than may be, more is asked of them, and the other way round.
    @Test func theMeanRiskIsHeld() {
        var limits = ExitLimits()
        limits.risk = 0.01
        var sum = 0.0
        for i in 0..<20_000 {
            // Frames whose odds spread evenly up to e^8.
            let odds = Double(i * 7919 % 1000) / 125
            let chance = odds >= limits.logOdds ? 1 / (1 + exp(odds)) : 0
            limits.record(risk: chance)
            if i >= 10_000 { sum += chance }
        }
        #expect(abs(sum / 10_000 - 0.01) < 0.001)
    }

    @Test func closedLimitsStayClosed() {
        var limits = ExitLimits()
        limits.logOdds = ExitLimits.Constants.unreachable
        #expect(!limits.hasClassExits)
        for _ in 0..<100 { limits.record(risk: 0) }
        #expect(!limits.hasClassExits)
    }

    /// Files of version 2 have the words of their time.
    @Test func codesAsBefore() throws {
        let json = String(decoding: try JSONEncoder().encode(ExitLimits()), as: UTF8.self)
        for key in ["logOdds", "risk", "reach", "tau"] { #expect(json.contains("\"\(key)\":")) }
    }
}

struct ProbationTests {
    private let parameters = OddsRule.Parameters()

    @Test func noneIsNeededWithLabels() {
        #expect(Probation(isNeeded: false, parameters).unconfirmed == 0)
    }

    @Test func threeConfirmationsEndIt() {
        var probation = Probation(isNeeded: true, parameters)
        #expect(probation.unconfirmed == 3)
        for _ in 0..<3 { probation.record(isConfirmed: true) }
        #expect(probation.unconfirmed == 0)
        probation.record(isConfirmed: true)
        #expect(probation.unconfirmed == 0)
    }

    /// Frames for which it is suspended.
    private func suspension(_ probation: inout Probation) -> Int {
        var frames = 0
        while probation.isSuspended {
            probation.advance()
            frames += 1
        }
        return frames
    }

    @Test func refutationsSuspendForTwiceAsLongEachTime() {
        var probation = Probation(isNeeded: false, parameters)
        #expect(!probation.isSuspended)
        for frames in [50, 100, 200, 400] {
            probation.record(isConfirmed: false)
            #expect(probation.unconfirmed == 3)
            #expect(suspension(&probation) == frames)
        }
        for _ in 0..<3 { probation.record(isConfirmed: true) }
        probation.record(isConfirmed: false)
        #expect(suspension(&probation) == 100)
    }

    @Test func suspensionsHaveAnEnd() {
        var probation = Probation(isNeeded: false, parameters)
        for _ in 0..<20 { probation.record(isConfirmed: false) }
        #expect(suspension(&probation) == 10_000)
    }
}

struct SceneCreditTests {
    private func credit(confirmations: Int, target: Double = 0.99) -> SceneCredit {
        SceneCredit(target: target, confirmations: confirmations)
    }

    /// Exits that the network has to confirm until one is taken again.
    private func confirmations(_ credit: inout SceneCredit) -> Int {
        var count = 0
        while !credit.allowsExits {
            credit.record(isConfirmed: true)
            count += 1
        }
        return count
    }

    @Test(arguments: [0, 5, 25]) func soManyAreConfirmedFirst(needed: Int) {
        var credit = credit(confirmations: needed)
        #expect(confirmations(&credit) == needed)
    }

    @Test(arguments: [(0.99, 99), (0.9, 9)]) func aRefutedOneIsMadeGoodByTheTarget(target: Double, needed: Int) {
        var credit = credit(confirmations: 0, target: target)
        credit.record(isConfirmed: false)
        #expect(confirmations(&credit) == needed)
    }

    @Test func moreRefutedOnesTakeLonger() {
        var credit = credit(confirmations: 0)
        for _ in 0..<3 { credit.record(isConfirmed: false) }
        #expect(confirmations(&credit) == 297)
    }

    @Test func debtsAndSavingsHaveBounds() {
        var debtor = credit(confirmations: 0), saver = debtor
        for _ in 0..<1000 {
            debtor.record(isConfirmed: false)
            saver.record(isConfirmed: true)
        }
        #expect(confirmations(&debtor) == 396)
        saver.record(isConfirmed: false)
        #expect(saver.allowsExits)
        saver.record(isConfirmed: false)
        #expect(!saver.allowsExits)
    }

    /// Which of the exits after the confirmed ones are checked.
    private func checks(_ credit: inout SceneCredit, exits: Int = 1000) -> [Int] {
        var checks: [Int] = [], taken = 0
        while taken < exits {
            if credit.isCheckDue {
                checks.append(taken + 1)
                credit.record(isConfirmed: true)
            } else {
                credit.recordExit()
                taken += 1
            }
        }
        return checks
    }

    @Test func afterADoubtChecksGetRarer() {
        var credit = credit(confirmations: 5)
        _ = confirmations(&credit)
        #expect(checks(&credit) == [1, 3, 9, 27, 81])
        credit.record(isConfirmed: false)
        _ = confirmations(&credit)
        #expect(checks(&credit) == [1, 3, 9, 27, 81])
    }

    @Test func withoutDoubtNoneIsChecked() {
        var credit = credit(confirmations: 0)
        #expect(checks(&credit).isEmpty)
    }

    @Test func anotherInputOwesWhatWasOwed() {
        var earned = credit(confirmations: 5), owing = earned
        for _ in 0..<50 { earned.record(isConfirmed: true) }
        earned.restart()
        #expect(confirmations(&earned) == 5)
        owing.record(isConfirmed: false)
        owing.restart()
        #expect(confirmations(&owing) == 104)
    }
}

struct LookScheduleTests {
    /// Shows frames of which none, or these, could exit; returns which were looked at.
    private func looks(frames: Int, couldExit: (Int) -> Bool = { _ in false }) -> [Int] {
        var schedule = LookSchedule()
        return (0..<frames).filter { frame in
            guard schedule.advance() else { return false }
            schedule.record(couldExit: couldExit(frame))
            return true
        }
    }

    @Test func inVainIsSoonRare() {
        let looked = looks(frames: 1000), late = looked.filter { $0 >= 100 }
        #expect(Array(looked.prefix(16)) == Array(0..<16))
        #expect(late.count < 200)
        // Two frames in a row each time: the second may show the first one's scene.
        let pairs = zip(late.dropFirst(2), late.dropFirst(3)).filter { $1 == $0 + 1 }.count
        #expect(abs(2 * pairs - late.count) < 8)
    }

    @Test func noSceneOfTenFramesIsMissed() {
        let looked = looks(frames: 1000)
        #expect(zip(looked, looked.dropFirst()).allSatisfy { $1 - $0 <= 9 })
    }

    @Test func oneThatCouldExitEndsThePauses() {
        let looked = looks(frames: 400) { $0 >= 200 }, hit = looked.first { $0 >= 200 }!
        #expect(hit < 210)
        #expect(looked.filter { $0 >= hit } == Array(hit..<400))
    }

    @Test func nowAndThenAHitKeepsItLooking() {
        #expect(looks(frames: 300) { $0 % 15 == 14 }.count == 300)
    }
}
