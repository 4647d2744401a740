import TestSupport
import Testing

@testable import Reports

@Suite struct TimelineTests {
    @Test func ticksAreRoundTimes() {
        #expect(TimeAxis(first: 0, last: 10).ticks == [0, 2, 4, 6, 8, 10])
        // A night from 17:10 on.
        let night = TimeAxis(first: 17 * 3600 + 600, last: 29 * 3600, isClock: true)
        #expect(night.ticks.map { $0 / 3600 } == [18, 20, 22, 24, 26, 28])
        #expect(night.labels.text.contains(">20:00</span>"))
        #expect(TimeAxis(first: 3, last: 3).ticks.count <= 9)
    }

    @Test(arguments: [0.01, 1, 59, 3600, 86400, 1e8])
    func ticksAreFew(length: Double) {
        let axis = TimeAxis(first: 1234.5, last: 1234.5 + length)
        #expect((1...9).contains(axis.ticks.count), "\(axis.ticks)")
        #expect(axis.ticks.allSatisfy { axis.first...axis.last ~= $0 })
    }

    @Test func daysHaveDates() {
        let days = TimeAxis(first: 0, last: 3 * 86400, isClock: true)
        #expect(days.labels.text.contains(">01-02 00:00</span>"))
    }

    @Test func heightsAreTheObjectsAtOnce() {
        let heights = LaneHeights([0...500, 250...1000, 2000...3000])
        #expect(heights.counts[0] == 1)
        #expect(heights.counts[100] == 2)
        #expect(heights.counts[200] == 1)
        #expect(heights.counts[359] == 2)
        #expect(LaneHeights.most([0...2, 1...3, 2...4, 5...6]) == 3)
        #expect(LaneHeights.most([]) == 0)
    }

    /// The area of a lane: nothing where there is nothing, and never too low to be seen.
    @Test func lanesAreDrawnInSteps() {
        #expect(LaneHeights([]).path(height: 24).isEmpty)
        #expect(LaneHeights([0...1000]).path(height: 24) == "M0 24V0H1000V24Z")
        let many = LaneHeights([0...1] + Array(repeating: 999...1000, count: 50)).path(height: 24)
        #expect(many.hasPrefix("M0 24V18H"))
    }

    private func timeline(_ lines: [[String]]) throws -> String {
        Timeline(content: ReportContent(try lines.flatMap { try reportInputs($0) })).html.text
    }

    private func clip(_ source: String, at hour: Int? = nil, _ objects: [Seen]) -> [String] {
        [beginLine(source)]
            + (0..<5).map { frame in
                frameLine(frame, at: Double(frame), objects, more: hour.map { ",\"time\":\"2026-11-28T\($0):00:0\(frame).000Z\"" } ?? "")
            } + [endLine(source, frames: 5)]
    }

    @Test func recordingsOfACameraAreOneLane() throws {
        let text = try timeline([
            clip("gate_20261128_170000.mp4", at: 17, [Seen(track: 1)]),
            clip("gate_20261128_180000.mp4", at: 18, [Seen(track: 1), Seen(track: 2)]),
            clip("yard_20261128_170000.mp4", at: 17, [Seen(label: "<b>", track: 1)]),
        ])
        #expect(text.components(separatedBy: "class=\"camera\"").count - 1 == 2)
        #expect(text.contains("car: 3, at most 2 at once"))
        #expect(text.contains("<span class=\"total\">3</span>"))
        #expect(text.contains("&lt;b&gt;"))
        #expect(text.contains("by the clock"))
    }

    /// Times of the clock and of videos do not go on one axis.
    @Test func bothKindsOfTime() throws {
        let text = try timeline([clip("gate_20261128_170000.mp4", at: 17, [Seen(track: 1)]), clip("other.mp4", [Seen(track: 1)])])
        #expect(text.components(separatedBy: "card timeline").count - 1 == 2)
        #expect(text.contains("by the time of the video"))
    }

    @Test func aCameraThatNeverConnectedHasALaneAndALine() throws {
        let away =
            #"{"type":"outage","source":"rtsp://yard","state":"open","time":"2026-11-28T17:00:01.000Z","reason":"unreadable","message":"m"}"#
        let begin = beginLine("rtsp://yard").replacing(
            #""video":{"width":640,"height":384,"fps":10.0,"codec":"h264","rotation_deg":0},"#, with: "")
        let lines = [clip("gate_20261128_170000.mp4", at: 17, [Seen(track: 1)]), [begin, away]]
        #expect(try timeline(lines).contains("no picture came"))
        let page = try ReportContent(lines.flatMap { try reportInputs($0) }).page()
        #expect(page.contains("yard: never connected: no picture from 17:00:01 on: it could not be reached"))
    }

    @Test func manyCamerasAreFoldedAway() throws {
        let text = try timeline((0..<20).map { clip("\($0).mp4", [Seen(track: 1)]) })
        #expect(text.contains("<summary>8 more cameras</summary>"))
    }
}
