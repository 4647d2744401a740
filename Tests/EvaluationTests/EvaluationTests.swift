import Testing
import Vision

@testable import Evaluation

private func box(_ x: Float, _ score: Float = 0.9, _ label: String = "person", width: Float = 10) -> Detection {
    Detection(classID: label == "person" ? 0 : 1, label: label, score: score, box: Box(x: x, y: 0, width: width, height: 10))
}

private func object(_ x: Float, _ id: Int? = nil, _ label: String? = "person", isIgnored: Bool = false) -> Truth.Object {
    .init(label: label, box: Box(x: x, y: 0, width: 10, height: 10), id: id, isIgnored: isIgnored)
}

@Suite struct AveragePrecisionTests {
    private func precision(_ frames: [(found: [Detection], truth: [Truth.Object])], hasLabels: Bool = true) -> AveragePrecision {
        var precision = AveragePrecision(hasLabels: hasLabels)
        for frame in frames { precision.add(frame.found, frame.truth) }
        return precision
    }

    @Test func perfectIsOne() {
        let all = precision([([box(0), box(50)], [object(0), object(50)])])
        #expect(all.at50 == 1)
        #expect(all.mean == 1)
    }

    /// Right, wrong, right by falling score with two objects: precision 1 up to a recall of 0.5, then 2/3. Read at 101 recalls, of which 51
    /// are up to 0.5.
    @Test func curveOfThreeBoxes() throws {
        let three = precision([([box(0, 0.9), box(200, 0.8), box(50, 0.7)], [object(0), object(50)])])
        let expected = (51.0 + 50.0 * 2.0 / 3.0) / 101.0
        #expect(abs(try #require(three.at50) - expected) < 1e-9)
    }

    @Test func overlapDecidesTheMean() throws {
        // IoU 8/12 = 0.667: found at 0.5, 0.55, 0.6 and 0.65.
        let shifted = precision([([box(2)], [object(0)])])
        #expect(shifted.at50 == 1)
        #expect(abs(try #require(shifted.mean) - 0.4) < 1e-9)
    }

    @Test func anObjectIsFoundOnce() throws {
        let twice = precision([([box(0, 0.9), box(0, 0.8)], [object(0), object(50)])])
        #expect(abs(try #require(twice.at50) - 51 / 101.0) < 1e-9)
    }

    @Test func classesCountTheSame() {
        let two = precision([([box(0)], [object(0), object(50, nil, "car")])])
        #expect(two.at50 == 0.5)
    }

    @Test func everyClassHasItsOwn() {
        let two = precision([([box(0), box(50, 0.9, "car")], [object(0), object(50, nil, "car"), object(90, nil, "car")])])
        #expect(two.classes.map(\.label) == ["car", "person"])
        #expect(two.classes.map(\.objects) == [2, 1])
        #expect(two.classes.map(\.averagePrecision50) == [51 / 101.0, 1])
        #expect(precision([([box(0)], [object(0, nil, nil)])], hasLabels: false).classes.isEmpty)
    }

    @Test func ignoredObjectsCountForNothing() {
        let crowd = precision([([box(0), box(50)], [object(0), object(50, isIgnored: true)])])
        #expect(crowd.at50 == 1)
        #expect(precision([([box(0)], [object(0, isIgnored: true)])]).at50 == nil)
    }

    @Test func withoutLabelsAnyClassFinds() {
        #expect(precision([([box(0, 0.9, "car")], [object(0, nil, nil)])], hasLabels: false).at50 == 1)
    }
}

@Suite struct TrackingScoreTests {
    private func score(_ frames: [(tracks: [(Int, Float)], truth: [Truth.Object])]) -> TrackingScore {
        var score = TrackingScore()
        for frame in frames { score.add(frame.tracks.map { (id: $0.0, object: box($0.1)) }, frame.truth) }
        return score
    }

    @Test func perfectIsOne() {
        let all = score([([(1, 0), (2, 50)], [object(0, 7), object(50, 8)]), ([(1, 1), (2, 51)], [object(1, 7), object(51, 8)])])
        #expect(all.mota == 1)
        #expect(all.idf1 == 1)
        #expect(all.switches == 0)
    }

    /// Ten frames, another id from the seventh on: MOTA loses the switch, IDF1 the four frames: 2·6 / (10 + 10).
    @Test func anotherIdIsASwitch() throws {
        let frames = (0..<10).map { (tracks: [($0 < 6 ? 1 : 2, Float(0))], truth: [object(0, 7)]) }
        let switched = score(frames)
        #expect(switched.switches == 1)
        #expect(switched.mota == 0.9)
        #expect(switched.idf1 == 0.6)
    }

    @Test func missedAndWrongCount() throws {
        let score = score([([(1, 0), (3, 200)], [object(0, 7), object(50, 8)])])
        #expect(score.mota == 0)
        #expect(score.idf1 == 0.5)
    }

    /// Two objects side by side: who was matched stays so, though the other track is nearer.
    @Test func matchesLast() {
        let score = score([([(1, 0)], [object(0, 7)]), ([(1, 3), (2, 0)], [object(0, 7)])])
        #expect(score.switches == 0)
    }

    @Test func nothingToFollow() {
        #expect(score([([(1, 0)], [])]).mota == nil)
        #expect(score([([(1, 0)], [])]).idf1 == nil)
    }
}

@Suite struct EvaluationTests {
    @Test func onlyLabelledFramesAndClassesAreJudged() {
        var evaluation = Evaluation(Truth(frames: [0: [object(0, 1)], 1: [object(0, 1)]]), score: 0.5)
        for frame in 0..<4 { evaluation.add([box(0), box(50, 0.9, "car")], frame: frame, time: Double(frame) / 30) }
        #expect(evaluation.frames == 2)
        #expect(evaluation.objects == 2)
        #expect(evaluation.figures.averagePrecision50 == 1)
        #expect(evaluation.figures.mota == 1)
        #expect(evaluation.figures.idf1 == 1)
    }

    @Test func faintBoxesAreNotReported() {
        var evaluation = Evaluation(Truth(frames: [0: [object(0)]]), score: 0.5)
        evaluation.add([box(0, 0.4)], frame: 0, time: 0)
        #expect(evaluation.figures.averagePrecision50 == 0)
        #expect(evaluation.figures.mota == nil)
    }
}
