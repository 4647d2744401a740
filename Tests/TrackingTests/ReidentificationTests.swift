import Testing
import Vision

@testable import Tracking

/// Objects that are known again by what they look like. Each is drawn by a name, which is what a look at it tells.
@Suite struct ReidentificationTests {
    private typealias Person = (name: Int, box: Detection)

    /// A tracker with what looks tell, and how many there were.
    private struct Scene {
        var tracker: Tracker
        var looks = 0
        /// By name: the id that it was given last.
        var ids: [Int: Int] = [:]

        init(distance: Double = 0.3, age: Double = 30, buffer: Double = 1) {
            tracker = Tracker(
                score: 0.6, bufferSeconds: buffer,
                reidentification: Reidentification(labels: ["class_0"], age: age, distance: distance))
        }

        @discardableResult
        mutating func show(_ people: [Person], at time: Double) -> Tracker.Step {
            let step = tracker.update(people.map(\.box), at: time) { asked in
                looks += asked.count
                return asked.map { Scene.vector(of: people[$0].name, at: time) }
            }
            for (person, id) in zip(people, step.ids) { if let id { ids[person.name] = id } }
            return step
        }

        /// A direction of its own for each name, and a little that changes. Not of length 1.
        static func vector(of name: Int, at time: Double) -> [Float] {
            (0..<8).map { Float($0 == name ? 3 : 0.1 * (Double($0) + time).truncatingRemainder(dividingBy: 1)) }
        }
    }

    private func walk(_ name: Int, _ scene: inout Scene, from start: Double, to end: Double, x: (Double) -> Double) {
        for frame in Int(start * 10)..<Int(end * 10) {
            let time = Double(frame) / 10
            scene.show([(name, detection(Float(x(time))))], at: time)
        }
    }

