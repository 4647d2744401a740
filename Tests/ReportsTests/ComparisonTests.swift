import DeepCache
import Testing
import Video
import Vision

@testable import DeepVid
@testable import Reports
@testable import Results

@Suite struct ComparisonTests {
    private func record(_ frames: [ComparedFrame]) -> ComparisonRecord {
        let tally = ComparisonTally(score: 0.4, worst: 0)
        frames.forEach { tally.add($0) }
        let begin = BeginRecord(
            deepvid: "1", source: "a", model: .init(name: "m", sha256: "", head: "yolox", input: .init(width: 1, height: 1)), video: nil,
            options: .init(threads: 1))
        var record = ComparisonRecord(begin: begin, reason: .finished)
        tally.fill(&record)
        return record
    }

    @Test func speedUpIsOfSumsAndOfMedians() {
        let none = [makeBox(0, 0.9, x: 10)]
        let record = record(
            [(4.0, 4.0), (4, 1), (10, 1)].enumerated().map {
                makeCompared($0, dense: none, cached: none, denseMs: $1.0, cachedMs: $1.1)
            })
        #expect(record.frames == 3)
        #expect(record.speedup == 3)
        #expect(record.speedupMedian == 4)
        #expect(record.denseMs == .init(mean: 6, median: 4))
        #expect(record.cachedMs == .init(mean: 2, median: 1))
    }

    @Test func framesAreCountedByWhatHappenedToThem() {
        let record = record([
            makeCompared(0, dense: [], cached: [], reused: 0, reason: .firstFrame), makeCompared(1, dense: [], cached: [], reused: 1),
            makeCompared(2, dense: [], cached: [], reused: 0, reason: .notWorthwhile),
            makeCompared(3, dense: [], cached: [], reused: 0, reason: .notWorthwhile),
            makeCompared(4, dense: [], cached: [], reused: 0.5),
        ])
        #expect(record.unchanged == 1)
        #expect(record.reused == 0.3)
        #expect(record.fullRecomputes == [.init(reason: "not_worthwhile", frames: 2), .init(reason: "first_frame", frames: 1)])
        #expect(record.agreement == nil)
        #expect(record.agreementFrames == 0)
        #expect(record.classes.isEmpty)
    }

    @Test func classesArePooledAndFramesAveraged() {
        let (a, b, car) = (makeBox(0, 0.9, x: 10), makeBox(0, 0.8, x: 100), makeBox(1, 0.7, x: 200))
        let record = record([
            makeCompared(0, dense: [a, b, car], cached: [a, b, car]), makeCompared(1, dense: [a], cached: []),
            makeCompared(2, dense: [], cached: []),
        ])
        #expect(record.agreement == 0.5)
        #expect(record.agreementFrames == 2)
        #expect(
            record.classes == [
                .init(label: "person", classID: 0, dense: 3, cached: 2, agreement: 0.8),
                .init(label: "car", classID: 1, dense: 1, cached: 1, agreement: 1),
            ])
    }

    @Test func countsAreOfWhatIsReported() {
        let (a, b, car) = (makeBox(0, 0.9, x: 10), makeBox(0, 0.8, x: 100), makeBox(1, 0.7, x: 200))
        // Just missed on one side: a partner of boxes, and not counted.
        let faint = makeBox(0, 0.35, x: 10)
        let record = record([
            makeCompared(0, dense: [a, car], cached: [car, b]), makeCompared(1, dense: [a], cached: [faint]),
            makeCompared(2, dense: [faint], cached: []), makeCompared(3, dense: [], cached: []),
        ])
        #expect(record.sameCounts == 0.5)
        #expect(self.record([]).sameCounts == nil)
    }

    @Test func theTargetIsJudged() {
        typealias Target = ComparisonRecord.Target
        #expect(Target(0.99, reached: 0.99, interval: nil).isHeld)
        #expect(Target(0.99, reached: 0.99, interval: nil).isWithinInterval == nil)
        let missed = Target(0.99, reached: 0.98, interval: [0.97, 0.985])
        #expect(!missed.isHeld)
        #expect(abs((missed.missedBy ?? 0) - 0.01) < 1e-9)
        #expect(missed.isWithinInterval == false)
        #expect(Target(0.99, reached: 0.98, interval: [0.97, 0.99]).isWithinInterval == true)
        #expect(Target(0.99, reached: 0.995, interval: [0.98, 1]).isWithinInterval == true)
    }

    @Test func noFramesGiveNoFigures() {
        let record = record([])
        #expect(record.speedup == nil)
        #expect(record.denseMs == nil)
        #expect(record.reused == nil)
        #expect(record.frames == 0)
    }

    @Test func worstFramesAreFewAndInOrder() {
        let (a, b, c) = (makeBox(0, 0.9, x: 10), makeBox(0, 0.8, x: 100), makeBox(0, 0.7, x: 200))
        func worst(_ limit: Int) -> [Int] {
            let tally = ComparisonTally(score: 0.4, worst: limit)
            for (index, cached) in [[a, b, c], [a, b], [a], [a, b], []].enumerated() {
                tally.add(makeCompared(index, dense: [a, b, c], cached: cached))
            }
            return tally.worst.map(\.frame.index)
        }
        #expect(worst(2) == [4, 2])
        #expect(worst(0) == [])
    }
}

private func makeBox(_ id: Int, _ score: Float, x: Float) -> Detection {
    Detection(classID: id, label: ["person", "car"][id], score: score, box: Box(x: x, y: 60, width: 60, height: 80))
}

/// A frame as a comparison sees it; its agreement is what the boxes make it.
private func makeCompared(
    _ index: Int, dense: [Detection], cached: [Detection], denseMs: Double = 4, cachedMs: Double = 1, reused: Double = 0.5,
    reason: ReuseReason? = nil
) -> ComparedFrame {
    var traits = Frame.Traits()
    (traits.index, traits.pts) = (index, Int64(index))
    let frame = Frame(pixelFormat: "yuv420p", width: 320, height: 240, traits: traits) { _, bytes, _ in bytes.update(repeating: 128) }!
    return ComparedFrame(
        frame: frame, dense: FrameResult(FrameInfo(frame), answer: .detections(dense), timing: .init(infer: denseMs)),
        reused: FrameResult(
            FrameInfo(frame), answer: .detections(cached),
            reuse: FrameResult.Reuse(policy: .adaptive, share: reused, reason: reason), timing: .init(infer: cachedMs)),
        agreement: Agreement.between(.detections(cached), .detections(dense), score: 0.4), strict: nil, floor: nil, trace: nil)
}
