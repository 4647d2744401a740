import DeepCache
import TestSupport
import Testing

@Suite struct ToleranceControllerTests {
    /// A scene whose scores move in proportion to the tolerance; an answer is lost where one moves by more than its distance.
    private func audit(_ epsilon: Float, _ dice: inout Dice) -> AuditedFrame {
        let errors = (0..<8).map { _ in epsilon * Float(dice.int(0...1000)) / 200 }
        let lost = errors.count { $0 > Float(dice.int(10...300)) / 100 }
        return AuditedFrame(agreement: 1 - Double(lost) / 8, errors: errors)
    }

    @Test(arguments: [0.9, 0.97, 0.99])
    func holdsTheTarget(target: Double) {
        var dice = Dice(Int(target * 1000)), controller = ToleranceController(target: target)
        for _ in 0..<100 { controller.add(audit(controller.epsilon, &dice)) }
        var sum = 0.0
        for _ in 0..<800 {
            let frame = audit(controller.epsilon, &dice)
            sum += frame.agreement!
            controller.add(frame)
        }
        // The setpoint's bound may leave some of what the target allows unused.
        let spare = sum / 800 - target
        #expect(spare > -0.5 * (1 - target) - 0.002)
        #expect(spare < 0.85 * (1 - target))
    }

    @Test func targetOneNeverTolerates() {
        var controller = ToleranceController(target: 1)
        controller.add(AuditedFrame(agreement: 1, errors: [0, 0, 0]))
        #expect(controller.epsilon == 0)
    }

    @Test func disagreementLowersTheTolerance() {
        var controller = ToleranceController(target: 0.99)
        let before = controller.epsilon
        for _ in 0..<5 { controller.add(AuditedFrame(agreement: 0.5, errors: [0.01, 0.02, 0.01])) }
        #expect(controller.epsilon < before / 2)
    }

    /// A scene in which nothing is to be seen says nothing about the agreement.
    @Test func emptyScenesLeaveTheToleranceAlone() {
        var controller = ToleranceController(target: 0.99)
        let before = controller.epsilon
        for _ in 0..<50 { controller.add(AuditedFrame(agreement: nil)) }
        #expect(controller.epsilon == before)
    }

    /// A few errors, and then a long time in which nothing is to be seen.
    @Test func whatIsNotMeasuredAgainRaisesNothing() {
        var controller = ToleranceController(target: 0.99)
        controller.add(AuditedFrame(agreement: 1, errors: [0.003, 0.004]))
        let before = controller.epsilon
        for _ in 0..<50 { controller.add(AuditedFrame(agreement: nil, errors: [])) }
        #expect(controller.epsilon == before)
    }

    @Test func oneStepIsLimited() {
        var down = ToleranceController(target: 0.99), up = down
        let start = down.epsilon
        down.add(AuditedFrame(agreement: 0, errors: Array(repeating: 0.5, count: 100)))
        up.add(AuditedFrame(agreement: 1, errors: Array(repeating: 0.0021, count: 100)))
        #expect(down.epsilon >= start / 2)
        #expect(up.epsilon > start)
        #expect(up.epsilon <= start * 1.5)
    }

}

@Suite struct AuditScheduleTests {
    /// At most a twentieth of the work, besides the three that are taken on credit.
    @Test(arguments: 1...4)
    func auditsStayWithinTheirShare(seed: Int) {
        var dice = Dice(seed), schedule = AuditSchedule(), audits = 0, work = 0.0
        for _ in 0..<10_000 {
            let isBusy = dice.chance(3), cost = isBusy ? 0.5 : 0.1
            work += cost
            if schedule.record(cost: cost, computed: isBusy ? 0.4 : 0) {
                schedule.recordAudit()
                (audits, work) = (audits + 1, work + 1)
            }
        }
        #expect(Double(audits) <= 0.05 * work + 3)
        #expect(Double(audits) > 0.045 * work)
    }

    @Test func framesAtRestAreNotAudited() {
        var schedule = AuditSchedule()
        let due = (0..<1000).count { _ in schedule.record(cost: 0.02, computed: 0) }
        #expect(due == 0)
    }

