import Foundation
import TestSupport
import Testing
import Tracking
import Vision

@testable import DeepVid

@Suite struct OutputStagesTests {
    private static let zones = """
        {"zones": [{"name": "left", "points": [[0, 0], [100, 0], [100, 240], [0, 240]], "dwell_s": 0.5},
                   {"name": "low", "points": [[0, 150], [320, 150], [320, 240], [0, 240]]}],
         "lines": [{"name": "middle", "points": [[160, 0], [160, 240]]}]}
        """

    private func makeOptions(zones: Bool = false, _ lines: OutputOptions.Lines = .frames) throws -> OutputOptions {
        var options = OutputOptions()
        (options.follows, options.lines) = (true, lines)
        if zones { options.zones = try ZonePlan(json: Data(Self.zones.utf8), name: "zones.json") }
        return options
    }

    private func frame(_ index: Int, _ objects: [Detection], pts: Double? = .nan, width: Int = 320) -> FrameResult {
        FrameResult(
            makeInfo(index, pts: pts, width: width), answer: .detections(objects.sorted { $0.score > $1.score }),
            timing: FrameResult.Timing())
    }

    private func object(_ x: Float, _ y: Float = 60, score: Float = 0.9, classID: Int = 0) -> Detection {
        Detection(classID: classID, label: ["person", "car"][classID], score: score, box: Box(x: x, y: y, width: 40, height: 80))
    }

    /// A frame, and whether the input broke off before it.
    private typealias Step = (frame: FrameResult, isBack: Bool)

    /// Objects that walk about, hide, come and go, among others that are not there.
    private func stream(seed: Int, frames: Int = 120) -> [Step] {
        var dice = Dice(seed)
        func random(_ range: ClosedRange<Float>) -> Float { range.lowerBound + dice.uniform() * (range.upperBound - range.lowerBound) }
        var walkers: [(x: Float, y: Float, dx: Float, dy: Float, classID: Int)] = []
        return (0..<frames).map { index in
            if walkers.count < 5, dice.chance(6) {
                walkers.append((random(0...280), random(0...160), random(-6...6), random(-3...3), dice.int(0...1)))
            }
            for walker in walkers.indices {
                walkers[walker].x += walkers[walker].dx
                walkers[walker].y += walkers[walker].dy
            }
            walkers.removeAll { $0.x < -20 || $0.x > 300 || $0.y < -40 || $0.y > 200 || dice.chance(60) }
            let seen = walkers.filter { _ in !dice.chance(8) }.map { walker in
                object(walker.x + random(-2...2), walker.y + random(-2...2), score: random(0.2...1), classID: walker.classID)
            }
            return (frame(index, seen), dice.chance(40))
        }
    }

    private func run(_ options: OutputOptions, _ steps: [Step], restoringAt stop: Int? = nil) throws -> [String] {
        var stages = OutputStages(options, score: 0.4)
        var outputs: [RunOutput] = []
        for (index, step) in steps.enumerated() {
            if index == stop {
                let saved = try JSONEncoder().encode(stages.state)
                stages = OutputStages(options, score: 0.4, state: try JSONDecoder().decode(OutputStages.State.self, from: saved))
            }
            if step.isBack { stages.breakOff() }
            outputs += try stages.add(step.frame)
        }
        outputs += stages.finish()
        var summary = RunSummary(source: "a")
        stages.complete(&summary)
        return outputs.map { "\($0)" } + ["\(summary)"]
    }

    @Test func withoutOptionsNothingChanges() throws {
        var stages = OutputStages(OutputOptions(), score: 0.4)
        let result = frame(0, [object(0, score: 0.1), object(50)]), outputs = try stages.add(result)
        #expect(outputs.count == 1)
        #expect("\(try #require(outputs.first))" == "\(RunOutput.frame(result))")
        #expect(stages.finish().isEmpty)
    }

