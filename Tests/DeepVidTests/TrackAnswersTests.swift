import Foundation
import Testing
import Video
import Vision

@testable import DeepVid

/// When a second model is asked about an object that is followed, and what stands.
@Suite struct TrackAnswersTests {
    private func classes(_ scores: [Double]) -> SecondAnswer {
        let all = scores.enumerated().map { ObjectClass(label: "class \($0)", classID: $0, score: $1) }
        return .classes(all.sorted { $0.score > $1.score })
    }

    /// The times at which an object is looked at that is seen every eighth of a second, where the model's answers are these in turn.
    private func looks(_ answer: (Int) -> SecondAnswer, seconds: Double, longest: Double = 10) -> [Double] {
        var answers = TrackAnswers(), times: [Double] = []
        for step in 0...Int(seconds * 8) {
            let time = Double(step) / 8, turn = answers.turn(of: 1, worth: 0.5, at: time, longest: longest)
            guard turn == .look else { continue }
            answers.look([0: answer(times.count)], of: 1, worth: 0.5, at: time, longest: longest)
            times.append(time)
        }
        return times
    }

    @Test func anAnswerThatIsConfirmedStandsTwiceAsLong() {
        #expect(looks({ _ in classes([0.9, 0.1]) }, seconds: 10) == [0, 0.25, 0.75, 1.75, 3.75, 7.75])
        #expect(looks({ _ in classes([0.9, 0.1]) }, seconds: 4, longest: 1) == [0, 0.25, 0.75, 1.75, 2.75, 3.75])
        #expect(looks({ _ in .embedding([1, 0]) }, seconds: 2) == [0, 0.25, 0.75, 1.75])
        // Contradicted each time.
        #expect(looks({ .embedding($0.isMultiple(of: 2) ? [1, 0] : [0, 1]) }, seconds: 1) == [0, 0.25, 0.5, 0.75, 1])
    }

    @Test func anAgeOfZeroAsksEachTime() {
        #expect(looks({ _ in classes([1]) }, seconds: 1, longest: 0).count == 9)
    }

    @Test func aBetterViewIsLookedAt() {
        var answers = TrackAnswers()
        func turn(_ worth: Double) -> TrackAnswers.Turn { answers.turn(of: 1, worth: worth, at: 0.1, longest: 10) }
        answers.look([0: classes([1])], of: 1, worth: 0.4, at: 0, longest: 10)
        #expect(turn(0.5) == .look)
        #expect(turn(0.49) != .look)
        answers.look([0: classes([1])], of: 1, worth: 0.5, at: 0.1, longest: 10)
        answers.look([0: classes([1])], of: 1, worth: 0.2, at: 0.1, longest: 10)
        // What was seen better before is no news.
        #expect(turn(0.3) != .look)
        answers.forget(1)
        #expect(turn(0.3) == .look)
        #expect(answers.answers(of: 1).isEmpty)
    }

    @Test func oneOfFiftyIsDrawn() {
        var answers = TrackAnswers(), again = TrackAnswers()
        answers.look([0: classes([1])], of: 1, worth: 0.5, at: 0, longest: 10)
        again.look([0: classes([1])], of: 1, worth: 0.5, at: 0, longest: 10)
        let turns = (0..<20_000).map { _ in answers.turn(of: 1, worth: 0.5, at: 0.1, longest: 10) }
        #expect(!turns.contains(.look))
        #expect((320...480).contains(turns.count { $0 == .audit }))
        #expect(turns == (0..<20_000).map { _ in again.turn(of: 1, worth: 0.5, at: 0.1, longest: 10) })
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
        var answers = TrackAnswers()
        answers.look([0: classes([0.7, 0.3]), 2: .embedding([0.6, -0.8])], of: 3, worth: 0.5, at: 1, longest: 10)
        _ = answers.turn(of: 3, worth: 0.5, at: 1.1, longest: 10)
        var again = try JSONDecoder().decode(TrackAnswers.self, from: JSONEncoder().encode(answers))
        #expect(again == answers)
        let (a, b) = (
            (0..<99).map { _ in answers.turn(of: 3, worth: 0.5, at: 1.1, longest: 10) },
            (0..<99).map { _ in again.turn(of: 3, worth: 0.5, at: 1.1, longest: 10) }
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
