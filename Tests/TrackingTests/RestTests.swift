import Testing
import Vision

@testable import Tracking

/// What is a thing, and what stays the same where it is.
@Suite struct RestTests {
    private static let rate = 10.0

    /// Follows boxes, ten frames a second, from one second to another.
    private func follow(
        _ tracker: inout Tracker, from start: Double, to end: Double, _ boxes: (Double) -> [Detection]
    ) -> (ids: Set<Int>, ended: [Int]) {
        var ids: Set<Int> = [], ended: [Int] = []
        for frame in Int((start * Self.rate).rounded())..<Int((end * Self.rate).rounded()) {
            let time = Double(frame) / Self.rate, step = tracker.update(boxes(time), at: time)
            ids.formUnion(step.ids.compactMap(\.self))
            ended += step.ended.map(\.id)
        }
        return (ids, ended)
    }

    private func motion(_ tracker: Tracker, _ id: Int = 1) -> Track.Motion? { tracker.track(id)?.motion }

    /// Its boxes are never quite still.
    private func stone(_ time: Double) -> Detection {
        let frame = Int((time * Self.rate).rounded())
        return detection(200 + 3 * Float(frame % 3), width: 40 - 2 * Float(frame % 2))
    }

    @Test func whatNeverMovesIsAThingAfterTenSeconds() {
        var tracker = Tracker(score: 0.4)
        _ = follow(&tracker, from: 0, to: 9.9) { [stone($0)] }
        #expect(motion(tracker) == .undecided)
        _ = follow(&tracker, from: 9.9, to: 3600) { [stone($0)] }
        #expect(motion(tracker) == .static)
        #expect(tracker.count == 1)
    }

    @Test(arguments: [10.0, 50, 300]) func whoWalksHasMovedWithinASecondOrTwo(pace: Double) {
        var tracker = Tracker(score: 0.4)
        _ = follow(&tracker, from: 0, to: 2.5) { [detection(100 + Float(pace * $0))] }
        #expect(motion(tracker) == .moved)
    }

    /// A person who has walked in and stands there is no thing, however long.
    @Test func whoHasWalkedInIsNoThing() {
        var tracker = Tracker(score: 0.4)
        let (ids, _) = follow(&tracker, from: 0, to: 1200) { [detection(Float(min(64 * $0, 300)))] }
        #expect(ids == [1])
        #expect(motion(tracker) == .moved)
    }

    /// Something passes in front of it, and its box is cut for less than a second.
    @Test func whatIsHalfHiddenForAMomentHasNotMoved() {
        var tracker = Tracker(score: 0.4)
        _ = follow(&tracker, from: 0, to: 20) { time in [detection(200, width: (8..<8.8).contains(time) ? 20 : 40)] }
        #expect(motion(tracker) == .static)
    }

    /// A pole that is taken for a person, and whose boxes take another shape for some seconds.
    @Test(arguments: [(score: Float(0.12), doubtful: false, motion: Track.Motion.static), (0.45, true, .static), (0.45, false, .moved)])
    func onlySureBoxesShowThatItHasMoved(score: Float, doubtful: Bool, motion: Track.Motion) {
        var tracker = Tracker(score: 0.4)
        for frame in 0..<400 {
            let isOther = (200..<230).contains(frame)
            let box = isOther ? detection(200, score: score, height: 46) : detection(200, score: 0.45)
            _ = tracker.update([box], at: Double(frame) / Self.rate, doubtful: doubtful && isOther ? [0] : [])
        }
        #expect(self.motion(tracker) == motion)
        #expect(tracker.count == 1)
    }

    @Test func whatDrivesOffInTheEndHasMoved() {
        var tracker = Tracker(score: 0.4)
        let (ids, _) = follow(&tracker, from: 0, to: 63) { [detection(Float(200 + max(0, $0 - 60) * 60))] }
        #expect(ids == [1])
        #expect(motion(tracker) == .moved)
    }

    /// A bush that is taken for a person for a second of every minute.
    @Test func whatFlickersInItsPlaceIsTheSame() {
        var tracker = Tracker(score: 0.4)
        let (ids, ended) = follow(&tracker, from: 0, to: 600) { $0.truncatingRemainder(dividingBy: 60) < 1 ? [stone($0)] : [] }
        #expect(ids == [1])
        #expect(ended.isEmpty)
        #expect(motion(tracker) == .static)
        #expect(tracker.count == 1)
    }