    @Test func whoComesBackElsewhereHasTheIDHeHad() {
        var scene = Scene()
        walk(1, &scene, from: 0, to: 3) { 50 * $0 }
        #expect(scene.ids == [1: 1])
        for frame in 30..<80 { #expect(scene.show([], at: Double(frame) / 10).ended.isEmpty) }
        // In the first frame nobody has an id.
        #expect(scene.show([(1, detection(500))], at: 8).ids == [nil])
        let back = scene.show([(1, detection(495))], at: 8.1)
        #expect(back.ids == [1])
        #expect(back.recognised == [1])
        #expect(back.started.isEmpty)
        #expect(back.revived.map(\.id) == [1])
        #expect(scene.tracker.count == 1)
        #expect(scene.tracker.track(1)?.startTime == 0)
        // He goes on from there.
        #expect(scene.show([(1, detection(490))], at: 8.2).ids == [1])
        #expect(scene.tracker.tracks.count == 1)
    }

    @Test func byPlaceAloneHeIsAnother() {
        var tracker = Tracker(score: 0.6)
        for frame in 0..<30 { _ = tracker.update([detection(Float(5 * frame))], at: Double(frame) / 10) }
        for frame in 30..<80 { _ = tracker.update([], at: Double(frame) / 10) }
        _ = tracker.update([detection(500)], at: 8)
        #expect(tracker.update([detection(495)], at: 8.1).ids == [2])
    }

    @Test func whoLooksOtherwiseIsSomebodyElse() {
        var scene = Scene()
        walk(1, &scene, from: 0, to: 3) { 50 * $0 }
        walk(2, &scene, from: 8, to: 9) { 500 - 50 * ($0 - 8) }
        #expect(scene.ids == [1: 1, 2: 2])
        walk(1, &scene, from: 12, to: 13) { 300 + 50 * ($0 - 12) }
        #expect(scene.ids == [1: 1, 2: 2])
    }

    @Test func whoIsMissingForLongerIsGivenUp() {
        var scene = Scene(age: 5)
        walk(1, &scene, from: 0, to: 3) { 50 * $0 }
        var ended: [Double] = []
        for frame in 30..<100 where !scene.show([], at: Double(frame) / 10).ended.isEmpty { ended.append(Double(frame) / 10) }
        #expect(ended == [8])
        walk(1, &scene, from: 10, to: 11) { 500 - 50 * ($0 - 10) }
        #expect(scene.ids == [1: 2])
    }

    /// Both go behind a pillar from their sides, where only one box is seen, and come out again on the side that they came from.
    private func meeting(_ frame: Int) -> [Person] {
        let step = Float(abs(frame - 30))
        if step < 4 { return [(1, detection(300))] }
        return [(1, detection(300 - 10 * step)), (2, detection(300 + 10 * step))]
    }

    @Test func twoWhoTurnBackBehindAPillarAreNotTakenForOneAnother() {
        var scene = Scene(), plain = Tracker(score: 0.6), plainIDs: [Int: Int] = [:]
        for frame in 0..<60 {
            let people = meeting(frame), time = Double(frame) / 10
            scene.show(people, at: time)
            for (person, id) in zip(people, plain.update(people.map(\.box), at: time).ids) { if let id { plainIDs[person.name] = id } }
            if frame == 20 { #expect(scene.ids == [1: 1, 2: 2]) }
        }
        // Who seems to walk on, by place.
        #expect(plainIDs != [1: 1, 2: 2])
        #expect(scene.ids == [1: 1, 2: 2])
        #expect(scene.tracker.count == 2)
    }

    @Test func whoIsSeenAllTheTimeIsSeldomLookedAt() {
        var scene = Scene()
        for frame in 0..<600 {
            let x = Float(frame % 100 < 50 ? frame % 100 : 100 - frame % 100)
            scene.show([(1, detection(5 * x)), (2, detection(1000 + 5 * x))], at: Double(frame) / 10)
        }
        // After ¼, ½, 1, 2, 4 and 8 seconds, and each ten.
        #expect((4...26).contains(scene.looks))
        #expect(scene.ids == [1: 1, 2: 2])
    }

    @Test func whoIsHalfHiddenWaitsForHisIDWhileAnotherIsMissing() {
        var scene = Scene()
        for frame in 0..<30 { scene.show([(1, detection(Float(5 * frame))), (2, detection(600))], at: Double(frame) / 10) }
        for frame in 30..<60 { scene.show([(2, detection(600))], at: Double(frame) / 10) }
        // From behind the one who stands there.
        for frame in 60..<64 {
            let step = scene.show([(1, detection(620)), (2, detection(600))], at: Double(frame) / 10)
            #expect(step.ids == [nil, 2])
        }
        let clear = scene.show([(1, detection(632)), (2, detection(600))], at: 6.4)
        #expect(clear.ids == [1, 2])
        #expect(clear.recognised == [1])
        // Where nobody is missing, there is nothing to wait for.
        for frame in 65..<67 { scene.show([(1, detection(640)), (2, detection(600)), (3, detection(580))], at: Double(frame) / 10) }
        #expect(scene.ids[3] == 3)
    }

    @Test func soDoesWhoTheBorderCutsOff() {
        var scene = Scene()
        walk(1, &scene, from: 0, to: 3) { 50 * $0 }
        for frame in 30..<60 { scene.show([], at: Double(frame) / 10) }
        for frame in 60..<64 {
            let box = detection(600, width: Float(frame - 54) * 4), time = Double(frame) / 10
            // A strip of somebody looks like nobody.
            let step = scene.tracker.update([box], at: time, cut: [0]) { $0.map { _ in [0, 0, 0, 0, 0, 0, 0, 3] } }
            #expect(step.ids == [nil])
        }
        #expect(scene.show([(1, detection(600))], at: 6.4).ids == [1])
    }

    @Test func noLongerThanASecond() {
        var scene = Scene()
        for frame in 0..<30 { scene.show([(1, detection(Float(5 * frame))), (2, detection(600))], at: Double(frame) / 10) }
        for frame in 30..<60 { scene.show([(2, detection(600))], at: Double(frame) / 10) }
        var first: Int?
        for frame in 60..<80 {
            let step = scene.show([(3, detection(620)), (2, detection(600))], at: Double(frame) / 10)
            if first == nil, step.ids[0] != nil { first = frame }
        }
        #expect((69...71).contains(first ?? 0))
        #expect(scene.ids[3] == 3)
    }

    @Test func othersAreNotLookedAt() {
        var scene = Scene()
        for frame in 0..<50 { scene.show([(1, detection(Float(5 * frame), classID: 1))], at: Double(frame) / 10) }
        #expect(scene.looks == 0)
    }

    @Test func withoutPicturesItIsAsByPlaceAlone() {
        var (tracker, plain) = (Scene().tracker, Tracker(score: 0.6))
        for frame in 0..<120 {
            let boxes = meeting(frame % 60).map(\.box)
            #expect(tracker.update(boxes, at: Double(frame) / 10) { _ in [] }.ids == plain.update(boxes, at: Double(frame) / 10).ids)
        }
    }

    @Test func vectorsWithoutADirectionAreNobodys() {
        var scene = Scene()
        let strange: [[Float]] = [[0, 0], [.nan, 1], [.infinity, 1], []]
        for frame in 0..<200 {
            let boxes = frame % 50 < 25 ? [detection(Float(5 * (frame % 50))), detection(Float(700 - 5 * (frame % 50)))] : []
            _ = scene.tracker.update(boxes, at: Double(frame) / 10) { asked in asked.map { strange[(frame + $0) % 4] } }
        }
        #expect(scene.tracker.count == 8)
    }

    @Test func aFailureIsPassedOn() {
        struct Failure: Error {}
        var tracker = Scene().tracker
        #expect(throws: Failure.self) { try tracker.update([detection(0)], at: 0) { (_) throws(Failure) in throw Failure() } }
    }

    @Test func aCopyGoesOnAsTheTracker() throws {
        var scene = Scene()
        walk(1, &scene, from: 0, to: 3) { 50 * $0 }
        for frame in 30..<80 { scene.show([], at: Double(frame) / 10) }
        scene.tracker = try Checkpoints.copy(scene.tracker)
        walk(1, &scene, from: 8, to: 8.5) { 500 - 50 * ($0 - 8) }
        #expect(scene.ids == [1: 1])
    }
}
