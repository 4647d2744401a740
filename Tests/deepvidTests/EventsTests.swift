import Testing

@Suite struct EventsTests {
    private let zones =
        #"echo '{"unit": "fraction", "zones": [{"name": "all", "points": [[0, 0], [1, 0], [1, 1], [0, 1]]}]}' >zones.json; "#

    @Test(arguments: ["", "--events", "--only-changes"])
    func listsWhoWasThere(records: String) throws {
        let outcome = try expectSuccess(
            zones
                + "deepvid infer street.mp4 --zones zones.json \(records) -q -o seen.jsonl; deepvid events seen.jsonl --zone all --format csv"
        )
        #expect(outcome.lines[0] == "start_time,end_time,start_s,end_s,duration_s,camera,label,track_id,score,zones,source")
        #expect(outcome.lines.count > 2, "\(outcome.output)")
        #expect(outcome.lines.dropFirst().allSatisfy { $0.contains(",street.mp4,") && $0.contains(",all,") }, "\(outcome.output)")
    }

    @Test func tableTellsTheTimeOfDay() throws {
        let outcome = try expectSuccess(
            "cp street.mp4 gate_20261121_180000.mp4; TZ=UTC deepvid infer gate_20261121_180000.mp4 --track -q -o seen.jsonl; "
                + "TZ=UTC deepvid events seen.jsonl --classes car --camera gate")
        #expect(outcome.lines[0] == "2026-11-21, on the clock of UTC")
        #expect(outcome.lines.contains { $0.hasPrefix("from") && $0.hasSuffix("what") }, "\(outcome.output)")
        #expect(outcome.lines.contains { $0.hasPrefix("18:00:0") && $0.contains("  gate  ") && $0.contains("car #") }, "\(outcome.output)")
        #expect(outcome.lines.last?.wholeMatch(of: /(1 car|[0-9]+ cars)/) != nil, "\(outcome.output)")
    }

    @Test func whatCannotBeListed() throws {
        try expectRefusal("deepvid infer street.mp4 --max-frames 3 -q -o seen.jsonl; deepvid events seen.jsonl", "--track")
        try expectRefusal("deepvid events missing.jsonl", "missing.jsonl")
        try expectRefusal("deepvid events street.mp4", "street.mp4")
        try expectRefusal("deepvid infer street.mp4 --track -q -o seen.jsonl; deepvid events seen.jsonl --json --format csv", "--json")
    }
}
