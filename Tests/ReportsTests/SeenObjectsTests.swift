import TestSupport
import Testing

@testable import DeepVid
@testable import Reports
@testable import Results

@Suite struct SeenObjectsTests {
    /// Ten frames a second, each with the given objects.
    private func found(_ frames: [[Seen]], confirmation: Int = 3) throws -> SeenObjects {
        var found = SeenObjects(confirmation: confirmation)
        let records = try frameRecords(frames.enumerated().map { frameLine($0.offset, at: Double($0.offset) / 10, $0.element) })
        for record in records { found.add(record, at: try #require(record.ptsS)) }
        return found
    }

    @Test func aFlickerIsNotAnObject() throws {
        let found = try found([[], [Seen()], [Seen()], [], []])
        #expect(found.count == 0)
        #expect(found.list.isEmpty)
    }

    @Test func anObjectIsShownByItsBestFrame() throws {
        let found = try found([[Seen(score: 0.4)], [Seen(score: 0.8)], [Seen(score: 0.6)], [Seen(score: 0.9)]])
        #expect(found.count == 1)
        #expect(found.list[0].best.frame == 1)
        #expect(found.list[0].best.score == 0.8)
        #expect(found.list[0].trackID == nil)
        #expect(found.list[0].first == 0)
        #expect(found.list[0].last == 0.3)
    }

    /// What has not moved is no event yet; once it moves, it came when it was first seen.
    @Test func whatMovesCameWhenItWasFirstSeen() throws {
        let resting = [Seen(track: 1, more: ",\"static\":true")]
        #expect(try found([resting, resting]).list.isEmpty)
        let moved = try found([resting, resting, [Seen(track: 1)]])
        #expect(moved.list.map(\.first) == [0])
        let again = try found([resting] + Array(repeating: [], count: 30) + [resting, [Seen(track: 1)]])
        #expect(again.list.map(\.first) == [3.1])
    }

    /// The picture of who comes is of the newcomer, not of the surer one that was there before.
    /// As `events` has it: the best score, though no picture is of the time before it moved.
    @Test func theScoreIsThatOfTheEvent() throws {
        let seen = try found([
            [Seen(score: 0.9, track: 1, more: ",\"static\":true")], [Seen(score: 0.5, track: 1)], [Seen(score: 0.6, track: 1)],
        ])
        #expect(seen.list.map(\.score) == [0.9])
        #expect(seen.list.map(\.best.score) == [0.6])
    }

    @Test func theNewcomerIsTheBoxThatWasNotThere() throws {
        let (old, new) = (Seen(score: 0.9), Seen(score: 0.5, box: [100, 0, 9, 9]))
        let found = try found([[old], [old], [old], [new, old], [old, new], [new, old], [Seen(label: "dog", classID: 5)]])
        #expect(found.list.map(\.label) == ["car", "car"])
        #expect(found.list.map(\.best.box) == [old.box, new.box])
        #expect(found.list.map(\.first) == [0, 0.3])
    }

    /// One that is there for a record only does not make three of two that came at once.
    @Test func severalComeAtOnce() throws {
        let (a, b, c) = (Seen(), Seen(box: [100, 0, 9, 9]), Seen(box: [200, 0, 9, 9]))
        let found = try found([[], [a, b], [a, b, c], [a, b]])
        #expect(found.count == 2)
        #expect(Set(found.list.map(\.best.box)).count == 2)
    }

    /// A detector that misses an object for less than two seconds does not make it new.
    @Test func anObjectThatIsMissedForAWhile() throws {
        let car = Array(repeating: [Seen()], count: 3)
        let short = try found(car + Array(repeating: [], count: 15) + car)
        let long = try found(car + Array(repeating: [], count: 30) + car)
        #expect(short.count == 1)
        #expect(abs(short.list[0].last - 2) < 1e-9)
        #expect(long.count == 2)
        #expect(abs(long.list[0].last - 0.2) < 1e-9)
    }

    @Test func everyTrackIsAnObject() throws {
        let frames = (0..<8).map { frame in
            [Seen(score: 0.3 + 0.1 * Double(frame % 3), track: 7)] + (frame > 3 ? [Seen(label: "person", track: 9)] : [])
        }
        let found = try found(frames)
        #expect(found.list.map(\.trackID) == [7, 9])
        #expect(found.list[0].best.frame == 2)
        #expect(found.list[1].label == "person")
        #expect(found.list[1].first == 0.4)
        #expect(found.list.map(\.last) == [0.7, 0.7])
    }

    @Test func zonesAndLines() throws {
        var found = SeenObjects()
        let events =
            #","events":[{"event":"enter","zone":"yard","track_id":1,"label":"car","class_id":2},{"event":"cross","line":"gate","track_id":1,"label":"car","class_id":2,"direction":"left_to_right"},{"event":"cross","line":"gate","track_id":1,"label":"car","class_id":2,"direction":"right_to_left"}]"#
        for record in try frameRecords([
            frameLine(0, [Seen(track: 1, more: #","zones":["kerb"]"#)]),
            frameLine(1, [Seen(track: 1, more: #","zones":["kerb"]"#)], more: events),
        ]) { found.add(record, at: Double(record.frame)) }
        #expect(found.list.map(\.zones) == [["kerb", "yard"]])
        #expect(found.list.map(\.lines) == [["gate"]])
    }

    @Test func recordsOfChangesCountAtOnceAndHold() throws {
        var found = SeenObjects(confirmation: 1)
        let record = try #require(try frameRecords([frameLine(0, at: 1, [Seen(), Seen(track: 3)])]).first)
        found.add(record, at: 1)
        found.hold(record, until: 9)
        #expect(found.count == 2)
        #expect(found.list.map(\.last) == [9, 9])
    }

    @Test func eventsMoveTheBestFrame() {
        var found = SeenObjects()
        func event(_ kind: EventRecord.Kind, track: Int, best: Int, score: Double) -> EventRecord {
            EventRecord(
                kind: kind, trackID: track, label: "car", classID: 2, frame: best, pts: 1, startSeconds: 0, score: score,
                box: [0, 0, 1, 1], bestFrame: best, bestPts: Double(best) / 10, enteredZones: ["kerb"])
        }
        found.add(event(.start, track: 4, best: 3, score: 0.5), from: 0, to: 0)
        found.add(event(.start, track: 5, best: 4, score: 0.6), from: 0.1, to: 0.1)
        found.add(event(.end, track: 4, best: 8, score: 0.9), from: 0, to: 0.8)
        #expect(found.count == 2)
        #expect(found.list.map(\.best.frame) == [8, 4])
        #expect(found.list.map(\.best.score) == [0.9, 0.6])
        #expect(found.list.map(\.last) == [0.8, 0.1])
        #expect(found.list[0].zones == ["kerb"])
    }

    @Test func stretchesOfAClassifier() throws {
        func line(_ frame: Int, _ label: String) -> String {
            #"{"type":"frame","frame":\#(frame),"classes":[{"label":"\#(label)","class_id":1,"score":0.\#(frame + 1)}],"timing_ms":{"decode":0,"infer":0,"total":0}}"#
        }
        var found = SeenObjects()
        let labels = ["cat", "cat", "cat", "dog", "cat", "cat", "cat", "cat"]
        for record in try frameRecords(labels.enumerated().map { line($0, $1) }) { found.add(record, at: Double(record.frame)) }
        #expect(found.list.map(\.label) == ["cat", "cat"])
        #expect(found.list.map(\.first) == [0, 4])
        #expect(found.list.map(\.last) == [2, 7])
        #expect(found.list.map(\.best.frame) == [2, 7])
    }

    @Test func theListIsBounded() throws {
        let found = try found((0..<2001).map { frame in (0..<10).map { Seen(track: 10 * frame + $0) } })
        #expect(found.count == 20_010)
        #expect(found.list.count == 20_000)
    }

    /// Whatever a file holds.
    @Test func absurdBoxes() throws {
        let boxes: [[Double]] = [[], [1, 2], [1e300, 0, 1, 1], [0, 0, -1, 5]]
        let found = try found((0..<4).map { _ in boxes.map { Seen(box: $0) } })
        #expect(found.count == 4)
    }
}
