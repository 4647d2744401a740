import Models
import Testing

@testable import DeepVid

@Suite struct LiveTests {
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
