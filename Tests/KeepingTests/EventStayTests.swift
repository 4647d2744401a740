import TestSupport
import Testing

@testable import DeepVid
@testable import Keeping
@testable import Results

@Suite struct EventStayTests {
    private func stay(_ start: Double, _ end: Double, _ label: String = "car") -> EventStay {
        EventStay(label: label, start: start, end: end)
    }

    @Test func partsThatOverlapAreOne() {
        let parts = WantedPart.parts([stay(20, 21), stay(1, 3), stay(6, 7, "person"), stay(2, 2.5)], pad: 2)
        #expect(parts.map(\.range) == [-1...9, 18...23])
        #expect(parts[0].stays.map(\.label) == ["car", "car", "person"])
        #expect(WantedPart.parts([stay(1, 3), stay(6, 7)], pad: 1).count == 2)
        #expect(WantedPart.parts([stay(1, 3), stay(5, 7)], pad: 1).count == 1)
        #expect(WantedPart.parts([], pad: 1).isEmpty)
        // A long one around short ones.
        #expect(WantedPart.parts([stay(0, 100), stay(5, 6), stay(90, 91)], pad: 0).map(\.range) == [0...100])
    }

    /// The stays of the records of one file, by track.
    private func stays(_ lines: [String]) throws -> [Int: EventStay] {
        let folder = try TemporaryFolder(), path = try write(lines, in: folder)
        var reader = ResultsReader(), stays = EventStays()
        try reader.read(path) { stays.add($1, of: $0) }
        return stays.inputs[0]?.stays ?? [:]
    }

    @Test func tracksInFrames() throws {
        let found = try stays([
            beginLine(options: ",\"track_buffer_s\":1"), frameLine(0, at: 0, [Seen(track: nil), Seen(track: 1)]),
            frameLine(1, at: 0.5, [Seen(track: 1, more: ",\"zones\":[\"road\"]"), Seen(label: "person", track: 2)]),
            frameLine(2, at: 1, [Seen(label: "person", track: 2)]),
        ])
        #expect(found.keys.sorted() == [1, 2])
        #expect(found[1]?.end == 0.5)
        #expect(found[1]?.zones == ["road"])
        #expect(found[2]?.start == 0.5)
        #expect(found[2]?.end == 1)
    }

    @Test func eventsAlsoOfARunThatWasCutShort() throws {
        func event(_ kind: String, _ track: Int, at pts: Double, more: String = "") -> String {
            "{\"type\":\"event\",\"event\":\"\(kind)\",\"track_id\":\(track),\"label\":\"car\",\"class_id\":2,\"frame\":1,\"pts_s\":\(pts),"
                + "\"time\":\"2026-11-21T08:00:0\(Int(pts)).000Z\",\"start_s\":1,\"score\":0.5,\"box\":[1,2,3,4],\"best_frame\":1\(more)}"
        }
        let found = try stays([
            beginLine(options: ",\"track_buffer_s\":1,\"records\":\"events\""), event("start", 1, at: 1), event("start", 2, at: 1),
            event("end", 1, at: 4, more: ",\"end_s\":3,\"entered_zones\":[\"door\"]"), event("update", 2, at: 6),
        ])
        #expect(found[1]?.end == 3)
        #expect(found[1]?.zones == ["door"])
        #expect(found[2]?.end == 6)
        #expect(found[2]?.offset == 1_795_248_000)
    }
}
