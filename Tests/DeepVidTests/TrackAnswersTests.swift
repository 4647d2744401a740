import Foundation
import ResultCache
import Testing
import Video
import Vision

@testable import DeepVid

extension TrackAnswers {
    /// Of so many models whose answers are not kept.
    init(models: Int, longest: Double) { self.init([ResultCache?](repeating: nil, count: models), longest: longest) }
}

/// When a second model is asked about an object that is followed, and what stands.
@Suite struct TrackAnswersTests {
    private func classes(_ scores: [Double]) -> SecondAnswer {
        let all = scores.enumerated().map { ObjectClass(label: "class \($0)", classID: $0, score: $1) }
        return .classes(all.sorted { $0.score > $1.score })
    }

    /// The times at which the model runs on an object that is seen every sixteenth of a second, where its answers are these in turn.
    private func looks(_ answer: (Int) -> SecondAnswer, seconds: Double, longest: Double = 10) -> [Double] {
        var answers = TrackAnswers(models: 1, longest: longest), times: [Double] = []
        for step in 0...Int(seconds * 16) {
            let time = Double(step) / 16, turn = answers.turn(of: 1, 0, worth: 0.5, at: time)
            guard turn != .stands else { continue }
            answers.look(answer(times.count), of: 1, 0, worth: 0.5, at: time, isAudit: turn != .look)
            times.append(time)
        }
        return times
    }

    @Test func anAnswerThatIsConfirmedStandsLonger() {
        let sure = looks({ _ in classes([1, 0]) }, seconds: 60)
        // Half of the quarter of a second that it is trusted with, or less for an audit.
        #expect(sure[1] <= 0.1875)
        #expect(sure.count < 120)
        #expect(looks({ _ in .embedding([1, 0]) }, seconds: 60).count < 120)
        let brief = looks({ _ in classes([1, 0]) }, seconds: 60, longest: 0.5)
        let ages = zip(brief, brief.dropFirst()).map { $1 - $0 }
        #expect(ages.max()! <= 0.5)
        // Contradicted each time, it is asked for each time.
        let contradicted = looks({ count in .embedding((0..<9).map { $0 == count % 9 ? 1 : 0 }) }, seconds: 10)
        let every = (0...8).map { step in 9.5 + Double(step) / 16 }
        #expect(Array(contradicted.suffix(9)) == every)
    }

    @Test func anAgeOfZeroAsksEachTime() {
        #expect(looks({ _ in classes([1]) }, seconds: 1, longest: 0).count == 17)
    }

    @Test func aBetterViewIsLookedAt() {
        var answers = TrackAnswers(models: 1, longest: 10)
        func turn(_ worth: Double) -> TrackAnswers.Turn { answers.turn(of: 1, 0, worth: worth, at: 0.1) }
        answers.look(classes([1]), of: 1, 0, worth: 0.4, at: 0)
        #expect(turn(0.5) == .look)
        #expect(turn(0.49) != .look)
        answers.look(classes([1]), of: 1, 0, worth: 0.5, at: 0.1)
        answers.look(classes([1]), of: 1, 0, worth: 0.2, at: 0.1)
        // What was seen better before is no news.
        #expect(turn(0.3) != .look)
        answers.forget(1)
        #expect(turn(0.3) == .look)
        #expect(answers.answer(of: 1, 0) == nil)
    }

    @Test func modelsAreAskedEachForThemselves() {
        var answers = TrackAnswers(models: 2, longest: 10)
        answers.look(classes([1]), of: 1, 1, worth: 0.5, at: 0)
        #expect(answers.turn(of: 1, 0, worth: 0.5, at: 0.0625) == .look)
        #expect(answers.turn(of: 1, 1, worth: 0.5, at: 0.0625) != .look)
        #expect(answers.answer(of: 1, 0) == nil)
    }

    /// A fifth of the first answers that stand are audited.
    @Test func someAreDrawn() {
        var answers = TrackAnswers(models: 1, longest: 10), again = answers
        answers.look(classes([1]), of: 1, 0, worth: 0.5, at: 0)
        again.look(classes([1]), of: 1, 0, worth: 0.5, at: 0)
        let turns = (0..<2000).map { _ in answers.turn(of: 1, 0, worth: 0.5, at: 0.1) }
        #expect(!turns.contains(.look))
        #expect((340...460).contains(turns.count { $0 == .audit(weight: 5) }))
        #expect(turns == (0..<2000).map { _ in again.turn(of: 1, 0, worth: 0.5, at: 0.1) })
    }

