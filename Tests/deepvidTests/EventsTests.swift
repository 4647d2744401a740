import Foundation
import Testing

@Suite struct EventsTests {
    private let zones =
        #"echo '{"unit": "fraction", "zones": [{"name": "all", "points": [[0, 0], [1, 0], [1, 1], [0, 1]]}]}' >zones.json; "#

    /// Each is rounded, and they agree: without a time of day, a short clip's are told in tenths.
    @Test func timesOfTheTableAddUp() throws {
        let table = try expectSuccess("deepvid infer street.mp4 --track -q -o seen.jsonl; deepvid events seen.jsonl")
        let rows = table.lines.compactMap { $0.prefixMatch(of: #/0:([0-9.]+) +0:([0-9.]+) +0:([0-9.]+) /#) }
        #expect(!rows.isEmpty, "\(table.output)")
        for row in rows {
            let times = [row.1, row.2, row.3].compactMap { Double($0) }
            #expect(try abs(times[at: 1] - times[at: 0] - times[at: 2]) < 1e-6, "\(table.output)")
        }
        let named = try expectSuccess(
            "cp street.mp4 gate_20261121_175958.mp4; TZ=UTC deepvid infer gate_*.mp4 --track -q -o seen.jsonl; TZ=UTC deepvid events seen.jsonl"
        )
        let clocks = named.lines.compactMap { $0.prefixMatch(of: #/\d+:(\d+):(\d+) +\d+:(\d+):(\d+) +(\d+):(\d+) /#) }
        #expect(!clocks.isEmpty, "\(named.output)")
        for row in clocks {
            let numbers = [row.1, row.2, row.3, row.4, row.5, row.6].compactMap { Int($0) }
            let (from, to) = try (numbers[at: 0] * 60 + numbers[at: 1], numbers[at: 2] * 60 + numbers[at: 3])
            #expect(try (to - from + 3600) % 3600 == numbers[at: 4] * 60 + numbers[at: 5], "\(named.output)")
        }
    }

    @Test(arguments: ["", "--events", "--only-changes"])
    func listsWhoWasThere(records: String) throws {
        let outcome = try expectSuccess(
            zones
                + "deepvid infer street.mp4 --zones zones.json \(records) -q -o seen.jsonl; deepvid events seen.jsonl --zone all --format csv"
        )
        #expect(
            try outcome.lines[at: 0]
                == "start_time,start_local,end_time,end_local,start_s,end_s,duration_s,camera,label,track_id,score,zones,source")
        #expect(outcome.lines.count > 2, "\(outcome.output)")
        #expect(outcome.lines.dropFirst().allSatisfy { $0.contains(",street.mp4,") && $0.contains(",all,") }, "\(outcome.output)")
    }

    /// Records of frames and of events tell the same stays; those of frames begin with the second frame that shows an object, which
    /// confirms it.
    @Test func framesAndEventsAgree() throws {
        let place = try Workspace()
        func stays(_ flags: String) throws -> (list: [Stay], errors: String) {
            let outcome = try expectSuccess(
                "deepvid infer street.mp4 \(flags) -q -o seen.jsonl && deepvid events seen.jsonl --json && deepvid count seen.jsonl >counts",
                in: place)
            return (try JSONDecoder().decode([String: [Stay]].self, from: Data(outcome.output.utf8))["events"] ?? [], outcome.errors)
        }
        let (frames, events) = (try stays("--track"), try stays("--events"))
        #expect(frames.list.count > 2)
        #expect(frames.list.map(\.track_id).sorted() == events.list.map(\.track_id).sorted())
        for stay in frames.list {
            let other = try #require(events.list.first { $0.track_id == stay.track_id })
            #expect((0...0.101).contains(stay.start_s - other.start_s), "\(stay) \(other)")
            #expect(stay.end_s == other.end_s)
            #expect(stay.score == other.score)
        }
        // What never moved is said by both, to the same number.
        for words in [
            "stayed in one place of the picture", "not listed: ", "not counted: ", "1 car", "run infer with --static keep to count",
        ] {
            #expect(frames.errors.contains(words), "\(frames.errors)")
        }
        #expect(events.errors == frames.errors)
    }

    private struct Stay: Decodable {
        let track_id: Int
        let start_s, end_s, score: Double
    }

    @Test func tableTellsTheTimeOfDay() throws {
        let outcome = try expectSuccess(
            "cp street.mp4 gate_20261121_180000.mp4; TZ=UTC deepvid infer gate_20261121_180000.mp4 --track -q -o seen.jsonl; "
                + "TZ=UTC deepvid events seen.jsonl --classes car --camera gate")
        #expect(try outcome.lines[at: 0] == "2026-11-21, on the clock of UTC")
        #expect(outcome.lines.contains { $0.hasPrefix("from") && $0.hasSuffix("score") }, "\(outcome.output)")
        #expect(outcome.lines.contains { $0.hasPrefix("18:00:0") && $0.contains("  gate  ") && $0.contains("car #") }, "\(outcome.output)")
        #expect(outcome.lines.last?.wholeMatch(of: /(1 car|[0-9]+ cars)/) != nil, "\(outcome.output)")
    }

    /// What other programs, and people, call what there is.
    @Test func advice() throws {
        for (command, words) in [
            ("events a.jsonl --night", "there is no --night: write --from 18:00 --to 08:00"),
            ("events a.jsonl --min-score 0.5", "did you mean '--score'?"), ("count a.jsonl --conf 0.5", "did you mean '--score'?"),
            ("events a.jsonl --from 10pm", "did you mean 22:00?"), ("count a.jsonl --line gate", "--by line counts who crosses"),
            ("view a.jsonl --camera gate", "chosen in the page"), ("events a.jsonl --score 2", "a number from 0 to 1"),
        ] {
            try expectRefusal("deepvid \(command)", words)
        }
        for (command, words) in [
            ("count seen.jsonl -o out/table.xlsx", "count writes no .xlsx; name it out/table.csv, which spreadsheets open"),
            (
                "events seen.jsonl -o page.html",
                "events writes no .html; name it page.csv, which spreadsheets open; 'deepvid report' makes a page"
            ),
            ("events seen.jsonl -o a.pdf --json", "events writes no .pdf"),
        ] {
            try expectRefusal("touch seen.jsonl; deepvid \(command)", words)
        }
    }

    /// From within a recorder's folders, where names alone say neither the day nor the camera.
    @Test func withinARecordersFolders() throws {
        let outcome = try expectSuccess(
            """
            mkdir -p nvr/2026-11-29/001/dav/22; cp street.mp4 'nvr/2026-11-29/001/dav/22/22.15.00-22.20.00[M][0@0][0].mp4'
            here=$PWD; cd nvr/2026-11-29/001; deepvid batch dav -o "$here/out" --track --fps 5 --time-zone UTC --snapshots "$here/seen" -q
            cd "$here"; deepvid count out --by camera --json | jq -r '.counts[].camera'; ls seen | sed 's/T.*//' | sort -u
            """)
        #expect(outcome.lines == ["001", "001_20261129"], "\(outcome.output) \(outcome.errors)")
    }

    @Test func whatCannotBeListed() throws {
        try expectRefusal("deepvid infer street.mp4 --max-frames 3 -q -o seen.jsonl; deepvid events seen.jsonl", "--track")
        try expectRefusal("deepvid events a.jsonl --from 25:00", "--from", "a time of day (22:00)")
        try expectRefusal("deepvid events a.jsonl --from 22:00 --to 2026-11-29", "both have a date")
        try expectRefusal("deepvid events a.jsonl --from 2026-11-29 --to 2026-11-28", "must be after")
        try expectRefusal("deepvid events missing.jsonl", "missing.jsonl")
        try expectRefusal("deepvid events street.mp4", "street.mp4")
        try expectRefusal("deepvid infer street.mp4 --track -q -o seen.jsonl; deepvid events seen.jsonl --json --format csv", "--json")
    }
}
