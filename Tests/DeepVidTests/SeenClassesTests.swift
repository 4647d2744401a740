import Testing
import Vision

@testable import DeepVid

@Suite struct SeenClassesTests {
    private func object(_ label: String, track: Int? = nil) -> Detection {
        var object = Detection(classID: 0, label: label, score: 0.9, box: Box(x: 0, y: 0, width: 40, height: 80))
        object.trackID = track
        return object
    }

    private func seen(_ frames: [HeadResult], isTracking: Bool) -> [SeenClass]? {
        var seen = SeenClasses()
        for answer in frames {
            seen.add(answer, isTracking: isTracking)
        }
        return seen.sorted
    }

    @Test func framesAndTheMostAtATime() {
        let frames = [[object("car"), object("car"), object("person")], [], [object("car")]].map(HeadResult.detections)
        #expect(
            seen(frames, isTracking: false) == [
                SeenClass(label: "car", frames: 2, most: 2), SeenClass(label: "person", frames: 1, most: 1),
            ])
    }

    /// Each once, though it is away for a while; without an id, not at all.
    @Test func tracksCountOnce() {
        let frames = [
            [object("car", track: 1), object("car")], [object("car", track: 2), object("car", track: 1), object("person", track: 3)], [],
            [object("car", track: 1)],
        ].map(HeadResult.detections)
        #expect(
            seen(frames, isTracking: true) == [
                SeenClass(label: "car", frames: 3, most: 2, tracks: 2), SeenClass(label: "person", frames: 1, most: 1, tracks: 1),
            ])
    }

    /// Of what never moved, it is told how many there were; what moves in the end is no longer among it.
    @Test func whatNeverMovesIsToldApart() {
        let frames: [(objects: [Detection], moved: [Int])] = [
            ([object("car", track: 1), object("car", track: 2)], []), ([object("car", track: 1), object("person", track: 3)], [3]),
            ([object("car", track: 2)], [2]),
        ]
        var seen = SeenClasses()
        for (index, frame) in frames.enumerated() {
            let result = FrameResult(makeInfo(index), answer: .detections(frame.objects), timing: FrameResult.Timing())
            seen.add(result.answer, isTracking: true, moved: frame.moved)
        }
        #expect(
            seen.sorted == [
                SeenClass(label: "car", frames: 3, most: 2, tracks: 2, staticTracks: 1),
                SeenClass(label: "person", frames: 1, most: 1, tracks: 1),
            ])
    }

    @Test func classifiersHaveABestClass() {
        func classes(_ labels: String...) -> HeadResult {
            .classes(labels.map { Classification(classID: 0, label: $0, score: 0.5) })
        }
        #expect(
            seen([classes("red", "blue"), classes("blue"), classes("red")], isTracking: false) == [
                SeenClass(label: "red", frames: 2), SeenClass(label: "blue", frames: 1),
            ])
    }

    /// An empty list says that there was nothing, and none that nobody looked.
    @Test func nothingIsNotUnknown() {
        #expect(seen([.detections([])], isTracking: false) == [])
        #expect(seen([.embedding([1])], isTracking: false) == nil)
        #expect(seen([], isTracking: false) == nil)
    }
}
