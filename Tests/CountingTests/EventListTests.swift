import Clocks
import DeepVid
import Models
import Results
import TestSupport
import Testing

@testable import Counting

@Suite struct EventListTests {
    private func list(_ lines: [String], _ change: (inout EventListRun.Options) -> Void = { _ in }) throws -> EventList {
        let folder = try TemporaryFolder()
        var options = EventListRun.Options()
        change(&options)
        return try #require(try EventListRun(options, control: RunControl()).run([try write(lines, in: folder)]))
    }

    private func rows(_ list: EventList) -> [String] {
        list.entries.map { entry in
            let (start, end) = (entry.span.start.map { "\($0)" } ?? "-", entry.span.end.map { "\($0)" } ?? "-")
            return "\(entry.label) \(entry.trackID) \(start)-\(end) \(entry.zones.joined(separator: "+"))"
        }
    }

    private let tracked = ",\"track_buffer_s\":1"
    private func seen(_ id: Int, _ zones: String? = nil) -> Seen {
        Seen(label: "person", classID: 0, track: id, more: zones.map { ",\"zones\":[\($0)]" } ?? "")
    }

    @Test func framesTellOfStays() throws {
        let lines = [
            beginLine(options: tracked), frameLine(0, at: 0, [seen(1), Seen(track: 2)]), frameLine(1, at: 0.5, [seen(1)]),
            frameLine(2, at: 1, [seen(1), Seen()]), frameLine(3, at: 1.5, [seen(3)]),
        ]
        #expect(try rows(list(lines)) == ["person 1 0.0-1.0 ", "car 2 0.0-0.0 ", "person 3 1.5-1.5 "])
        #expect(try rows(list(lines) { $0.selection = ResultSelection(classes: ["car"]) }) == ["car 2 0.0-0.0 "])
        #expect(try rows(list(lines) { $0.shortest = 0.6 }) == ["person 1 0.0-1.0 "])
        #expect(try rows(list(lines) { $0.selection = ResultSelection(cameras: ["Street.mp4"]) }).count == 3)
        let none = #expect(throws: DeepVidError.self) { try list(lines) { $0.selection = ResultSelection(cameras: ["gate"]) } }
        #expect(none?.message == "no camera 'gate' in these results; there is street.mp4")
    }

    /// The score of an event is the best one of the object, also of before it moved.
    @Test func leastScores() throws {
        func object(_ score: Double, _ track: Int, isStatic: Bool = false) -> Seen {
            Seen(score: score, track: track, more: isStatic ? ",\"static\":true" : "")
        }
        let lines = [
            beginLine(options: tracked), frameLine(0, at: 0, [object(0.9, 1, isStatic: true), object(0.4, 2)]),
            frameLine(1, at: 0.5, [object(0.5, 1), object(0.6, 2)]),
        ]
        #expect(try list(lines) { $0.selection = ResultSelection(score: 0.6) }.entries.map(\.score).sorted() == [0.6, 0.9])
        #expect(try list(lines) { $0.selection = ResultSelection(score: 0.7) }.entries.map(\.trackID) == [1])
    }

