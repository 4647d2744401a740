import Foundation
import Testing

@testable import DeepVid

/// The time of frames, and where a scene ends. What that means for tracks is in `OutputStagesTests`.
@Suite struct SceneClockTests {
    /// Moments of frames that each come `every` frames after the one before.
    private func moments(_ times: [Double?], every: Int = 1, patience: Double = 1) -> [SceneClock.Moment] {
        var clock = SceneClock()
        return times.enumerated().map { clock.advance(makeInfo($0 * every, pts: $1), patience: patience) }
    }

    private func expect(_ moments: [SceneClock.Moment], _ times: [Double], cuts: [Int] = [], gaps: [Int] = []) {
        #expect(moments.indices.filter { moments[$0].isCut } == cuts)
        #expect(moments.indices.filter { moments[$0].isGap } == gaps)
        for (index, (moment, time)) in zip(moments, times).enumerated() { #expect(abs(moment.time - time) < 1e-9, "frame \(index)") }
    }

    @Test func timeStampsAreTheTime() { expect(moments([5, 5.1, 5.3, 5.4]), [5, 5.1, 5.3, 5.4]) }

    @Test(arguments: [1e6, -50, 9.9]) func oneBadTimeStampIsNotBelieved(bad: Double) {
        expect(moments([0.8, 0.9, 1, bad, 1.2, 1.3]), [0.8, 0.9, 1, 1.1, 1.2, 1.3])
    }

    /// A jump back is another scene, one forward a gap.
    @Test(arguments: [1e6, -50]) func theSecondIs(start: Double) {
        let cuts = start < 0 ? [4] : [], gaps = start < 0 ? [] : [4]
        expect(
            moments([0.8, 0.9, 1, start, start + 0.1, start + 0.2]), [0.8, 0.9, 1, 1.1, start + 0.1, start + 0.2], cuts: cuts, gaps: gaps)
    }

    /// Two bad ones with a good one between are one each.
    @Test func badTimeStampsNowAndThen() {
        expect(moments([0, 0.1, 99, 0.3, 99, 0.5, -99, 0.7]), [0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7])
    }

    @Test func aSmallStepBackStandsStill() { expect(moments([9, 9.1, 9, 9.2]), [9, 9.1, 9.1, 9.2]) }

    /// Time lapse: a long wait is usual there.
    @Test func framesThatAreAlwaysFarApartAreOneScene() { expect(moments([0, 5, 10, 15, 20]), [0, 5, 10, 15, 20]) }

    @Test func aWaitWithinPatienceIsNone() { expect(moments([0, 0.1, 0.9, 1], patience: 1), [0, 0.1, 0.9, 1]) }

    /// A gap is noticed with the frame after it.
    @Test func aGapIsNoticedWithItsSecondFrame() { expect(moments([0, 0.1, 8, 8.1]), [0, 0.1, 0.2, 8.1], gaps: [3]) }

    @Test(arguments: [1, 3]) func framesWithoutTimeStampsGoOnAtTheLastInterval(every: Int) {
        expect(moments([40, 40.2, 40.4, nil, nil, 41], every: every), [40, 40.2, 40.4, 40.6, 40.8, 41])
    }

    @Test func ofFramesThatWereLeftOutTheTimePasses() {
        var clock = SceneClock()
        for index in 0...2 { _ = clock.advance(makeInfo(index, pts: Double(index) / 10), patience: 1) }
        #expect(abs(clock.advance(makeInfo(6, pts: nil), patience: 1).time - 0.6) < 1e-9)
    }

    @Test(arguments: [1, 3]) func withoutAnyTimeStampsThereAreThirtyFramesASecond(every: Int) {
        expect(moments([nil, nil, nil, nil], every: every), (0..<4).map { Double($0 * every) / 30 })
    }

    @Test func anotherSizeIsAnotherScene() {
        var clock = SceneClock()
        let cuts = [320, 320, 640, 640, 320].enumerated().map { clock.advance(makeInfo($0, width: $1), patience: 1).isCut }
        #expect(cuts == [false, false, true, false, true])
    }

    @Test func whatWasLostIsAnotherScene() {
        var clock = SceneClock()
        _ = clock.advance(makeInfo(0), patience: 1)
        clock.breakOff()
        #expect(clock.advance(makeInfo(1), patience: 1).isCut)
        #expect(!clock.advance(makeInfo(2), patience: 1).isCut)
    }

    @Test func nothingIsLostBeforeTheFirstFrame() {
        var clock = SceneClock()
        clock.breakOff()
        #expect(!clock.advance(makeInfo(0), patience: 1).isCut)
        #expect(!clock.advance(makeInfo(1), patience: 1).isCut)
    }

    /// A doubtful frame may be the last before a checkpoint.
    @Test func itGoesOnFromWhatWasSaved() throws {
        let times: [Double?] = [10, 10.1, 99, 10.3, nil, -5, -4.9, -4.8]
        let whole = moments(times)
        for stop in times.indices {
            var clock = SceneClock(), seen: [SceneClock.Moment] = []
            for (index, time) in times.enumerated() {
                if index == stop { clock = try JSONDecoder().decode(SceneClock.self, from: JSONEncoder().encode(clock)) }
                seen.append(clock.advance(makeInfo(index, pts: time), patience: 1))
            }
            #expect(seen.map(\.time) == whole.map(\.time), "at \(stop)")
            #expect(seen.map(\.isCut) == whole.map(\.isCut), "at \(stop)")
        }
    }
}
