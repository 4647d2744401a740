import TestSupport
import Testing

@testable import DeepVid
@testable import Reports
@testable import Results

@Suite struct NewObjectsTests {
    /// Ten frames a second, each with the given objects.
    private func found(_ frames: [[Seen]], confirmation: Int = 3) throws -> NewObjects {
        var found = NewObjects(confirmation: confirmation)
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
        #expect(found.list[0].frame == 1)
        #expect(found.list[0].score == 0.8)
        #expect(found.list[0].trackID == nil)
    }

    @Test func moreOfAClassAreNewAndOthersAreNot() throws {
        let (one, two) = ([Seen()], [Seen(), Seen(box: [100, 0, 9, 9])])
        let found = try found([one, one, one, two, two, two, [Seen(), Seen(label: "dog", classID: 5)]])
        #expect(found.list.map(\.count) == [1, 2])
        #expect(found.list.map(\.label) == ["car", "car"])
    }

    /// A detector that misses an object for less than two seconds does not make it new.
    @Test func anObjectThatIsMissedForAWhile() throws {
        let car = Array(repeating: [Seen()], count: 3)
        let short = try found(car + Array(repeating: [], count: 15) + car)
        let long = try found(car + Array(repeating: [], count: 30) + car)
        #expect(short.count == 1)
        #expect(long.count == 2)
    }

    @Test func everyTrackIsNewOnce() throws {
        let frames = (0..<8).map { frame in
            [Seen(score: 0.3 + 0.1 * Double(frame % 3), track: 7)] + (frame > 3 ? [Seen(label: "person", track: 9)] : [])
        }
        let found = try found(frames)
        #expect(found.list.map(\.trackID) == [7, 9])
        #expect(found.list[0].frame == 2)
        #expect(found.list[1].label == "person")
    }

    @Test func recordsOfChangesCountAtOnce() throws {
        #expect(try found([[Seen()]], confirmation: 1).count == 1)
        #expect(try found([[Seen(track: 3)]], confirmation: 1).count == 1)
    }

    @Test func eventsMoveTheBestFrame() {
        var found = NewObjects()
        func event(_ kind: EventRecord.Kind, track: Int, best: Int, score: Double) -> EventRecord {
            EventRecord(
                kind: kind, trackID: track, label: "car", classID: 2, frame: best, pts: 1, startSeconds: 0, score: score,
                box: [0, 0, 1, 1], bestFrame: best, bestPts: Double(best) / 10)
        }
        found.add(event(.start, track: 4, best: 3, score: 0.5), at: 0.3)
        found.add(event(.start, track: 5, best: 4, score: 0.6), at: 0.4)
        found.add(event(.end, track: 4, best: 8, score: 0.9), at: 0.8)
        #expect(found.count == 2)
        #expect(found.list.map(\.frame) == [8, 4])
        #expect(found.list.map(\.score) == [0.9, 0.6])
    }

    @Test func chosenObjectsAreSpreadOverTime() throws {
        let found = try found((0..<100).map { [Seen(score: $0 % 10 == 5 ? 0.9 : 0.4, track: $0)] }, confirmation: 1)
        #expect(found.count == 100)
        #expect(found.chosen(10).map(\.frame) == (0..<10).map { 10 * $0 + 5 })
        #expect(found.chosen(1000).count == 100)
        #expect(found.chosen(0).isEmpty)
    }

    @Test func theListIsBounded() throws {
        let found = try found((0..<2100).map { [Seen(track: $0)] }, confirmation: 1)
        #expect(found.count == 2100)
        #expect(found.list.count == 2000)
    }
}
