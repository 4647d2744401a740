import DeepCache
import Testing
import TestSupport

struct AnswerGuardTests {
    /// One frame of a scene: the lead of its best class, and of the one that reuse names, both in truth.
    private struct Scene {
        var dice: Dice
        /// Leads are spread evenly over this range, in tenths of a logit.
        let leads: ClosedRange<Int>
        /// How far reuse moves leads up or down at most, in tenths of a logit.
        let error: Int

        /// What reuse says, and what is true of the same class.
        mutating func frame() -> AuditedFrame.Leads {
            let truth = Float(dice.int(leads)) / 10, reused = truth + Float(dice.int(-error...error)) / 10
            // What falls below zero in reuse is another class, ahead by as much.
            return reused >= 0 ? .init(reused: reused, exact: truth) : .init(reused: -reused, exact: -truth)
        }
    }

    /// Shows frames as a network would; returns what came of each.
    private func run(_ answerGuard: inout AnswerGuard, _ scene: inout Scene, frames: Int) -> (given: Int, right: Int, full: Int) {
        var result = (given: 0, right: 0, full: 0)
        for _ in 0..<frames {
            let frame = scene.frame()
            answerGuard.updated(cost: 0.2)
            let isDoubtful = answerGuard.isDoubtful(lead: frame.reused)
            if answerGuard.isProven, !isDoubtful {
                result.given += 1
                result.right += frame.exact >= 0 ? 1 : 0
            } else {
                result.full += 1
                answerGuard.learn(frame)
            }
        }
        return result
    }

    @Test func clearAnswersAreGivenOnceProven() {
        var answerGuard = AnswerGuard(target: 0.99), scene = Scene(dice: Dice(1), leads: 30...60, error: 5)
        #expect(!answerGuard.isProven && answerGuard.bound == .infinity)
        let start = answerGuard.epsilon, first = run(&answerGuard, &scene, frames: 6)
        #expect(first.given == 0 && answerGuard.isProven && !answerGuard.isHopeless)
        let later = run(&answerGuard, &scene, frames: 500)
        #expect(later.full == 0 && later.right == 500 && answerGuard.epsilon > start)
    }

    /// Where some leads are within what reuse misleads by, these are computed in full, and the others hold the target.
    @Test(arguments: 1...6)
    func nearAnswersAreComputedInFull(seed: Int) {
        var answerGuard = AnswerGuard(target: 0.99), scene = Scene(dice: Dice(seed), leads: 0...60, error: 8)
        let result = run(&answerGuard, &scene, frames: 3000)
        #expect(result.given > 2000 && result.full > 100, "\(result)")
        #expect(Double(result.right + result.full) / 3000 >= 0.99, "\(result)")
    }

    @Test func oneClearAnswerThatWasWrongNeedsProofsAnew() {
        var answerGuard = AnswerGuard(target: 0.99), scene = Scene(dice: Dice(3), leads: 30...60, error: 2)
        _ = run(&answerGuard, &scene, frames: 50)
        answerGuard.learn(.init(reused: 3, exact: -1))
        #expect(!answerGuard.isProven && answerGuard.bound > 1)
    }

    @Test func answersThatFlickerAreSoonGivenUp() {
        var answerGuard = AnswerGuard(target: 0.99), scene = Scene(dice: Dice(4), leads: 0...5, error: 10)
        var frames = 0
        while !answerGuard.isHopeless, frames < 100 {
            _ = run(&answerGuard, &scene, frames: 1)
            frames += 1
        }
        #expect(frames <= 6, "\(frames) frames were computed both ways")
        let epsilon = answerGuard.epsilon
        answerGuard.gaveUp()
        #expect(answerGuard.epsilon < epsilon / 2 && !answerGuard.isProven && !answerGuard.isHopeless)
        // A tie is no reason to try again; clear answers are, at the tolerance that failed.
        let flicker = (0..<300).contains { _ in answerGuard.isClearAgain(lead: 0) }
        let wait = (1...300).first { _ in answerGuard.isClearAgain(lead: 9) }
        #expect(!flicker && wait != nil && wait! < 60 && abs(answerGuard.epsilon - epsilon) < 1e-4)
    }

    /// Each time that trying was in vain, more clear answers are waited for.
    @Test func patienceGrows() {
        var answerGuard = AnswerGuard(target: 0.99), scene = Scene(dice: Dice(5), leads: 0...5, error: 10), waits: [Int] = []
        for _ in 0..<4 {
            for _ in 0..<5 { _ = run(&answerGuard, &scene, frames: 1) }
            answerGuard.gaveUp()
            waits.append((1...1000).first { _ in answerGuard.isClearAgain(lead: 15) } ?? 1000)
        }
        #expect(zip(waits, waits.dropFirst()).allSatisfy { $0 < $1 }, "\(waits)")
    }

    /// Updates that cost as much as computing in full are no fault of the answers: then more is withheld next time.
    @Test func expensiveUpdatesRaiseTheTolerance() {
        var answerGuard = AnswerGuard(target: 0.99)
        for _ in 0..<4 {
            answerGuard.updated(cost: 1.1)
            _ = answerGuard.isDoubtful(lead: 5)
            answerGuard.learn(.init(reused: 5, exact: 5))
        }
        let epsilon = answerGuard.epsilon
        answerGuard.gaveUp()
        #expect(answerGuard.epsilon > epsilon && !(0..<500).contains { _ in answerGuard.isClearAgain(lead: 20) })
    }
}
