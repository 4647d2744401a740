import Foundation
import Results
import Testing

/// The time of day in records, `count` and the report.
@Suite struct ClockTests {
    private static let hasZones = FileManager.default.fileExists(atPath: "/usr/share/zoneinfo/Europe/Berlin")

    private func records(_ command: String, in place: Workspace) throws -> Records { try Records(try expectSuccess(command, in: place)) }

    @Test func namesSayWhenARecordingBegan() throws {
        let place = try Workspace()
        _ = try shell("cp street.mp4 gate_20261121_180000.mp4", in: place)
        let seen = try records("deepvid infer gate_20261121_180000.mp4 --time-zone UTC --start 1 --every 15 --max-frames 2", in: place)
        #expect(try seen.begins[at: 0].startTime == "2026-11-21T18:00:00.000Z")
        #expect(try seen.begins[at: 0].clock == "name")
        #expect(try seen.begins[at: 0].timeZone == "UTC")
        #expect(seen.frames.map(\.time) == ["2026-11-21T18:00:01.000Z", "2026-11-21T18:00:02.000Z"])
        let none = try records("deepvid infer gate_20261121_180000.mp4 --clock none --max-frames 1", in: place)
        #expect(try none.begins[at: 0].startTime == nil)
        #expect(try none.begins[at: 0].options.clock == "none")
        #expect(try none.frames[at: 0].time == nil)
        let plain = try records("deepvid infer street.mp4 --max-frames 1", in: place)
        #expect(try plain.begins[at: 0].clock == nil)
        #expect(try plain.frames[at: 0].time == nil)
        let fromPipe = try records("cat gate_20261121_180000.mp4 | deepvid infer - --max-frames 1", in: place)
        #expect(try fromPipe.begins[at: 0].clock == nil)
    }

    /// The clip goes from 2:59:58 of summer time to 2:00:04 of the time after it.
    @Test(.enabled(if: hasZones, "this system has no time zone database"))
    func summerTimeEnds() throws {
        let place = try Workspace()
        _ = try shell("cp street.mp4 gate_20261025_025958.mp4; cp street.mp4 gate_20260329_015958.mp4", in: place)
        let outcome = try expectSuccess(
            "deepvid infer gate_20261025_025958.mp4 --track --time-zone Europe/Berlin --fps 1 -o a.jsonl; cat a.jsonl", in: place)
        #expect(outcome.errors.contains("twice"), "\(outcome.errors)")
        let seen = try Records(outcome)
        #expect(try seen.begins[at: 0].timeZone == "Europe/Berlin")
        #expect(seen.frames.first?.time == "2026-10-25T00:59:58.000Z")
        #expect(seen.frames.last?.time == "2026-10-25T01:00:03.000Z")
        let counts = try expectSuccess("deepvid count a.jsonl --by camera,hour --time-zone Europe/Berlin --format csv", in: place)
        #expect(counts.lines.dropFirst().allSatisfy { $0.hasPrefix("gate,2026-10-25,2,") }, "\(counts.output)")
        let forward = try records("TZ=Europe/Berlin deepvid infer gate_20260329_015958.mp4 --every 45 --max-frames 2", in: place)
        #expect(try forward.begins[at: 0].timeZone == "Europe/Berlin")
        #expect(forward.frames.map(\.time) == ["2026-03-29T00:59:58.000Z", "2026-03-29T01:00:01.000Z"])
        let hours = try expectSuccess("deepvid report a.jsonl -o a.html --time-zone Europe/Berlin; cat a.html", in: place)
        for words in [
            "<span>02:59:5", "<span>02:00:0", "began 2026-10-25 02:59:58 (Europe/Berlin), by the file", "the clock (Europe/Berlin)",
        ] {
            #expect(hours.output.contains(words), "\(words)")
        }
    }