    /// Who goes out of a zone and comes back is there twice.
    @Test func zonesHaveStaysOfTheirOwn() throws {
        let lines = [
            beginLine(options: tracked), frameLine(0, at: 0, [seen(1, "")]), frameLine(1, at: 1, [seen(1, "\"yard\"")]),
            frameLine(2, at: 2, [seen(1, "\"yard\",\"door\"")]), frameLine(3, at: 3, [seen(1, "\"door\"")]),
            frameLine(4, at: 4, [seen(1, "\"yard\"")]),
        ]
        #expect(try rows(list(lines)) == ["person 1 0.0-4.0 yard+door"])
        #expect(
            try rows(list(lines) { $0.selection = ResultSelection(zones: ["yard"]) }) == ["person 1 1.0-2.0 yard", "person 1 4.0-4.0 yard"])
        let none = #expect(throws: DeepVidError.self) { try list(lines) { $0.selection = ResultSelection(zones: ["roof"]) } }
        #expect(none?.message == "no zone 'roof' in these results; there are door, yard")
    }

    /// A name that is none is another matter than a zone that nobody was in.
    @Test func aZoneThatNobodyWasIn() throws {
        let zone = #","zones":[{"name":"Yard","points":[[0,0],[9,0],[9,9]]}]"#
        let lines = [beginLine(options: tracked + zone), frameLine(0, at: 0, [seen(1, "")])]
        let wrong = #expect(throws: DeepVidError.self) { try list(lines) { $0.selection = ResultSelection(zones: ["yrd"]) } }
        #expect(wrong?.message == "no zone 'yrd' in these results; there is Yard")
        let right = try list(lines) { $0.selection = ResultSelection(zones: ["yard"]) }
        #expect(right.warnings == [])
        #expect(right.emptyZones == ["Yard"])
    }

    @Test func camerasOfOneNameAreToldApartByTheirFolders() throws {
        func clip(_ name: String) -> [String] {
            [beginLine(name, options: tracked), frameLine(0, at: 0, [seen(1)]), endLine(name, frames: 1)]
        }
        func cameras(_ names: String...) throws -> [String] { try list(names.flatMap(clip)).entries.map(\.camera) }
        #expect(
            try cameras("nvr/front/ch01_20261121180000.mp4", "nvr/back/2026-11-21/ch01_20261121180000.mp4")
                == ["front/ch01", "back/ch01"])
        #expect(try cameras("nvr/front/ch01_20261121180000.mp4", "nvr/front/2026-11-21/ch01_20261121190000.mp4") == ["ch01", "ch01"])
        #expect(try cameras("a/front/ch01/2026-11-21/18-00-00.mp4", "a/back/ch01/2026-11-21/18-00-00.mp4") == ["front/ch01", "back/ch01"])
        #expect(try cameras("a/clip.mp4", "b/clip.mp4", "b/other.mp4") == ["a/clip.mp4", "b/clip.mp4", "other.mp4"])
    }

    /// A record stands until the next one.
    @Test func changesHoldUntilTheNext() throws {
        let lines = [
            beginLine(options: tracked + ",\"records\":\"changes\""), frameLine(0, at: 0, [seen(1, "\"yard\"")]),
            frameLine(90, at: 9, [seen(1, "")]), frameLine(120, at: 12, []),
        ]
        #expect(try rows(list(lines)) == ["person 1 0.0-12.0 yard"])
        #expect(try rows(list(lines) { $0.selection = ResultSelection(zones: ["yard"]) }) == ["person 1 0.0-9.0 yard"])
    }

    private func event(_ kind: String, _ id: Int, at pts: Double, start: Double, end: Double? = nil, zones: String) -> String {
        let last = end.map { ",\"end_s\":\($0),\"end_time\":\"2026-11-29T02:00:\(Int($0) + 10)Z\"" } ?? ""
        return
            "{\"type\":\"event\",\"event\":\"\(kind)\",\"track_id\":\(id),\"label\":\"person\",\"class_id\":0,\"frame\":\(Int(pts * 10)),\"pts_s\":\(pts)"
            + ",\"time\":\"2026-11-29T02:00:\(Int(pts) + 10)Z\",\"start_s\":\(start),\"start_time\":\"2026-11-29T02:00:\(Int(start) + 10)Z\"\(last)"
            + ",\"score\":0.9,\"box\":[1,2,3,4],\"best_frame\":0,\"zones\":[\(zones)],\"entered_zones\":[]}"
    }

    @Test func eventsTellOfStays() throws {
        let lines = [
            beginLine(options: tracked + ",\"records\":\"events\""), event("start", 1, at: 1, start: 0, zones: ""),
            event("update", 1, at: 3, start: 0, zones: "\"yard\""), event("update", 1, at: 6, start: 0, zones: ""),
            event("update", 1, at: 7, start: 0, zones: "\"yard\""), event("end", 1, at: 12, start: 0, end: 9, zones: "\"yard\""),
        ]
        #expect(try rows(list(lines)) == ["person 1 0.0-9.0 yard"])
        let yard = try list(lines) { $0.selection = ResultSelection(zones: ["yard"]) }
        #expect(rows(yard) == ["person 1 3.0-3.0 yard", "person 1 7.0-9.0 yard"])
        #expect(
            yard.csv(Zone(offset: 3600)).split(separator: "\n")[2]
                == "2026-11-29T02:00:17.000Z,2026-11-29 03:00:17,2026-11-29T02:00:19.000Z,2026-11-29 03:00:19,7,9,2,street.mp4,person,1,0.9,yard,street.mp4"
        )
    }

    /// Who was there at some time of it counts, also who came before.
    @Test func timesOfDay() throws {
        let lines = [
            beginLine(options: tracked + ",\"records\":\"events\""), event("start", 1, at: 1, start: 0, zones: ""),
            event("end", 1, at: 12, start: 0, end: 9, zones: ""), event("start", 2, at: 31, start: 30, zones: ""),
            event("end", 2, at: 40, start: 30, end: 35, zones: ""),
        ]
        func seen(_ from: String?, _ to: String?) throws -> [Int] {
            let time = try TimeWindow(from: from.flatMap(ClockTime.init), to: to.flatMap(ClockTime.init), zone: .utc)
            return try list(lines) { $0.selection = ResultSelection(time: time) }.entries.map(\.trackID)
        }
        #expect(try seen("02:00:15", "02:00:30") == [1])
        #expect(try seen("22:00", "02:00:30") == [1])
        #expect(try seen("22:00", "06:00") == [1, 2])
        #expect(try seen("02:00:30", nil) == [2])
        #expect(try seen("2026-11-29 02:00:40", nil) == [2])
        #expect(try seen("2026-11-28", "2026-11-28") == [])
    }

    @Test func withoutTracksThereIsNothingToTell() throws {
        #expect(throws: DeepVidError.self) { try list([beginLine(), frameLine(0, at: 0, [Seen()])]) }
    }
}
