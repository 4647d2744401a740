import DeepCache
import TestSupport
import Testing

@Suite struct MarginGateTests {
    /// Frames of one scene: by how much reuse's best class leads, as reuse says and in truth.
    private struct Scene {
        var dice: Dice
        /// Margins are spread evenly over this range, in tenths of a logit.
        let margins: ClosedRange<Int>
        /// How far reuse moves margins up or down at most, in tenths of a logit.
        let error: Int

        mutating func frame() -> AuditedFrame.Margins {
            let exact = Float(dice.int(margins)) / 10, reused = exact + Float(dice.int(-error...error)) / 10
            // Where reuse's margin would be negative, reuse names another class, ahead by as much.
            return reused >= 0 ? .init(reused: reused, exact: exact) : .init(reused: -reused, exact: -exact)
        }
    }

    /// Shows frames as a network would; returns what came of each.
    private func run(_ gate: inout MarginGate, _ scene: inout Scene, frames: Int) -> (given: Int, right: Int, full: Int) {
        var result = (given: 0, right: 0, full: 0)
        for _ in 0..<frames {
            let frame = scene.frame()
            gate.record(cost: 0.2)
            let isClear = gate.judge(margin: frame.reused)
            if gate.isCalibrated, isClear {
                result.given += 1
                result.right += frame.exact >= 0 ? 1 : 0
            } else {
                result.full += 1
                gate.calibrate(frame)
            }
        }
        return result
    }

    @Test func clearAnswersAreGivenOnceCalibrated() {
        var gate = MarginGate(target: 0.99), scene = Scene(dice: Dice(1), margins: 30...60, error: 5)
        #expect(!gate.isCalibrated)
        #expect(gate.bound == .infinity)
        let start = gate.epsilon, first = run(&gate, &scene, frames: 6)
        #expect(first.given == 0)
        #expect(gate.isCalibrated)
        #expect(!gate.isNotWorthwhile)
        let later = run(&gate, &scene, frames: 500)
        #expect(later.full == 0)
        #expect(later.right == 500)
        #expect(gate.epsilon > start)
    }

    /// Where some margins are within what reuse misleads by, these are computed in full, and the others hold the target.
    @Test(arguments: 1...6)
    func nearAnswersAreComputedInFull(seed: Int) {
        var gate = MarginGate(target: 0.99), scene = Scene(dice: Dice(seed), margins: 0...60, error: 8)
        let result = run(&gate, &scene, frames: 3000)
        #expect(result.given > 2000)
        #expect(result.full > 100)
        #expect(Double(result.right + result.full) / 3000 >= 0.99)
    }

    @Test func oneClearAnswerThatWasWrongNeedsCalibrationAnew() {
        var gate = MarginGate(target: 0.99), scene = Scene(dice: Dice(3), margins: 30...60, error: 2)
        _ = run(&gate, &scene, frames: 50)
        gate.calibrate(.init(reused: 3, exact: -1))
        #expect(!gate.isCalibrated)
        #expect(gate.bound > 1)
    }

    @Test func anotherSceneNeedsCalibrationAnewAtTheSameTolerance() {
        var gate = MarginGate(target: 0.99), scene = Scene(dice: Dice(7), margins: 30...60, error: 2)
        _ = run(&gate, &scene, frames: 50)
        let epsilon = gate.epsilon
        gate.forget()
        #expect(!gate.isCalibrated)
        #expect(gate.bound == .infinity)
        #expect(gate.epsilon == epsilon)
    }

    @Test func answersThatFlickerAreSoonGivenUp() {
        var gate = MarginGate(target: 0.99), scene = Scene(dice: Dice(4), margins: 0...5, error: 10)
        var frames = 0
        while !gate.isNotWorthwhile, frames < 100 {
            _ = run(&gate, &scene, frames: 1)
            frames += 1
        }
        #expect(frames <= 6, "so many frames were computed both ways")
        let epsilon = gate.epsilon
        gate.giveUp()
        #expect(gate.epsilon < epsilon / 2)
        #expect(!gate.isCalibrated)
        #expect(!gate.isNotWorthwhile)
        // A tie is no reason to try again; clear answers are, at the tolerance that failed.
        let triesAfterTies = (0..<300).contains { _ in gate.recordDense(margin: 0) }
        #expect(!triesAfterTies)
        let wait = (1...300).first { _ in gate.recordDense(margin: 9) } ?? 300
        #expect(wait < 60)
        #expect(abs(gate.epsilon - epsilon) < 1e-4)
    }

    /// Each time that trying was in vain, more clear answers are waited for.
    @Test func patienceGrows() {
        var gate = MarginGate(target: 0.99), scene = Scene(dice: Dice(5), margins: 0...5, error: 10), waits: [Int] = []
        for _ in 0..<4 {
            for _ in 0..<5 { _ = run(&gate, &scene, frames: 1) }
            gate.giveUp()
            waits.append((1...1000).first { _ in gate.recordDense(margin: 15) } ?? 1000)
        }
        #expect(zip(waits, waits.dropFirst()).allSatisfy { $0 < $1 }, "\(waits)")
    }

    /// Updates that cost as much as computing in full are no fault of the answers: then more is withheld next time.
    @Test func expensiveUpdatesRaiseTheTolerance() {
        var gate = MarginGate(target: 0.99)
        for _ in 0..<4 {
            gate.record(cost: 1.1)
            _ = gate.judge(margin: 5)
            gate.calibrate(.init(reused: 5, exact: 5))
        }
        let epsilon = gate.epsilon
        gate.giveUp()
        #expect(gate.epsilon > epsilon)
        let triesAfterClearAnswers = (0..<500).contains { _ in gate.recordDense(margin: 20) }
        #expect(!triesAfterClearAnswers)
    }

    /// A stricter target leaves more answers in doubt; the loosest one doubts none that reuse did not overstate on average.
    @Test func theBoundGrowsWithTheTarget() {
        let bounds = [0.0, 0.5, 0.9, 0.99, 0.999_999_9].map { target in
            var gate = MarginGate(target: target)
            for frame in 0..<8 { gate.calibrate(.init(reused: 4, exact: 4 - Float(frame % 3) / 4)) }
            return gate.bound
        }
        #expect(bounds[0] == 0)
        #expect(zip(bounds, bounds.dropFirst()).allSatisfy { $0 < $1 }, "\(bounds)")
        #expect(bounds[4].isFinite)
    }
}
