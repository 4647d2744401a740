import Results
import Testing

@testable import Keeping

@Suite struct WantedPartTests {
    private func stay(_ start: Double, _ end: Double, _ label: String = "car") -> ObjectStay {
        ObjectStay(trackID: 1, label: label, span: StaySpan(start: start, end: end))
    }

    @Test func partsThatOverlapAreOne() {
        let parts = WantedPart.parts([stay(20, 21), stay(1, 3), stay(6, 7, "person"), stay(2, 2.5)], pad: 2)
        #expect(parts.map(\.range) == [-1...9, 18...23])
        #expect(parts[0].stays.map(\.label) == ["car", "car", "person"])
        #expect(WantedPart.parts([stay(1, 3), stay(6, 7)], pad: 1).count == 2)
        #expect(WantedPart.parts([stay(1, 3), stay(5, 7)], pad: 1).count == 1)
        #expect(WantedPart.parts([], pad: 1).isEmpty)
        // Ranges within others.
        #expect(WantedPart.parts([stay(0, 100), stay(5, 6), stay(90, 91)], pad: 0).map(\.range) == [0...100])
    }

    /// With which time around them visits that have a clip together would have one each.
    @Test func visitsThatCouldBeParted() {
        func pad(_ stays: ObjectStay...) -> Double? { WantedPart.parts(stays, pad: 5).first?.partingPad }
        #expect(pad(stay(1, 3), stay(6, 7)) == 1)
        #expect(pad(stay(1, 3), stay(4, 5), stay(12, 13)) == 3)
        #expect(pad(stay(1, 3), stay(3.5, 7)) == 0)
        #expect(pad(stay(1, 9), stay(2, 3), stay(8, 12)) == nil)
        #expect(pad(stay(1, 9)) == nil)
    }

    @Test func withoutTimesThereIsNoPart() {
        #expect(WantedPart.parts([ObjectStay(trackID: 1, label: "car", span: StaySpan())], pad: 1).isEmpty)
    }
}
