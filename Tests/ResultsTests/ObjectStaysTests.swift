import TestSupport
import Testing

@testable import Results

@Suite struct ObjectStaysTests {
    /// The stays of the records of one file, by track.
    private func stays(_ lines: [String]) throws -> [Int: ObjectStay] {
        let folder = try TemporaryFolder(), path = try write(lines, in: folder)
        var reader = ResultsReader(), stays: ObjectStays?
        try reader.read(path) { input, record in
            if stays == nil { stays = ObjectStays(input.begin) }
            stays!.add(record)
        }
        return Dictionary(uniqueKeysWithValues: try #require(stays).all.map { ($0.trackID, $0) })
    }

    @Test func tracksInFrames() throws {
        let found = try stays([
            beginLine(options: ",\"track_buffer_s\":1"), frameLine(0, at: 0, [Seen(track: nil), Seen(track: 1)]),
            frameLine(1, at: 0.5, [Seen(track: 1, more: ",\"zones\":[\"road\"]"), Seen(label: "person", track: 2)]),
            frameLine(2, at: 1, [Seen(label: "person", track: 2), Seen(track: 3, more: ",\"static\":true")]),
        ])
        // What never moved did not come.
        #expect(found.keys.sorted() == [1, 2])
        #expect(found[1]?.span.end == 0.5)
        #expect(found[1]?.zones.map(\.name) == ["road"])
        #expect(found[2]?.span.start == 0.5)
        #expect(found[2]?.span.end == 1)
    }

    /// As `--events` has it: what moves came when it was first seen, and out of sight for longer than the buffer, when it was seen again.
    @Test func whatMovesCameWhenItWasFirstSeen() throws {
        func resting(_ track: Int, score: Double = 0.5) -> Seen { Seen(score: score, track: track, more: ",\"static\":true") }
        let lines = [
            frameLine(0, at: 0, [resting(1, score: 0.9), resting(2), resting(3)]), frameLine(1, at: 1, [resting(1)]),
            frameLine(2, at: 8, [resting(2)]),
            frameLine(3, at: 9, [Seen(track: 1), Seen(track: 2)]),
        ]
        let found = try stays([beginLine(options: ",\"track_buffer_s\":1")] + lines)
        #expect(found[1]?.span == StaySpan(start: 0, end: 9))
        #expect(found[1]?.score == 0.9)
        #expect(found[2]?.span == StaySpan(start: 8, end: 9))
        #expect(found[3] == nil)
        // Records of changes do not say who is out of sight.
        let changes = try stays([beginLine(options: ",\"track_buffer_s\":1,\"records\":\"changes\"")] + lines)
        #expect(changes[2]?.span.start == 0)
    }

    /// Who stood in the yard before walking off was in the yard from the first sight on.
    @Test func whatMovesWasInItsZonesFromTheFirst() throws {
        let inYard = ",\"zones\":[\"yard\"]"
        let found = try stays([
            beginLine(options: ",\"track_buffer_s\":1"),
            frameLine(0, at: 0, [Seen(track: 1, more: ",\"static\":true" + inYard)]),
            frameLine(1, at: 1, [Seen(track: 1, more: ",\"static\":true" + inYard)]),
            frameLine(2, at: 2, [Seen(track: 1, more: inYard)]), frameLine(3, at: 3, [Seen(track: 1, more: inYard)]),
            frameLine(4, at: 4, [Seen(track: 1, more: ",\"zones\":[]")]),
        ])
        #expect(found[1]?.zones.map(\.name) == ["yard"])
        #expect(found[1]?.zones.first?.span == StaySpan(start: 0, end: 3))
        #expect(found[1]?.span == StaySpan(start: 0, end: 4))
    }

    @Test func eventsAlsoOfARunThatWasCutShort() throws {
        func event(_ kind: String, _ track: Int, at pts: Double, more: String = "") -> String {
            "{\"type\":\"event\",\"event\":\"\(kind)\",\"track_id\":\(track),\"label\":\"car\",\"class_id\":2,\"frame\":1,\"pts_s\":\(pts),"
                + "\"time\":\"2026-11-21T08:00:0\(Int(pts)).000Z\",\"start_s\":1,\"start_time\":\"2026-11-21T08:00:01.000Z\",\"score\":0.5,"
                + "\"box\":[1,2,3,4],\"best_frame\":1\(more)}"
        }
        let found = try stays([
            beginLine(options: ",\"track_buffer_s\":1,\"records\":\"events\""), event("start", 1, at: 1), event("start", 2, at: 1),
            event("end", 1, at: 4, more: ",\"end_s\":3,\"entered_zones\":[\"door\"]"), event("update", 2, at: 6),
        ])
        #expect(found[1]?.span.end == 3)
        #expect(found[1]?.zones.map(\.name) == ["door"])
        #expect(found[2]?.span.end == 6)
        #expect(found[2]?.span.offset == 1_795_248_000)
    }
}
