import Foundation
import TestSupport
import Testing
import Vision

@testable import Tracking

@Suite struct TrackerTests {
    private func makeTracker(buffer: Double = 1) -> Tracker {
        Tracker(score: 0.6, bufferSeconds: buffer)
    }

    /// What the published code gave for the same boxes; see Fixtures/tracks/README.md. Only weak boxes of tracks that come back, and
    /// in one frame a car that grows as it comes in over the border, are followed here and not there.
    @Test func agreesWithThePublishedCode() throws {
        var frames: [(time: Double, detections: [Detection], ids: [Int])] = []
        for line in try Files.text("Fixtures/tracks/street.txt").split(separator: "\n") {
            let values = line.split(separator: " ").dropFirst().map { Double($0)! }
            if line.hasPrefix("F") {
                frames.append((values[0], [], []))
            } else {
                let floats = values.map(Float.init)
                frames[frames.count - 1].detections.append(
                    detection(floats[2], floats[3], score: floats[1], classID: Int(values[0]), width: floats[4], height: floats[5]))
                frames[frames.count - 1].ids.append(Int(values[6]))
            }
        }
        var tracker = Tracker(score: 0.4)
        var (ours, theirs): ([Int: Int], [Int: Int]) = ([:], [:])
        var (weak, sure) = (0, [Double]())
        for frame in frames {
            let found = tracker.update(frame.detections, at: frame.time).ids
            for ((id, wanted), score) in zip(zip(found, frame.ids), frame.detections.map(\.score)) {
                guard wanted > 0 else {
                    if id != nil { if score < 0.4 { weak += 1 } else { sure.append(frame.time) } }
                    continue
                }
                let id = try #require(id, "at \(frame.time)")
                #expect(ours[wanted, default: id] == id, "at \(frame.time)")
                #expect(theirs[id, default: wanted] == wanted, "at \(frame.time)")
                (ours[wanted], theirs[id]) = (id, wanted)
            }
        }
        #expect(frames.count == 90)
        #expect(weak == 4)
        #expect(sure == [1.866667])
        #expect(tracker.count == 7)
    }

    @Test func whatIsThereAtFirstIsConfirmedAtOnceAndLaterInTwoFrames() {
        var tracker = makeTracker()
        #expect(tracker.update([detection(0)], at: 0).ids == [1])
        let second = tracker.update([detection(2), detection(300)], at: 0.1)
        #expect(second.ids == [1, nil])
        #expect(second.started.isEmpty)
        let third = tracker.update([detection(4), detection(301)], at: 0.2)
        #expect(third.ids == [1, 2])
        #expect(third.started.map(\.id) == [2])
        #expect(third.started[0].startTime == 0.1)
        // Seen once and never again: nobody hears of it, and no number is spent.
        _ = tracker.update([detection(6), detection(302), detection(600)], at: 0.3)
        _ = tracker.update([detection(8), detection(303)], at: 0.4)
        #expect(tracker.tracks.count == 2)
        #expect(tracker.count == 2)
    }

    @Test func weakBoxesContinueTracksButBeginNone() {
        var tracker = makeTracker()
        _ = tracker.update([detection(0)], at: 0)
        for frame in 1..<20 {
            let step = tracker.update([detection(Float(frame), score: 0.2), detection(400, score: 0.55)], at: Double(frame) / 10)
            #expect(step.ids == [1, nil])
        }
        // Too weak for anything.
        #expect(tracker.update([detection(20, score: 0.05)], at: 2).ids == [nil])
    }

