import DeepCache
import Testing
import TestSupport

struct SteeringTests {
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
        #expect(spare > -0.5 * (1 - target) - 0.002 && spare < 0.85 * (1 - target), "agreement \(sum / 800), ε \(controller.epsilon)")
        #expect(controller.audits == 900)
    }

    @Test func targetOneNeverTolerates() {
        var controller = ToleranceController(target: 1)
        controller.add(AuditedFrame(agreement: 1, errors: [0, 0, 0]))
        #expect(controller.epsilon == 0)
    }

    @Test func disagreementLowersTheTolerance() {
        var controller = ToleranceController(target: 0.99)
        let before = controller.epsilon
        for _ in 0..<5 {
            controller.add(AuditedFrame(agreement: 0.5, errors: [0.01, 0.02, 0.01]))
        }
        #expect(controller.epsilon < before / 2 && controller.agreement == 0.5)
    }

    /// At most a twentieth of the work; and a scene that rests is looked at only when something was computed.
    @Test func auditsStayWithinTheirShare() {
        var schedule = AuditSchedule(), audits = 0, work = 0.0
        for frame in 0..<10_000 {
            let cost = frame % 3 == 0 ? 0.5 : 0.1
            work += cost
            if schedule.isDue(cost: cost, computed: frame % 3 == 0 ? 0.4 : 0) {
                schedule.audited()
                (audits, work) = (audits + 1, work + 1)
            }
        }
        #expect(Double(audits) <= 0.051 * work + 3 && Double(audits) > 0.04 * work)
        var resting = AuditSchedule()
        let looked = (0..<1000).count { _ in resting.isDue(cost: 0.02, computed: 0) }
        #expect(looked == 0)
    }

    @Test func aMovingCameraSoonPaysNextToNothing() {
        var economy = Economy(), tried = 0
        for _ in 0..<3000 {
            switch economy.advice() {
            case .reuse:
                economy.cut()
                tried += 1
            case .probe:
                let isCalm = economy.probed(share: 0.9)
                #expect(!isCalm)
                tried += 1
            case .dense, .denseAndRemember: break
            }
        }
        #expect(tried <= 16, "\(tried) of 3000 frames were compared")
    }

    @Test func aSceneThatComesToRestIsReusedAgain() {
        var economy = Economy(), reused = 0
        for frame in 0..<400 {
            switch economy.advice() {
            case .reuse where frame < 50: economy.cut()
            case .reuse:
                economy.spent(0.3)
                reused += 1
            case .probe: _ = economy.probed(share: frame < 50 ? 0.9 : 0.05)
            default: break
            }
        }
        #expect(reused > 250)
    }

    @Test func aRunInFullCanBeEndedEarly() {
        func framesInFull(_ wakes: Bool) -> Int {
            var economy = Economy(shortestRun: 100), frames = 0
            economy.stop()
            while economy.isStopped, frames < 1000 {
                if case .probe = economy.advice() { return economy.probed(share: 0.1) ? frames : -1 }
                frames += 1
                if wakes, frames == 10 { economy.wake() }
            }
            return -2
        }
        #expect(framesInFull(false) == 100 && framesInFull(true) == 11)
    }
}