    @Test func weakObjectsAreReportedOnlyWhereTheyContinueATrack() throws {
        var stages = OutputStages(try makeOptions(), score: 0.4)
        func ids(_ index: Int, _ objects: [Detection]) throws -> [Int?] { try tracks(stages.add(frame(index, objects))) }
        #expect(try ids(0, [object(0), object(200, score: 0.3)]) == [1])
        #expect(try ids(1, [object(1, score: 0.2), object(200, score: 0.3)]) == [1])
        // A strong one that is new is reported, but has no number yet.
        #expect(try ids(2, [object(2), object(200, score: 0.5)]) == [1, nil])
        #expect(try ids(3, [object(3), object(200, score: 0.5)]) == [1, 2])
    }

    private func tracks(_ outputs: [RunOutput]) throws -> [Int?] {
        guard case .frame(let result) = try #require(outputs.first) else { return [] }
        return result.detections.map(\.trackID)
    }

    /// Left off at any frame and taken up from what was saved, what comes out is the same.
    @Test(arguments: [OutputOptions.Lines.frames, .changes, .events])
    func goesOnAfterAnyFrame(lines: OutputOptions.Lines) throws {
        for seed in [1, 2, 3] {
            let (options, steps) = (try makeOptions(zones: true, lines), stream(seed: seed, frames: 60))
            let whole = try run(options, steps)
            for stop in 0..<60 { #expect(try run(options, steps, restoringAt: stop) == whole, "at \(stop)") }
        }
    }

    @Test(arguments: 10..<40)
    func everyStartHasOneEndAndEveryEnterOneLeaveOrIsInside(seed: Int) throws {
        var stages = OutputStages(try makeOptions(zones: true, .events), score: 0.4)
        var (live, ended, inside): (Set<Int>, Set<Int>, Set<String>) = ([], [], [])
        var (entered, left, lastFrame) = (0, 0, -1)
        let steps = stream(seed: seed)
        for output in try steps.flatMap({ try stages.add($0.frame) }) + stages.finish() {
            guard case .object(let event, _) = output else {
                Issue.record("only events are given")
                continue
            }
            #expect(event.frame >= lastFrame)
            #expect((event.endSeconds != nil) == (event.kind == .end))
            lastFrame = event.frame
            switch event.kind {
            case .start:
                #expect(live.insert(event.trackID).inserted)
                #expect(!ended.contains(event.trackID))
            case .update: #expect(live.contains(event.trackID))
            case .end:
                #expect(live.remove(event.trackID) != nil)
                #expect(ended.insert(event.trackID).inserted)
            }
            if let start = event.startSeconds, let end = event.endSeconds { #expect(start <= end) }
            for happened in try #require(event.zoneEvents) {
                #expect(happened.trackID == event.trackID)
                let key = "\(happened.zone ?? happened.line ?? "") \(event.trackID)"
                if happened.kind == .enter { #expect(inside.insert(key).inserted) }
                if happened.kind == .leave { #expect(inside.remove(key) != nil) }
                entered += happened.kind == .enter ? 1 : 0
                left += happened.kind == .leave ? 1 : 0
            }
        }
        #expect(live.isEmpty)
        var summary = RunSummary(source: "a")
        stages.complete(&summary)
        #expect(summary.written == 0)
        #expect(summary.tracks ?? 0 >= ended.count)
        let zones = try #require(summary.zones)
        #expect(zones.reduce(0) { $0 + $1.count.entered } == entered)
        #expect(zones.reduce(0) { $0 + $1.count.left } == left)
        #expect(zones.reduce(0) { $0 + $1.count.inside } == inside.count)
        #expect(entered - left == inside.count)
    }

    // MARK: Things, sizes and masks

    /// A stone, and somebody who walks in and past it.
    private func stoneAndWalker(_ index: Int) -> FrameResult {
        frame(index, [object(40)] + (index >= 200 ? [object(Float(300 - 4 * (index - 200)), 50)] : []))
    }

    private func events(_ options: OutputOptions, frames: Int = 260) throws -> [ObjectEvent] {
        var stages = OutputStages(options, score: 0.4)
        let outputs = try (0..<frames).flatMap { try stages.add(stoneAndWalker($0)) } + stages.finish()
        return outputs.compactMap { if case .object(let event, _) = $0 { event } else { nil } }
    }

    /// A stone that is a person for the model starts no event, enters no zone and does not dwell.
    @Test func whatNeverMovesIsNoEvent() throws {
        let found = try events(try makeOptions(zones: true, .events))
        #expect(Set(found.map(\.trackID)) == [2])
        let start = try #require(found.first)
        #expect(start.kind == .start)
        // It is known when it has moved, and tells when it was first seen.
        #expect(start.frame > 201)
        #expect(start.startSeconds == makeInfo(200).pts)
    }

    @Test func whatNeverMovesIsOneWhereItIsKept() throws {
        var options = try makeOptions(zones: true, .events)
        options.staticObjects = .keep
        let found = try events(options)
        #expect(found.first { $0.trackID == 1 }?.frame == 0)
        #expect(found.flatMap { $0.zoneEvents ?? [] }.contains { $0.kind == .dwell && $0.trackID == 1 })
        #expect(found.filter { $0.kind == .end }.map(\.trackID) == [1, 2])
    }

    /// In frames it stays, and says that it is one; what is counted leaves it out.
    @Test func whatNeverMovesIsMarkedInFrames() throws {
        var stages = OutputStages(try makeOptions(zones: true), score: 0.4)
        for index in 0..<260 {
            guard case .frame(let result) = try #require(stages.add(stoneAndWalker(index)).first) else { continue }
            let stone = try #require(result.detections.first { $0.trackID == 1 })
            #expect(stone.isStatic)
            #expect(stone.zones == ["left"])
            if index == 250 { #expect(result.detections.first { $0.trackID == 2 }?.isStatic == false) }
        }
        var summary = RunSummary(source: "a")
        stages.complete(&summary)
        #expect(summary.seen?.map(\.tracks) == [2])
        #expect(summary.seen?.map(\.staticTracks) == [1])
        #expect(summary.zones?.first?.count.entered == 1)
    }

    /// Its coming and going is no change either.
    @Test func whatNeverMovesIsNoChange() throws {
        var stages = OutputStages(try makeOptions(.changes), score: 0.4)
        let written = try (0..<200).filter { try !stages.add(frame($0, $0 % 40 < 20 ? [object(40)] : [])).isEmpty }
        #expect(written == [0])
    }

    @Test(arguments: [(OutputOptions.Size.pixels(80), 1), (.pixels(80.5), 0), (.share(1.0 / 3), 1), (.share(0.34), 0)])
    func whatIsTooSmallIsLeftOut(size: OutputOptions.Size, left: Int) throws {
        var options = OutputOptions()
        options.minSize = size
        var stages = OutputStages(options, score: 0.4)
        guard case .frame(let result) = try #require(stages.add(frame(0, [object(40)])).first) else { return }
        #expect(result.detections.count == left)
    }

    @Test func whatIsMaskedIsLeftOut() throws {
        var options = OutputOptions()
        let masks =
            #"{"unit": "fraction", "masks": [{"name": "tree", "points": [[0, 0], [0.5, 0], [0.5, 1], [0, 1]], "classes": ["person"]}]}"#
        options.zones = try ZonePlan(json: Data(masks.utf8), name: "zones.json")
        var stages = OutputStages(options, score: 0.4)
        let all = frame(0, [object(40), object(40, classID: 1), object(240)])
        guard case .frame(let result) = try #require(stages.add(all).first) else { return }
        #expect(result.detections.map(\.label) == ["car", "person"])
        #expect(result.detections.last?.box.x == 240)
    }

    /// What is not given is the same as what was given last.
    @Test(arguments: [false, true]) func onlyChanges(zones: Bool) throws {
        let steps = stream(seed: 50)
        let all = try run(try makeOptions(zones: zones), steps).dropLast()
        let changes = try run(try makeOptions(zones: zones, .changes), steps).dropLast()
        #expect(changes.first == all.first)
        #expect(changes.count < all.count)
        #expect(Set(changes).isSubset(of: Set(all)))
    }

    @Test func withoutIdsTheClassesCount() throws {
        var plain = OutputOptions()
        plain.lines = .changes
        var stages = OutputStages(plain, score: 0.4)
        let (a, b, none) = ([object(0)], [object(9, classID: 1), object(50)], [] as [Detection])
        let passes = try [a, [object(99)], b, b, none, none, a].enumerated().map { try !stages.add(frame($0, $1)).isEmpty }
        #expect(passes == [true, false, true, false, true, false, true])
        var summary = RunSummary(source: "a")
        stages.complete(&summary)
        #expect(summary.written == 4)
    }

    // MARK: Where a scene ends

    /// The ids of one resting object.
    private func ids(_ steps: [Step]) throws -> [Int?] {
        var stages = OutputStages(try makeOptions(), score: 0.4)
        return try steps.map { step in
            if step.isBack { stages.breakOff() }
            return try tracks(stages.add(step.frame)).first ?? nil
        }
    }

    private func steps(_ times: [Double?], every: Int = 1) -> [Step] {
        times.enumerated().map { (frame($0 * every, [object(50)], pts: $1), false) }
    }

    @Test func aRestingObjectKeepsItsId() throws { #expect(try ids(steps([0, 0.1, 0.2, 0.3])) == [1, 1, 1, 1]) }

    @Test func anOutageEndsTracks() throws {
        let all = (0..<4).map { (frame: frame($0, [object(50)]), isBack: $0 == 2) }
        #expect(try ids(all) == [1, 1, 2, 2])
    }

    @Test func anotherSizeEndsTracks() throws {
        let all = (0..<4).map { (frame: frame($0, [object(50)], width: $0 < 2 ? 320 : 640), isBack: false) }
        #expect(try ids(all) == [1, 1, 2, 2])
    }

    /// A camera's clock may stumble.
    @Test(arguments: [-50.0, 1e6, 9]) func oneBadTimeStampEndsNoTrack(bad: Double) throws {
        #expect(try ids(steps([10, 10.1, 10.2, bad, 10.4, 10.5])) == [1, 1, 1, 1, 1, 1])
    }

    @Test(arguments: [(-50, [1, 1, 1, 1, 2, 2]), (1000, [1, 1, 1, 1, nil, 2])] as [(Double, [Int?])])
    func twoRunningAreAnotherScene(start: Double, expected: [Int?]) throws {
        #expect(try ids(steps([10, 10.1, 10.2, start, start + 0.1, start + 0.2])) == expected)
    }

    /// As `--decode active` leaves them where nothing happens: a parked car is the same after it, and who walked before is another.
    @Test(arguments: [(0, [1, 1, 1, 1, 1, 1]), (32, [1, 1, 1, 1, nil, 2])] as [(Float, [Int?])])
    func gapsEndTracksOfWhatDoesNotRest(pace: Float, expected: [Int?]) throws {
        let times = [10, 10.1, 10.2, 40, 40.1, 40.2]
        #expect(try ids(times.enumerated().map { (frame($0, [object(20 + pace * Float($0))], pts: $1), false) }) == expected)
    }

    /// The last frames of some containers have no time stamps.
    @Test(arguments: [1, 3]) func framesWithoutTimeStampsGoOn(every: Int) throws {
        let times: [Double?] = [40, 40.1, 40.2, nil, nil, nil, nil]
        #expect(try ids(steps(times, every: every)) == Array(repeating: 1, count: 7))
    }

    @Test(arguments: [1, 3]) func framesThatNeverHaveTimeStampsAreOneScene(every: Int) throws {
        #expect(try ids(steps(Array(repeating: nil, count: 60), every: every)) == Array(repeating: 1, count: 60))
    }
}