    @Test func aQuietSceneIsAuditedOnceInThreeHundredFrames() {
        var schedule = AuditSchedule(), due: [Int] = []
        for frame in 1...1000 where schedule.record(cost: 0.02, computed: 0.005) {
            schedule.recordAudit()
            due.append(frame)
        }
        #expect(due == [300, 600, 900])
    }

    @Test func whatAMovementLeftBehindIsMadeGoodOnce() {
        var schedule = AuditSchedule(), due: [Int] = []
        for frame in 1...40 {
            // Nine frames of movement, of which the fourth is audited, then quiet.
            let isDue = schedule.record(cost: 0.5, computed: frame <= 9 ? 0.5 : 0.01)
            #expect(!schedule.isAfterMotion || isDue)
            guard isDue else { continue }
            if schedule.isAfterMotion { due.append(frame) }
            schedule.recordAudit()
        }
        #expect(due == [12], "three frames at rest after the movement")
    }
}

@Suite struct ReuseGovernorTests {
    @Test func aMovingCameraSoonPaysNextToNothing() {
        var governor = ReuseGovernor(shortestRun: 24), tried = 0
        for _ in 0..<3000 {
            guard governor.next() == .compare else { continue }
            tried += 1
            if governor.isProbing {
                let isCalm = governor.resolveProbe(changedShare: 0.9)
                #expect(!isCalm)
            } else {
                governor.record(cost: 1.5)
            }
        }
        #expect(tried <= 16)
    }

    @Test func aSceneThatComesToRestIsReusedAgain() {
        var governor = ReuseGovernor(shortestRun: 24), reused = 0
        for frame in 0..<400 {
            guard governor.next() == .compare else { continue }
            if governor.isProbing {
                _ = governor.resolveProbe(changedShare: frame < 50 ? 0.9 : 0.05)
            } else {
                governor.record(cost: frame < 50 ? 1.5 : 0.3)
                reused += frame < 50 ? 0 : 1
            }
        }
        #expect(reused > 250)
    }

    /// Frames computed in full from a stop to the probe; the run is ended at frame `resumesAt`.
    private func denseFrames(resumesAt: Int?) -> Int {
        var governor = ReuseGovernor(shortestRun: 100), frames = 0
        governor.stop()
        while governor.isStopped, frames < 1000 {
            if governor.next() == .compare { break }
            frames += 1
            if frames == resumesAt { governor.resumeSoon() }
        }
        return frames
    }

    @Test func aDenseRunCanBeEndedEarly() {
        #expect(denseFrames(resumesAt: nil) == 100)
        #expect(denseFrames(resumesAt: 10) == 11)
    }

    @Test func runsOfDenseFramesDoubleUpToALimit() {
        var governor = ReuseGovernor(shortestRun: 24), runs: [Int] = []
        governor.stop()
        for _ in 0..<7 {
            var frames = 0
            while governor.next() != .compare { frames += 1 }
            runs.append(frames)
            let isCalm = governor.resolveProbe(changedShare: 1)
            #expect(!isCalm)
        }
        #expect(runs == [24, 48, 96, 192, 384, 600, 600])
    }

    @Test func aHundredFramesOfReuseMakeTheRunShortAgain() {
        var governor = ReuseGovernor(shortestRun: 24)
        for _ in 0..<4 { governor.stop() }
        while governor.next() != .compare {}
        let isCalm = governor.resolveProbe(changedShare: 0.1)
        #expect(isCalm)
        for _ in 0..<100 { governor.record(cost: 0.2) }
        governor.stop()
        var frames = 0
        while governor.next() != .compare { frames += 1 }
        #expect(frames == 24)
    }

    /// One expensive frame is no reason; four are, and two that cost more than any reuse could save.
    @Test(arguments: [(1.0, 4), (1.2, 2)])
    func expensiveFramesStopReuse(cost: Double, frames: Int) {
        var governor = ReuseGovernor(shortestRun: 24)
        for _ in 1..<frames { governor.record(cost: cost) }
        #expect(!governor.isStopped)
        governor.record(cost: cost)
        #expect(governor.isStopped)
    }
}
