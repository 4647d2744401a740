import Results
import Testing

/// What people are told of the agreement.
@Suite struct AgreementRecordTests {
    private func record(_ estimate: Double?, _ interval: [Double], frames: Int = 10, objects: Int = 40) -> AgreementRecord {
        AgreementRecord(rule: "boxes", estimate: estimate, interval: interval, frames: frames, objects: objects)
    }

    @Test func theIntervalDecides() {
        let kept = record(0.999, [0.992, 1]), open = record(0.992, [0.98, 0.995]), missed = record(0.97, [0.95, 0.985])
        #expect(kept.verdict(target: 0.99, of: 100) == nil)
        #expect(open.verdict(target: 0.99, of: 100)?.hasSuffix("too few to show whether the target of 0.99 is kept") == true)
        #expect(!open.isBelow(0.99))
        #expect(missed.verdict(target: 0.99, of: 100)?.hasSuffix("below the target of 0.99") == true)
        #expect(missed.isBelow(0.99))
        #expect(kept.statement(of: 100).hasSuffix("0.999, 95 % interval 0.992 to 1.0, by 40 objects in 10 frames drawn at random"))
    }

    /// Nothing is below a target of which nothing is known.
    @Test func whatWasNotMeasuredIsSaid() {
        let none = record(nil, [0, 1], frames: 0), empty = record(nil, [0, 1])
        #expect(none.verdict(target: 0.99, of: 1000)?.contains("0 frames were drawn in 1000") == true)
        #expect(empty.verdict(target: 0.99, of: 1000)?.contains("the 10 frames drawn at random had no objects") == true)
        #expect(!none.isBelow(0.99))
        // Of a short clip that is no news.
        #expect(none.verdict(target: 0.99, of: 100) == nil)
        #expect(empty.verdict(target: 0.99, of: 100) == nil)
    }

    /// Three objects of which two agree show nothing, whatever an interval makes of them.
    @Test func aHandfulOfObjectsShowsNothing() {
        let few = record(0.667, [0.2, 0.96], frames: 2, objects: 3)
        #expect(!few.isBelow(0.99))
        #expect(few.verdict(target: 0.99, of: 2000)?.hasSuffix("too few to show whether the target of 0.99 is kept") == true)
    }
}