    /// What crops that look alike were said to be is no evidence of what the model would say.
    @Test func onlyTheModelTells() {
        func isAskedAgain(isOwn: Bool) -> Bool {
            var answers = TrackAnswers(models: 1, longest: 10)
            for step in 0..<200 {
                let answer = SecondAnswer.embedding(step.isMultiple(of: 2) ? [1, 0] : [0, 1])
                answers.look(answer, of: 1, 0, worth: 0.5, at: 0.05 * Double(step), isOwn: isOwn, isAudit: isOwn)
            }
            return answers.turn(of: 1, 0, worth: 0.5, at: 10) == .look
        }
        #expect(isAskedAgain(isOwn: true))
        #expect(!isAskedAgain(isOwn: false))
    }

    /// One look that is mistaken does not count, two do.
    @Test func aContradictionIsLookedAtAgain() {
        func ages(after second: [Double]) -> TrackAnswers {
            var answers = TrackAnswers(models: 1, longest: 10)
            answers.look(classes([1, 0]), of: 1, 0, worth: 0.5, at: 0)
            answers.look(classes([0, 1]), of: 1, 0, worth: 0.5, at: 1)
            #expect(answers.turn(of: 1, 0, worth: 0.5, at: 1) == .look)
            answers.look(classes(second), of: 1, 0, worth: 0.5, at: 1.0625)
            answers.forget(1)
            return answers
        }
        #expect(ages(after: [1, 0]) != ages(after: [0, 1]))
    }

    @Test func theSurestLooksVote() {
        var looks = Looks(classes([0.6, 0.4]))
        for _ in 0..<4 { looks.add(classes([0.45, 0.55])) }
        // Three sure ones and the two surest of the others: (3 · 0.9 + 0.6 + 0.45) / 5.
        for _ in 0..<3 { looks.add(classes([0.9, 0.1])) }
        guard case .classes(let all) = looks.answer else { return #expect(Bool(false)) }
        #expect(all.map(\.classID) == [0, 1])
        #expect(abs(all[0].score - 0.75) < 1e-9)
        #expect(abs(all[1].score - 0.25) < 1e-9)
        // Somebody else: nine looks later nothing is left of the first.
        for _ in 0..<9 { looks.add(classes([0, 0.2, 0.8])) }
        #expect(looks.answer == classes([0, 0.2, 0.8]))
    }

    @Test func whatAClassifierLeavesOutCountsNothing() {
        var looks = Looks(.classes([ObjectClass(label: "a", classID: 0, score: 0.8)]))
        looks.add(.classes([ObjectClass(label: "b", classID: 1, score: 0.6)]))
        #expect(looks.answer == .classes([ObjectClass(label: "a", classID: 0, score: 0.4)]))
        looks.add(.classes([]))
        guard case .classes(let all) = looks.answer else { return #expect(Bool(false)) }
        #expect(all.map(\.label) == ["a"])
    }

    @Test func goesOnFromACheckpoint() throws {
        var answers = TrackAnswers(models: 2, longest: 10)
        for time in [1.0, 1.5, 2] {
            answers.look(classes([0.7, 0.3]), of: 3, 0, worth: 0.5, at: time)
            answers.look(.embedding([0.6, -0.8]), of: 3, 1, worth: 0.5, at: time)
        }
        _ = answers.turn(of: 3, 1, worth: 0.5, at: 2.1)
        var again = try JSONDecoder().decode(TrackAnswers.self, from: JSONEncoder().encode(answers))
        #expect(again == answers)
        let (a, b) = (
            (0..<99).map { _ in answers.turn(of: 3, 1, worth: 0.5, at: 2.1) },
            (0..<99).map { _ in again.turn(of: 3, 1, worth: 0.5, at: 2.1) }
        )
        #expect(a == b)
    }

    @Test func cropsAreClippedToThePicture() {
        func part(_ x: Float, _ y: Float, _ width: Float, _ height: Float, _ margin: Double = 0.1) -> PicturePart {
            PicturePart(around: Box(x: x, y: y, width: width, height: height), margin: margin, width: 320, height: 240)
        }
        #expect(part(100, 50, 40, 80) == PicturePart(columns: 96..<144, rows: 42..<138))
        #expect(part(100.5, 50.5, 40, 80, 0) == PicturePart(columns: 100..<141, rows: 50..<131))
        #expect(part(0, 200, 40, 40) == PicturePart(columns: 0..<44, rows: 196..<240))
        #expect(part(320, 240, 0, 0) == PicturePart(columns: 319..<320, rows: 239..<240))
        #expect(part(-1e30, .nan, 1e35, 3) == PicturePart(columns: 0..<320, rows: 0..<240))
        #expect(part(10, 10, .infinity, 3).columns == 0..<320)
    }
}
