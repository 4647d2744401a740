import Clocks
import Testing

@Suite struct ZoneTests {
    /// Summer time of Central Europe in 2026: from 1 UTC on 29 March to 1 UTC on 25 October.
    private let berlin = Zone(name: "Europe/Berlin") { (1_774_746_000..<1_792_890_000).contains($0) ? 7200 : 3600 }

    private func shown(_ text: String) throws -> Double { try #require(UTCTime.seconds(of: text + "Z")) }

    @Test func clocksAreReadByTheirOffset() throws {
        for (time, instant) in [
            ("2026-01-15T12:00:00", "2026-01-15T11:00:00.000Z"), ("2026-07-15T12:00:00", "2026-07-15T10:00:00.000Z"),
            ("2026-03-29T01:59:59", "2026-03-29T00:59:59.000Z"), ("2026-03-29T03:00:00", "2026-03-29T01:00:00.000Z"),
            ("2026-10-25T01:59:59", "2026-10-24T23:59:59.000Z"), ("2026-10-25T03:00:00", "2026-10-25T02:00:00.000Z"),
        ] {
            let (seconds, isAmbiguous) = berlin.instant(shown: try shown(time))
            #expect(UTCTime.text(seconds) == instant, "\(time)")
            #expect(!isAmbiguous, "\(time)")
        }
    }

    @Test func timesThatAreShownTwiceAreTheFirst() throws {
        let (seconds, isAmbiguous) = berlin.instant(shown: try shown("2026-10-25T02:30:00"))
        #expect(UTCTime.text(seconds) == "2026-10-25T00:30:00.000Z")
        #expect(isAmbiguous)
    }

    @Test func timesThatAreLeftOutAreOfAClockThatWasNotSet() throws {
        let (seconds, isAmbiguous) = berlin.instant(shown: try shown("2026-03-29T02:30:00"))
        #expect(UTCTime.text(seconds) == "2026-03-29T01:30:00.000Z")
        #expect(!isAmbiguous)
    }

    @Test func offsetsHaveSigns() {
        #expect(Zone.text(offset: 20_700) == "+05:45")
        #expect(Zone.text(offset: -12_600) == "-03:30")
        #expect(Zone(offset: 0).name == "+00:00")
    }

    @Test(arguments: ["", "Nowhere/Place", "../etc/passwd", "/etc/passwd", "CEST!", "Europe/"])
    func unknownZonesAreRefused(name: String) { #expect(Zone.named(name) == nil) }

    @Test func numbersThatNoClockShows() {
        for seconds in [-Double.infinity, -1e300, 1e300, .infinity, .nan] { #expect(!UTCTime.text(seconds).isEmpty) }
        #expect(Zone.local.offset(at: .nan) == 0)
    }
}
