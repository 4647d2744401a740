import Models
import Testing

@testable import DeepVid

@Suite struct LiveTests {
    @Test func percentilesAreWithinTwoPercent() {
        var tally = Latencies()
        #expect(tally.figures == nil)
        for value in 1...1000 { tally.add(Double(value)) }
        let figures = tally.figures!
        #expect(abs(figures.p50 - 500) <= 10)
        #expect(abs(figures.p99 - 990) <= 20)
        #expect(figures.max == 1000)
        tally.add(1e9)
        tally.add(0)
        #expect(tally.figures!.max == 1e9)
        #expect(tally.percentile(0)! >= 0)
    }

    @Test func waitsDoubleUpToAHalfMinute() {
        for attempt in 0..<100 {
            let delay = Reconnection.delay(beforeAttempt: attempt)
            let longest = attempt < 6 ? 0.5 * Double(1 << attempt) : 30
            #expect(delay >= longest / 2)
            #expect(delay <= longest)
        }
        #expect(Reconnection.within(seconds: 10).remaining(after: 12) < 0)
        #expect(Reconnection.forever.remaining(after: 1e9) > 0)
    }

    @Test func someErrorsAreForEver() {
        let codec = DeepVidError(.unsupported, ""), policy = DeepVidError(.refused, "")
        #expect(Reconnection.isHopeless(codec, hasPlayed: false))
        #expect(!Reconnection.isHopeless(codec, hasPlayed: true))
        #expect(Reconnection.isHopeless(policy, hasPlayed: true))
        #expect(!Reconnection.isHopeless(DeepVidError(.unreadable, ""), hasPlayed: false))
    }
}