    @Test(.enabled(if: LiveSource.isAvailable, LiveSource.missing))
    func filesSayWhenTheyWereMadeAndChanged() throws {
        let place = try Workspace()
        try expectSuccess(
            "ffmpeg -nostdin -loglevel error -i street.mp4 -c copy -metadata creation_time=2026-11-21T18:00:00Z a.mp4 && touch -d '2026-01-01 12:00:06 UTC' a.mp4",
            in: place)
        let made = try records("deepvid infer a.mp4 --clock metadata --max-frames 1", in: place)
        #expect(try made.begins[at: 0].clock == "metadata")
        #expect(try made.frames[at: 0].time == "2026-11-21T18:00:00.000Z")
        let changed = try records("deepvid infer a.mp4 --clock mtime --max-frames 1", in: place)
        #expect(try changed.begins[at: 0].startTime == "2026-01-01T12:00:00.000Z")
        let unknown = try expectSuccess("deepvid infer street.mp4 --clock metadata --max-frames 1", in: place)
        #expect(unknown.errors.contains("does not say when"), "\(unknown.errors)")
    }

    @Test func eventsHaveTimesLiveAndFromFiles() throws {
        let place = try Workspace()
        _ = try shell("cp street.mp4 20261121180000.mp4", in: place)
        let events = try records("deepvid infer 20261121180000.mp4 --events --time-zone UTC", in: place).events
        #expect(events.first?.startTime == "2026-11-21T18:00:00.000Z")
        // That it has moved is known a little later.
        #expect(events.first?.time?.hasPrefix("2026-11-21T18:00:00.") == true)
        #expect(events.first.map { $0.time! > $0.startTime! } == true)
        let last = try #require(events.last)
        #expect(last.endTime?.hasPrefix("2026-11-21T18:00:05.") == true)
        let live = try records("deepvid infer street.mp4 --live --events --duration 1", in: place)
        #expect(try live.begins[at: 0].clock == "arrival")
        #expect(try live.begins[at: 0].startTime != nil)
        #expect(!live.events.isEmpty)
        for event in live.events { #expect(event.time != nil && event.startTime != nil && (event.kind != .end || event.endTime != nil)) }
    }

    @Test func batchesHaveTimes() throws {
        let place = try Workspace()
        _ = try shell("mkdir -p yard/2026-11-21; cp street.mp4 yard/2026-11-21/18-00-07.mp4", in: place)
        let seen = try records(
            "deepvid batch yard -o out --time-zone UTC --max-frames 3 -q && cat out/yard/2026-11-21/18-00-07.mp4.jsonl", in: place)
        #expect(try seen.begins[at: 0].startTime == "2026-11-21T18:00:07.000Z")
        let counts = try expectSuccess("deepvid count out --by camera,hour --time-zone UTC --format csv", in: place)
        #expect(counts.lines.count == 2)
        #expect(counts.lines.last?.hasPrefix("yard,2026-11-21,18,3,") == true)
    }

    @Test func recordingsWithoutATimeAreCounted() throws {
        let sentence = "no time of day in the names of 2 recordings; see --clock"
        let asked = try expectSuccess("deepvid batch street.mp4 moving.mp4 -o out --max-frames 2 --clock name")
        #expect(asked.errors.contains(sentence), "\(asked.errors)")
        let mixed = try expectSuccess(
            "cp street.mp4 gate_20261121_175958.mp4 && deepvid batch street.mp4 moving.mp4 gate_20261121_175958.mp4 -o out --max-frames 2")
        #expect(mixed.errors.contains(sentence), "\(mixed.errors)")
        // Clips that are no recordings need no time.
        let clips = try expectSuccess("deepvid batch street.mp4 moving.mp4 -o out --max-frames 2")
        #expect(!clips.errors.contains("time of day"), "\(clips.errors)")
    }

    @Test func mistakesAreSaid() throws {
        try expectRefusal("deepvid infer street.mp4 --time-zone CEST", "CEST", "Europe/Berlin")
        try expectRefusal("deepvid infer street.mp4 --time-zone ../passwd", "not in this system's")
        try expectRefusal("deepvid infer street.mp4 --clock mtime --time-zone UTC", "--clock mtime")
        try expectRefusal("deepvid infer street.mp4 --live --clock name", "recordings")
        try expectRefusal("deepvid infer street.mp4 --clock watch", "watch", "mtime")
    }
}
