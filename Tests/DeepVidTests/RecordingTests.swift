import Foundation
import Results
import Testing
import Tracking

@testable import DeepVid

@Suite struct RecordingTests {
    private static let zones = """
        {"zones": [{"name": "left", "points": [[0, 0], [100, 0], [100, 240], [0, 240]], "dwell_s": 0.5},
                   {"name": "low", "points": [[0, 150], [320, 150], [320, 240], [0, 240]]}],
         "lines": [{"name": "middle", "points": [[160, 0], [160, 240]]}]}
        """

    private func makeOptions(zones: Bool = false, _ lines: RecordingOptions.Lines = .frames) throws -> RecordingOptions {
        var options = RecordingOptions()
        options.follows = true
        options.lines = lines
        if zones { options.zones = try ZonePlan(json: Data(Self.zones.utf8), name: "zones.json") }
        return options
    }

    private func frame(_ index: Int, _ objects: [DetectedObject], pts: Double? = nil, reason: String? = nil) -> FrameRecord {
        var record = FrameRecord(
            frame: index, ptsS: pts ?? Double(index) / 10, objects: objects.sorted { $0.score > $1.score },
            timingMs: Timing(decode: 0, infer: 0))
        record.cache = reason.map { Cache(policy: "adaptive", reused: 0, reason: $0) }
        return record
    }

    private func object(_ x: Double, _ y: Double = 60, score: Double = 0.9, classID: Int = 0) -> DetectedObject {
        DetectedObject(label: ["person", "car"][classID], classID: classID, score: score, box: [x, y, 40, 80])
    }

    /// Objects that walk about, hide, come and go, among others that are not there.
    private func stream(seed: UInt64, frames: Int = 120) -> [FrameRecord] {
        var random = Random(seed: seed)
        var walkers: [(x: Double, y: Double, dx: Double, dy: Double, classID: Int)] = []
        return (0..<frames).map { index in
            if walkers.count < 5, Int.random(in: 0..<6, using: &random) == 0 {
                walkers.append(
                    (
                        Double.random(in: 0...280, using: &random), Double.random(in: 0...160, using: &random),
                        Double.random(in: -6...6, using: &random), Double.random(in: -3...3, using: &random),
                        Int.random(in: 0...1, using: &random)
                    ))
            }
            for walker in walkers.indices {
                walkers[walker].x += walkers[walker].dx
                walkers[walker].y += walkers[walker].dy
            }
            walkers.removeAll { $0.x < -20 || $0.x > 300 || $0.y < -40 || $0.y > 200 || Int.random(in: 0..<60, using: &random) == 0 }
            let seen = walkers.filter { _ in Int.random(in: 0..<8, using: &random) > 0 }.map { walker in
                object(
                    walker.x + Double.random(in: -2...2, using: &random), walker.y + Double.random(in: -2...2, using: &random),
                    score: Double.random(in: 0.2...1, using: &random), classID: walker.classID)
            }
            let isBreak = Int.random(in: 0..<40, using: &random) == 0
            return frame(index, seen, reason: isBreak ? "reconnected" : nil)
        }
    }

    private func run(_ options: RecordingOptions, _ frames: [FrameRecord], restoringAt stop: Int? = nil) throws -> [String] {
        var recording = Recording(options, score: 0.4)
        var lines: [String] = []
        for (index, frame) in frames.enumerated() {
            if index == stop {
                let saved = try JSONEncoder().encode(recording.state)
                recording = Recording(options, score: 0.4, state: try JSONDecoder().decode(Recording.State.self, from: saved))
            }
            if frame.cache?.reason == "reconnected" { recording.breakOff() }
            lines += recording.add(frame, width: 320, height: 240).map(\.json)
        }
        lines += recording.finish().map(\.json)
        var end = EndRecord(source: "a", reason: .finished)
        end.frames = frames.count
        recording.complete(&end)
        return lines + [end.json]
    }

    @Test func withoutOptionsNothingChanges() {
        var recording = Recording(RecordingOptions(), score: 0.4)
        let record = frame(0, [object(0, score: 0.1), object(50)])
        #expect(recording.add(record, width: 320, height: 240).map(\.json) == [record.json] && recording.finish().isEmpty)
    }

    @Test func weakObjectsAreReportedOnlyWhereTheyContinueATrack() throws {
        var recording = Recording(try makeOptions(), score: 0.4)
        func add(_ index: Int, _ objects: [DetectedObject]) throws -> [Int?] {
            let lines = recording.add(frame(index, objects), width: 320, height: 240)
            return try #require((lines.first as? FrameRecord)?.objects).map(\.trackID)
        }
        #expect(try add(0, [object(0), object(200, score: 0.3)]) == [1])
        #expect(try add(1, [object(1, score: 0.2), object(200, score: 0.3)]) == [1])
        // A strong one that is new is reported, but has no number yet.
        #expect(try add(2, [object(2), object(200, score: 0.5)]) == [1, nil])
        #expect(try add(3, [object(3), object(200, score: 0.5)]) == [1, 2])
    }