    /// A parked car is remembered for as long as it had been standing before, and not for longer.
    @Test(arguments: [(pause: 50.0, isSame: true), (70, false)]) func aParkedCarIsTheSame(pause: Double, isSame: Bool) {
        var tracker = Tracker(score: 0.4)
        let car = { (time: Double) in detection(Float(min(100 * time, 200)), width: 120) }
        _ = follow(&tracker, from: 0, to: 63) { [car($0)] }
        let away = follow(&tracker, from: 63, to: 63 + pause) { _ in [] }
        let back = follow(&tracker, from: 63 + pause, to: 65 + pause) { [car($0)] }
        #expect(away.ended == (isSame ? [] : [1]))
        #expect(back.ids == (isSame ? [1] : [2]))
    }

    /// What made it an object was a doubtful moment; another one does not.
    @Test func weakBoxesBringNoThingBack() {
        var tracker = Tracker(score: 0.4)
        _ = follow(&tracker, from: 0, to: 1) { [stone($0)] }
        _ = follow(&tracker, from: 1, to: 1.5) { _ in [] }
        #expect(follow(&tracker, from: 1.5, to: 1.9) { _ in [detection(200, score: 0.3)] }.ids.isEmpty)
        #expect(follow(&tracker, from: 1.9, to: 2) { _ in [detection(200)] }.ids == [1])
    }

    @Test func weakBoxesBringWhoWalksBackForTwoSeconds() {
        for (pauses, isBack) in [(1, true), (4, false)] {
            var tracker = Tracker(score: 0.4)
            func walker(_ time: Double, _ score: Float) -> Detection { detection(Float(64 * time), score: score) }
            _ = follow(&tracker, from: 0, to: 3) { [walker($0, 0.9)] }
            // A weak box now and then, and nothing between.
            _ = follow(&tracker, from: 3, to: 3 + 0.6 * Double(pauses)) { time in
                (time - 3).truncatingRemainder(dividingBy: 0.6) > 0.45 ? [walker(time, 0.3)] : []
            }
            let start = 3 + 0.6 * Double(pauses)
            _ = follow(&tracker, from: start, to: start + 0.3) { _ in [] }
            let back = follow(&tracker, from: start + 0.3, to: start + 0.5) { [walker($0, 0.3)] }
            #expect(back.ids == (isBack ? [1] : []), "\(pauses)")
        }
    }

    /// A walker is gone a second after he was seen last: nobody waits for him where he stopped to exist.
    @Test func whoWalkedOnIsNotRemembered() {
        var tracker = Tracker(score: 0.4)
        _ = follow(&tracker, from: 0, to: 5) { [detection(Float(64 * $0))] }
        let away = follow(&tracker, from: 5, to: 7) { _ in [] }
        #expect(away.ended == [1])
    }

    /// Nobody gives up his own id for that of a thing that he walks past.
    @Test func whoWalksPastARememberedThingKeepsTheID() {
        var tracker = Tracker(score: 0.4)
        _ = follow(&tracker, from: 0, to: 1) { [stone($0)] }
        _ = follow(&tracker, from: 1, to: 10) { _ in [] }
        let (ids, _) = follow(&tracker, from: 10, to: 18) { [detection(Float(64 * ($0 - 10)))] }
        #expect(ids == [2])
        #expect(motion(tracker, 2) == .moved)
        #expect(follow(&tracker, from: 20, to: 21) { [stone($0)] }.ids == [1])
    }

    /// What was remembered and moves when it is seen again is an object since then.
    @Test func aRememberedThingBeginsAnewWhenItIsSeenAgain() throws {
        var tracker = Tracker(score: 0.4)
        _ = follow(&tracker, from: 0, to: 1) { [stone($0)] }
        _ = follow(&tracker, from: 1, to: 300) { _ in [] }
        let step = tracker.update([stone(300)], at: 300)
        #expect(step.revived.map(\.id) == [1])
        #expect(step.started.isEmpty)
        #expect(tracker.track(1)?.startTime == 300)
    }

    @Test func withoutAMemoryThingsEndLikeAllOthers() {
        var tracker = Tracker(score: 0.4, memorySeconds: 0)
        _ = follow(&tracker, from: 0, to: 30) { [stone($0)] }
        #expect(follow(&tracker, from: 30, to: 32) { _ in [] }.ended == [1])
    }

    /// Noise all over the picture: what is remembered is bounded, and so is the time for a frame.
    @Test func theMemoryIsBounded() {
        var tracker = Tracker(score: 0.4)
        for spot in 0..<400 {
            let box = detection(Float(spot % 20) * 100, Float(spot / 20) * 200)
            for frame in 0..<3 { _ = tracker.update([box], at: Double(spot) * 2 + Double(frame) / 10) }
        }
        #expect(tracker.count == 400)
        #expect(tracker.tracks.count <= 66)
    }
}
