import Testing

@testable import Clocks

@Suite struct TimeWindowTests {
    private let berlin = Zone(offset: 3600)

    private func window(_ from: String?, _ to: String?) throws -> TimeWindow {
        let window = try TimeWindow(from: from.flatMap(ClockTime.init), to: to.flatMap(ClockTime.init), zone: berlin)
        return try #require(window)
    }

    private func instant(_ text: String) throws -> Double { try #require(UTCTime.seconds(of: text)) }

    @Test(arguments: Self.times)
    func contains(from: String?, to: String?, time: String, isIn: Bool) throws {
        #expect(try window(from, to).contains(instant(time)) == isIn)
    }

    private static let times: [(String?, String?, String, Bool)] = [
        ("22:00", "06:00", "2026-11-28T20:59:59Z", false), ("22:00", "06:00", "2026-11-28T21:00:00Z", true),
        ("22:00", "06:00", "2026-11-29T04:59:59Z", true), ("22:00", "06:00", "2026-11-29T05:00:00Z", false),
        ("08:00", "18:00", "2026-11-28T07:00:00Z", true), ("08:00", "18:00", "2026-11-28T17:00:00Z", false),
        ("22:00", nil, "2026-11-28T22:59:59Z", true), ("22:00", nil, "2026-11-28T23:00:00Z", false),
        (nil, "06:00", "2026-11-28T23:00:00Z", true), (nil, "06:00", "2026-11-28T22:59:00Z", false),
        ("2026-11-28", "2026-11-28", "2026-11-27T23:00:00Z", true), ("2026-11-28", "2026-11-28", "2026-11-28T23:00:00Z", false),
        ("2026-11-28 22:00", "2026-11-29T06:00", "2026-11-28T21:00:00Z", true),
        ("2026-11-28 22:00", "2026-11-29T06:00", "2026-11-29T21:00:00Z", false),
        ("2026-11-28T21:00:00Z", nil, "2026-11-28T21:00:00Z", true), ("12:00", "12:00", "2026-11-28T03:00:00Z", true),
    ]

    /// Whoever came before and was still there is in it, and so is who stayed for days.
    @Test(arguments: [
        ("2026-11-28T20:00:00Z", "2026-11-28T21:00:00Z", true), ("2026-11-28T20:00:00Z", "2026-11-28T20:59:00Z", false),
        ("2026-11-29T04:00:00Z", "2026-11-29T08:00:00Z", true), ("2026-11-28T06:00:00Z", "2026-11-30T06:00:00Z", true),
    ])
    func spans(start: String, end: String, isIn: Bool) throws {
        #expect(try window("22:00", "06:00").overlaps(instant(start)...instant(end)) == isIn)
    }

    @Test func whatIsNoWindow() throws {
        #expect(try TimeWindow(from: nil, to: nil, zone: .utc) == nil)
        #expect(throws: TimeWindow.Mistake.mixed) { try window("22:00", "2026-11-28") }
        #expect(throws: TimeWindow.Mistake.empty) { try window("2026-11-28", "2026-11-27") }
        for text in ["25:00", "24:01", "22:60", "2026-02-30", "2026-11-28 25:00", "noon", "", "22"] {
            #expect(ClockTime(text) == nil, "\(text)")
        }
    }

    @Test func words() throws {
        #expect(try window("22:00", "06:00").description == "22:00 to 06:00")
        #expect(try window("22:00:30", nil).description == "22:00:30 to 24:00")
        #expect(try window("2026-11-28 22:00", "2026-11-29").description == "2026-11-28 22:00 to 2026-11-30 00:00")
        #expect(try window("2026-11-28", nil).description == "from 2026-11-28 00:00 on")
    }

    @Test func namesOfFilesHaveTheOffset() throws {
        let seconds = try instant("2026-11-28T21:00:07Z")
        #expect(berlin.compact(seconds) == "20261128T220007+0100")
        #expect(Zone.utc.compact(seconds) == "20261128T210007+0000")
        for name in ["gate_20261128T220007+0100.mp4", "gate_20261128T163007-0430_person_1.jpg"] {
            #expect(RecordingName(path: name)?.start == .instant(seconds))
            #expect(RecordingName(path: name)?.camera == "gate")
        }
    }

    /// What people write for a time of day, and what is asked for instead.
    @Test(
        arguments: [
            ("10pm", "22:00"), ("10:30 PM", "22:30"), ("12am", "00:00"), ("12 p.m.", "12:00"), ("22", "22:00"), ("7h", "07:00"),
            ("22.15", "22:15"),
            ("22h15", "22:15"), ("13pm", nil), ("25", nil), ("ten", nil), ("", nil),
        ] as [(String, String?)])
    func timesThatAreMeant(text: String, meant: String?) { #expect(ClockTime.meant(by: text) == meant) }

    @Test func phrases() throws {
        func phrase(_ from: String?, _ to: String?) throws -> String? {
            try TimeWindow(from: from.flatMap { ClockTime($0) }, to: to.flatMap { ClockTime($0) }, zone: .utc)?.phrase
        }
        #expect(try phrase("22:00", "06:00") == "between 22:00 and 06:00")
        #expect(try phrase("2026-11-28 22:00", nil) == "from 2026-11-28 22:00 on")
        #expect(try phrase(nil, "2026-11-28 22:00") == "up to 2026-11-28 22:00")
    }
}