    /// Left off at any frame and taken up from what was saved, the records are the same.
    @Test(arguments: [RecordingOptions.Lines.frames, .changes, .events])
    func goesOnAfterAnyFrame(lines: RecordingOptions.Lines) throws {
        for seed in [1, 2, 3] as [UInt64] {
            let (options, frames) = (try makeOptions(zones: true, lines), stream(seed: seed, frames: 60))
            let whole = try run(options, frames)
            for stop in 0..<60 { #expect(try run(options, frames, restoringAt: stop) == whole, "at \(stop)") }
        }
    }

    @Test func everyStartHasOneEndAndEveryEnterOneLeaveOrIsInside() throws {
        for seed in UInt64(10)..<40 {
            var recording = Recording(try makeOptions(zones: true, .events), score: 0.4)
            var (live, ended, inside): (Set<Int>, Set<Int>, Set<String>) = ([], [], [])
            var (entered, left, lastFrame) = (0, 0, -1)
            let frames = stream(seed: seed)
            let lines = frames.flatMap { recording.add($0, width: 320, height: 240) } + recording.finish()
            for line in lines {
                let event = try #require(line as? EventRecord)
                #expect(event.frame >= lastFrame && (event.endS != nil) == (event.event == .end))
                lastFrame = event.frame
                switch event.event {
                case .start: #expect(live.insert(event.trackID).inserted && !ended.contains(event.trackID))
                case .update: #expect(live.contains(event.trackID))
                case .end: #expect(live.remove(event.trackID) != nil && ended.insert(event.trackID).inserted)
                }
                if let start = event.startS, let end = event.endS { #expect(start <= end) }
                for happened in try #require(event.events) {
                    #expect(happened.trackID == event.trackID)
                    let key = "\(happened.zone ?? "") \(event.trackID)"
                    if happened.event == .enter { #expect(inside.insert(key).inserted) }
                    if happened.event == .leave { #expect(inside.remove(key) != nil) }
                    entered += happened.event == .enter ? 1 : 0
                    left += happened.event == .leave ? 1 : 0
                }
            }
            #expect(live.isEmpty)
            var end = EndRecord(source: "a", reason: .finished)
            recording.complete(&end)
            #expect(end.written == 0 && end.suppressed == frames.count && end.tracks ?? 0 >= ended.count)
            let zones = try #require(end.zones)
            #expect(zones.map(\.entered).reduce(0, +) == entered && zones.map(\.left).reduce(0, +) == left)
            #expect(zones.map(\.inside).reduce(0, +) == inside.count && entered - left == inside.count)
        }
    }

    /// What is not written is the same as what was written last.
    @Test func onlyChanges() throws {
        for zones in [false, true] {
            let frames = stream(seed: 50)
            let all = try run(try makeOptions(zones: zones), frames).dropLast()
            let changes = try run(try makeOptions(zones: zones, .changes), frames).dropLast()
            #expect(changes.first == all.first && changes.count < all.count)
            #expect(Set(changes).isSubset(of: Set(all)))
            let eventful = all.filter { $0.contains(#""events":[{"#) }
            #expect(Set(eventful).isSubset(of: Set(changes)))
        }
        var plain = RecordingOptions()
        plain.lines = .changes
        let (a, b, none) = ([object(0)], [object(9, classID: 1), object(50)], [DetectedObject]())
        let counts = [a, [object(99)], b, b, none, none, a].enumerated().map { frame($0, $1) }
        let written = try run(plain, counts)
        #expect(written.dropLast() == [0, 2, 4, 6].map { counts[$0].json }[...])
        #expect(written.last!.contains(#""written":4,"suppressed":3"#))
    }

    @Test func whereASceneEnds() throws {
        func ids(_ frames: [(FrameRecord, Int)]) throws -> [Int?] {
            var recording = Recording(try makeOptions(), score: 0.4)
            return frames.map { frame, width in
                if frame.cache?.reason == "reconnected" { recording.breakOff() }
                return (recording.add(frame, width: width, height: 240)[0] as? FrameRecord)?.objects?.first?.trackID
            }
        }
        let box = [object(50)]
        #expect(try ids((0..<4).map { (frame($0, box), 320) }) == [1, 1, 1, 1])
        #expect(try ids((0..<4).map { (frame($0, box, reason: $0 == 2 ? "reconnected" : nil), 320) }) == [1, 1, 2, 2])
        #expect(try ids((0..<4).map { (frame($0, box, reason: $0 == 2 ? "scene_cut" : nil), 320) }) == [1, 1, 1, 1])
        #expect(try ids((0..<4).map { (frame($0, box), $0 < 2 ? 320 : 640) }) == [1, 1, 2, 2])
        // A gap, a jump back, a small step back, and frames that are always far apart.
        #expect(try ids([0, 0.1, 5, 5.1].enumerated().map { (frame($0, box, pts: $1), 320) }) == [1, 1, 2, 2])
        #expect(try ids([9, 9.1, 0, 0.1].enumerated().map { (frame($0, box, pts: $1), 320) }) == [1, 1, 2, 2])
        #expect(try ids([9, 9.1, 9, 9.2].enumerated().map { (frame($0, box, pts: $1), 320) }) == [1, 1, 1, 1])
        #expect(try ids([0, 5, 10, 15].enumerated().map { (frame($0, box, pts: $1), 320) }) == [1, 1, 1, 1])
    }

    @Test func longStaysAreUpdatedNowAndThen() throws {
        var recording = Recording(try makeOptions(.events), score: 0.4)
        var kinds: [String] = []
        for index in 0..<250 {
            let score = index == 50 ? 0.96 : 0.9
            let lines = recording.add(frame(index, [object(50, score: index == 0 ? 0.6 : score)]), width: 320, height: 240)
            kinds += lines.compactMap { ($0 as? EventRecord).map { "\($0.event) \($0.frame)" } }
        }
        kinds += recording.finish().compactMap { ($0 as? EventRecord).map { "\($0.event) \($0.bestFrame)" } }
        #expect(kinds == ["start 0", "update 1", "update 50", "update 150", "end 50"])
    }

    private func makeOptions(_ lines: RecordingOptions.Lines) throws -> RecordingOptions { try makeOptions(zones: false, lines) }
}

/// SplitMix64: the same numbers every time.
struct Random: RandomNumberGenerator {
    private var state: UInt64
    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }
}
