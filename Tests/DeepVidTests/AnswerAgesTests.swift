import Hashing
import ResultCache
import Testing
import Vision

@testable import DeepVid

/// For how long answers stand along tracks: as long as the target holds.
@Suite struct AnswerAgesTests {
    /// A model that says something else of an object more and more often as time goes, and objects that are followed, seen every tenth of a second.
    private struct Simulation {
        private var dice: SeededGenerator
        /// Of an object: the probability that in a second it becomes something else.
        let change: Double
        /// That the model says something else than what an object is.
        let slip: Double
        private var kinds: [Int]

        init(seed: UInt64, objects: Int, change: Double, slip: Double) {
            (dice, self.change, self.slip) = (SeededGenerator(seed: seed), change, slip)
            kinds = (0..<objects).map { _ in 0 }
        }

        private static func answer(_ kind: Int) -> SecondAnswer {
            .classes([ObjectClass(label: "\(kind)", classID: kind, score: 1)])
        }

        private mutating func share() -> Double { .random(in: 0..<1, using: &dice) }
        private mutating func kind() -> Int { .random(in: 0..<1000, using: &dice) }

        /// What stood, and how often that was what the object is, which is what the votes of a model that slips come to; and how many were asked for.
        mutating func run(seconds: Int) -> (stood: Int, right: Int, asked: Int) {
            var answers = TrackAnswers(models: 1, longest: 10), result = (stood: 0, right: 0, asked: 0)
            for frame in 0..<10 * seconds {
                let time = Double(frame) / 10
                for object in kinds.indices {
                    if share() < change / 10 { kinds[object] = kind() }
                    let said = share() < slip ? kind() : kinds[object]
                    let answer = Self.answer(said)
                    let turn = answers.turn(of: object, 0, worth: 0.5, at: time)
                    if turn == .stands {
                        result.stood += 1
                        result.right += answers.answer(of: object, 0)!.isSame(as: Self.answer(kinds[object])) ? 1 : 0
                    } else {
                        result.asked += 1
                        var isAudit = false
                        if case .audit = turn { isAudit = true }
                        answers.look(answer, of: object, 0, worth: 0.5, at: time, isAudit: isAudit)
                    }
                }
            }
            return result
        }
    }

    /// Of answers that stand, as many are the model's as the target asks for, whether objects change or the model slips.
    @Test(arguments: [(0.02, 0.0), (0.2, 0.0), (0.02, 0.02)]) func theTargetHolds(change: Double, slip: Double) {
        var (stood, right) = (0, 0)
        for seed in 1...5 {
            var simulation = Simulation(seed: UInt64(seed), objects: 6, change: change, slip: slip)
            let result = simulation.run(seconds: 120)
            stood += result.stood
            right += result.right
            #expect(Double(result.right) >= 0.93 * Double(result.stood), "\(result)")
        }
        #expect(Double(right) >= 0.945 * Double(stood), "\(right) of \(stood)")
    }

    /// What rests is seldom asked about; what changes all the time is asked about each time.
    @Test func theModelRunsWhereNoAgeHolds() {
        var still = Simulation(seed: 1, objects: 6, change: 0, slip: 0), restless = Simulation(seed: 1, objects: 6, change: 0.5, slip: 0.01)
        let (seldom, often) = (still.run(seconds: 120), restless.run(seconds: 120))
        #expect(seldom.asked < 7200 / 10)
        #expect(often.stood < 7200 / 10)
    }

    @Test func anAnswerThatWasNotSureIsOlder() {
        func age(_ score: Double) -> Float {
            let answer = SecondAnswer.classes([ObjectClass(label: "a", classID: 0, score: score)])
            return AnswerAges.age(of: answer, .init(since: 0), at: 0.125)
        }
        #expect(age(1) == 0.5)
        #expect(age(0.6) > 0.8)
        #expect(AnswerAges.age(of: .embedding([1, 0]), .init(since: 0), at: 0.25) == 1)
    }

    /// What an input leaves in the cache the next one begins with: it audits few answers from the start.
    @Test func whatWasLearntIsCarriedOn() throws {
        let cache = Self.cache()
        var first = AnswerAges(seed: 0, after: cache)
        #expect(first == AnswerAges(seed: 0))
        for _ in 0..<60 { first.learn(0.25, isSame: true, isAudit: true) }
        for _ in 0..<60 { first.learn(2, isSame: true, isAudit: false) }
        #expect(first.stands(1))
        first.teach(cache)
        var second = AnswerAges(seed: 0, after: cache), fresh = AnswerAges(seed: 0)
        #expect(second.stands(1))
        #expect(!fresh.stands(1))
        #expect((0..<1000).count { _ in second.drawAudit() != nil } < 50)
        #expect((0..<1000).count { _ in fresh.drawAudit() != nil } > 150)
    }

    private static func cache() -> ResultCache {
        let card = ModelCard(head: .classification, input: InputCard(width: 32, height: 32, resize: .stretch))
        return ResultCache(ModelIdentity(sha256: "", card: card, labels: Labels(names: [])), now: 0)
    }
}
