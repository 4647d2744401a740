import Foundation
import Testing

@testable import Tracking

@Suite struct TrackerTests {
    private func makeTracker(buffer: Double = 1) -> Tracker {
        Tracker(TrackerParameters(highScore: 0.5, newScore: 0.6, bufferSeconds: buffer))
    }

    /// What the published code gave for the same boxes; see Fixtures/tracks/README.md.
    @Test func agreesWithThePublishedCode() throws {
        let file = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appending(path: "../../Fixtures/tracks/street.txt")
        var frames: [(time: Double, sightings: [Sighting], ids: [Int])] = []
        for line in try String(contentsOf: file, encoding: .utf8).split(separator: "\n") {
            let values = line.split(separator: " ").dropFirst().map { Double($0)! }
            if line.hasPrefix("F") {
                frames.append((values[0], [], []))
            } else {
                let box = Rectangle(x: values[2], y: values[3], width: values[4], height: values[5])
                frames[frames.count - 1].sightings.append(Sighting(classID: Int(values[0]), score: values[1], box: box))
                frames[frames.count - 1].ids.append(Int(values[6]))
            }
        }
        var tracker = Tracker(TrackerParameters(highScore: 0.4, newScore: 0.4))
        var (ours, theirs): ([Int: Int], [Int: Int]) = ([:], [:])
        for frame in frames {
            for (id, wanted) in zip(tracker.update(frame.sightings, at: frame.time).ids, frame.ids) {
                #expect((id == nil) == (wanted == 0), "at \(frame.time)")
                guard let id else { continue }
                #expect(ours[wanted, default: id] == id && theirs[id, default: wanted] == wanted, "at \(frame.time)")
                (ours[wanted], theirs[id]) = (id, wanted)
            }
        }
        #expect(frames.count == 90 && tracker.count == 7)
    }

    @Test func whatIsThereAtFirstIsConfirmedAtOnceAndLaterInTwoFrames() {
        var tracker = makeTracker()
        #expect(tracker.update([sighting(0)], at: 0).ids == [1])
        let second = tracker.update([sighting(2), sighting(300)], at: 0.1)
        #expect(second.ids == [1, nil] && second.started.isEmpty)
        let third = tracker.update([sighting(4), sighting(301)], at: 0.2)
        #expect(third.ids == [1, 2] && third.started.map(\.id) == [2] && third.started[0].startTime == 0.1)
        // Seen once and never again: nobody hears of it, and no number is spent.
        _ = tracker.update([sighting(6), sighting(302), sighting(600)], at: 0.3)
        _ = tracker.update([sighting(8), sighting(303)], at: 0.4)
        #expect(tracker.tracks.count == 2 && tracker.count == 2)
    }

    @Test func weakBoxesContinueTracksButBeginNone() {
        var tracker = makeTracker()
        _ = tracker.update([sighting(0)], at: 0)
        for frame in 1..<20 {
            let step = tracker.update([sighting(Double(frame), score: 0.2), sighting(400, score: 0.55)], at: Double(frame) / 10)
            #expect(step.ids == [1, nil])
        }
        // Too weak for anything.
        #expect(tracker.update([sighting(20, score: 0.05)], at: 2).ids == [nil])
    }

    @Test func comesBackWithinTheBufferOnly() {
        for (pause, survives) in [(9, true), (13, false)] {
            var tracker = makeTracker()
            for frame in 0..<5 { _ = tracker.update([sighting(Double(frame))], at: Double(frame) / 10) }
            var ended: [Int] = []
            for frame in 5..<5 + pause {
                let step = tracker.update([], at: Double(frame) / 10)
                ended += step.ended.map(\.id)
                if frame == 5 { #expect(tracker.tracks[0].isLost) }
            }
            #expect(ended == (survives ? [] : [1]))
            let back = tracker.update([sighting(Double(5 + pause))], at: Double(5 + pause) / 10)
            #expect(back.ids == (survives ? [1] : [nil]))
        }
    }

    @Test func aClassIsForLife() {
        var tracker = makeTracker()
        _ = tracker.update([sighting(0)], at: 0)
        for frame in 1..<5 {
            let step = tracker.update([sighting(0, classID: 1)], at: Double(frame) / 10)
            #expect(step.ids == [frame == 1 ? nil : 2])
        }
    }

    /// Two people walk past one another: each keeps the number that its way has.
    @Test func crossingObjectsKeepTheirIDs() {
        var tracker = makeTracker()
        for frame in 0..<60 {
            let (left, right) = (Double(frame) * 5, 300 - Double(frame) * 5)
            // Where they overlap most, the one behind is not seen.
            let isHidden = abs(left - right) < 20
            let both = [sighting(left)] + (isHidden ? [] : [sighting(right, 125)])
            let step = tracker.update(both, at: Double(frame) / 30)
            if !isHidden { #expect(step.ids == [1, 2], "frame \(frame)") }
        }
        #expect(tracker.count == 2)
    }

    @Test func anEndForgetsAllButTheNumbers() {
        var tracker = makeTracker()
        _ = tracker.update([sighting(0), sighting(200)], at: 0)
        #expect(tracker.end().map(\.id) == [1, 2])
        let step = tracker.update([sighting(0)], at: 0.1)
        #expect(step.ids == [3] && step.started.map(\.id) == [3])
    }

    /// Any boxes at all: numbers are unique in a frame, rise, begin once and end once.
    @Test func randomBoxes() throws {
        var random = Random(seed: 5)
        for _ in 0..<30 {
            var tracker = makeTracker(buffer: 0.3)
            var (live, begun): (Set<Int>, Int) = ([], 0)
            for frame in 0..<60 {
                let sightings = (0..<Int.random(in: 0...8, using: &random)).map { _ in
                    Sighting(
                        classID: Int.random(in: 0...1, using: &random), score: Double.random(in: 0...1, using: &random),
                        box: Rectangle(
                            x: Double.random(in: 0...60, using: &random), y: Double.random(in: 0...60, using: &random),
                            width: Double.random(in: 0...50, using: &random), height: Double.random(in: 0...50, using: &random)))
                }
                // Set down and taken up again, it goes on as if nothing had been.
                var restored = try JSONDecoder().decode(Tracker.self, from: JSONEncoder().encode(tracker))
                let step = tracker.update(sightings, at: Double(frame) / 10)
                #expect(restored.update(sightings, at: Double(frame) / 10) == step && restored == tracker)
                for track in step.ended { #expect(live.remove(track.id) != nil) }
                for track in step.started {
                    begun += 1
                    #expect(track.id > 0 && live.insert(track.id).inserted)
                }
                let ids = step.ids.compactMap(\.self)
                #expect(Set(ids).count == ids.count && live.isSuperset(of: ids))
                #expect(Set(tracker.tracks.map(\.id).filter { $0 > 0 }) == live)
            }
            #expect(tracker.count >= begun)
        }
    }
}