    @Test func comesBackWithinTheBufferOnly() {
        for (pause, survives) in [(9, true), (13, false)] {
            var tracker = makeTracker()
            for frame in 0..<5 { _ = tracker.update([detection(8 * Float(frame))], at: Double(frame) / 10) }
            var ended: [Int] = []
            for frame in 5..<5 + pause {
                let step = tracker.update([], at: Double(frame) / 10)
                ended += step.ended.map(\.id)
                if frame == 5 { #expect(tracker.tracks[0].isLost) }
            }
            #expect(ended == (survives ? [] : [1]))
            let back = tracker.update([detection(8 * Float(5 + pause))], at: Double(5 + pause) / 10)
            #expect(back.ids == (survives ? [1] : [nil]))
        }
    }

    @Test func aClassIsForLife() {
        var tracker = makeTracker()
        _ = tracker.update([detection(0)], at: 0)
        for frame in 1..<5 {
            let step = tracker.update([detection(0, classID: 1)], at: Double(frame) / 10)
            #expect(step.ids == [frame == 1 ? nil : 2])
        }
    }

    /// Two people walk past one another: each keeps the number that its way has.
    @Test func crossingObjectsKeepTheirIDs() {
        var tracker = makeTracker()
        for frame in 0..<60 {
            let (left, right) = (Float(frame) * 5, 300 - Float(frame) * 5)
            // Where they overlap most, the one behind is not seen.
            let isHidden = abs(left - right) < 20
            let both = [detection(left)] + (isHidden ? [] : [detection(right, 125)])
            let step = tracker.update(both, at: Double(frame) / 30)
            if !isHidden { #expect(step.ids == [1, 2], "frame \(frame)") }
        }
        #expect(tracker.count == 2)
    }

    /// Time tells how long an object has been out of sight, and nothing else: what is in sight goes on whatever its time stamps.
    @Test(arguments: [-1e6, -3, -0.1, 3, 1e6, .infinity, .nan])
    func oneBadTimeStampEndsNoTrackInSight(_ bad: Double) {
        var tracker = makeTracker()
        for frame in 0..<30 {
            let step = tracker.update([detection(Float(frame)), detection(300 + Float(frame))], at: frame == 10 ? bad : Double(frame) / 10)
            #expect(step.ids == [1, 2], "frame \(frame)")
            #expect(step.ended.isEmpty, "frame \(frame)")
        }
        #expect(tracker.count == 2)
    }

    /// An object that comes back after a frame with a time stamp of the past is still the same.
    @Test func aTimeStampOfThePastEndsNoTrackOutOfSight() {
        var tracker = makeTracker()
        for frame in 0..<5 { _ = tracker.update([detection(Float(frame))], at: Double(frame) / 10) }
        for time in [0.5, -100, 0.7] { #expect(tracker.update([], at: time).ended.isEmpty) }
        #expect(tracker.update([detection(8)], at: 0.8).ids == [1])
    }

    /// Of equal overlaps the better score wins: costs are 1 − IoU × score.
    @Test func scoresDecideBetweenEqualBoxes() {
        var tracker = makeTracker()
        _ = tracker.update([detection(0)], at: 0)
        #expect(tracker.update([detection(0, score: 0.7), detection(0, score: 0.9)], at: 0.1).ids == [nil, 1])
    }

    @Test func emptyFramesAreTaken() {
        var tracker = makeTracker()
        #expect(tracker.update([], at: 0).ids.isEmpty)
        #expect(tracker.tracks.isEmpty)
        #expect(tracker.end().isEmpty)
    }

    @Test func anEndForgetsAllButTheNumbers() {
        var tracker = makeTracker()
        _ = tracker.update([detection(0), detection(200)], at: 0)
        #expect(tracker.end().map(\.id) == [1, 2])
        let step = tracker.update([detection(0)], at: 0.1)
        #expect(step.ids == [3])
        #expect(step.started.map(\.id) == [3])
    }

    /// Any boxes at all: numbers are unique in a frame, rise, begin once and end once.
    @Test func randomBoxes() throws {
        var random = Dice(5)
        for _ in 0..<30 {
            var tracker = makeTracker(buffer: 0.3)
            var (live, begun): (Set<Int>, Int) = ([], 0)
            for frame in 0..<60 {
                let detections = (0..<Int.random(in: 0...8, using: &random)).map { _ in
                    detection(
                        60 * random.uniform(), 60 * random.uniform(), score: random.uniform(), classID: random.int(2),
                        width: 50 * random.uniform(), height: 50 * random.uniform())
                }
                // Set down and taken up again, it goes on as if nothing had been.
                var restored = try JSONDecoder().decode(Tracker.self, from: JSONEncoder().encode(tracker))
                let step = tracker.update(detections, at: Double(frame) / 10)
                #expect(restored.update(detections, at: Double(frame) / 10) == step)
                #expect(restored == tracker)
                for track in step.ended { #expect(live.remove(track.id) != nil) }
                for track in step.started {
                    begun += 1
                    #expect(track.id > 0)
                    #expect(live.insert(track.id).inserted)
                }
                let ids = step.ids.compactMap(\.self)
                #expect(Set(ids).count == ids.count)
                #expect(live.isSuperset(of: ids))
                #expect(Set(tracker.tracks.map(\.id).filter { $0 > 0 }) == live)
            }
            #expect(tracker.count >= begun)
        }
    }
}
