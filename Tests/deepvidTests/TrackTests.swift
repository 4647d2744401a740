import Foundation
import Testing

@testable import Results

/// `--track`, `--zones`, `--only-changes` and `--events`, end to end.
@Suite struct TrackTests {
    /// A zone over the lower part of the picture, and a line down its middle.
    private static let zones = """
        {"unit": "fraction", "zones": [{"name": "road", "points": [[0, 0.5], [1, 0.5], [1, 1], [0, 1]], "dwell_s": 1}],
         "lines": [{"name": "middle", "points": [[0.5, 0], [0.5, 1]], "anchor": "center"}]}
        """

    private func run(_ flags: String) throws -> Records {
        let place = try Workspace()
        try place.write(Self.zones, to: "zones.json")
        let outcome = try expectSuccess("deepvid infer street.mp4 --cache off \(flags)", in: place)
        #expect(outcome.errors.isEmpty, "\(outcome.errors)")
        return try Records(outcome)
    }

    @Test func objectsHaveNumbersAndAreOtherwiseTheSame() throws {
        let (plain, tracked) = (try run(""), try run("--track"))
        #expect(try tracked.begins[at: 0].options.trackBufferS == 1)
        #expect(try plain.begins[at: 0].options.trackBufferS == nil)
        #expect(plain.frames.allSatisfy { $0.events == nil && $0.objects!.allSatisfy { $0.trackID == nil && $0.zones == nil } })
        let score = try #require(try plain.begins[at: 0].options.score)
        var classes: [Int: Int] = [:]
        for (before, after) in zip(plain.frames, tracked.frames) {
            var strong = after.objects!.filter { $0.score >= score }
            for index in strong.indices { (strong[index].trackID, strong[index].isStatic) = (nil, nil) }
            #expect(strong == before.objects)
            // Weaker ones are there because they belong to somebody.
            #expect(after.objects!.filter { $0.score < score }.allSatisfy { $0.trackID != nil && $0.score >= 0.1 })
            let ids = after.objects!.compactMap(\.trackID)
            #expect(Set(ids).count == ids.count)
            for object in after.objects! {
                if let id = object.trackID { #expect(classes.updateValue(object.classID, forKey: id) ?? object.classID == object.classID) }
            }
        }
        #expect(Set(classes.keys) == Set(1...classes.count))
        #expect(try tracked.ends[at: 0].tracks == classes.count)
    }

    @Test func zonesSayWhatHappens() throws {
        let records = try run("--zones zones.json")
        let end = try #require(records.ends.first)
        #expect(try records.begins[at: 0].options.zones == [.init(name: "road", points: [[0, 192], [640, 192], [640, 384], [0, 384]])])
        let events = records.frames.flatMap { $0.events ?? [] }
        #expect(records.frames.allSatisfy { $0.events != nil })
        #expect(events.contains { $0.kind == .enter })
        #expect(events.contains { $0.kind == .cross })
        var inside: Set<Int> = []
        for frame in records.frames {
            for event in frame.events! {
                switch event.kind {
                case .enter:
                    #expect(event.zone == "road")
                    #expect(inside.insert(event.trackID).inserted)
                case .leave:
                    #expect(event.dwellSeconds != nil)
                    #expect(inside.remove(event.trackID) != nil)
                case .dwell:
                    #expect(event.dwellSeconds! >= 1)
                    #expect(inside.contains(event.trackID))
                case .cross:
                    #expect(event.line == "middle")
                    #expect(event.direction != nil)
                }
            }
            for object in frame.objects! {
                guard object.isStatic != true else { continue }
                #expect(object.zones == object.trackID.map { inside.contains($0) ? ["road"] : [] })
            }
        }
        let count = try #require(end.zones?.first)
        #expect(count.entered == events.count { $0.kind == .enter })
        #expect(count.left == events.count { $0.kind == .leave })
        #expect(count.inside == inside.count)
        #expect(count.entered == count.left + count.inside)
        let line = try #require(end.lines?.first)
        #expect(line.leftToRight == events.count { $0.direction == .leftToRight })
        #expect(line.rightToLeft == events.count { $0.direction == .rightToLeft })
    }

    @Test func onlyChangesLeavesFramesOut() throws {
        for flags in ["", "--track ", "--zones zones.json "] {
            let (all, changes) = (try run(flags), try run(flags + "--only-changes"))
            let end = try #require(changes.ends.first)
            #expect(changes.frames.first?.frame == 0)
            #expect(changes.frames.count < all.frames.count)
            #expect(end.written == changes.frames.count)
            #expect(end.frames == all.frames.count)
            #expect(end.written! + end.suppressed! == end.frames)
            #expect(try changes.begins[at: 0].options.records == "changes")
            for frame in changes.frames { #expect(frame.objects == all.frames[frame.frame].objects) }
            let eventful = all.frames.filter { $0.events?.isEmpty == false }.map(\.frame)
            #expect(Set(changes.frames.map(\.frame)).isSuperset(of: eventful))
        }
    }

    @Test func eventsBeginAndEnd() throws {
        let records = try run("--zones zones.json --events")
        #expect(records.frames.isEmpty)
        #expect(records.types.first == "begin")
        #expect(records.types.last == "end")
        let (starts, ends) = (records.events.filter { $0.kind == .start }, records.events.filter { $0.kind == .end })
        #expect(zip(starts, starts.dropFirst()).allSatisfy { $0.trackID < $1.trackID })
        #expect(Set(ends.map(\.trackID)) == Set(starts.map(\.trackID)))
        #expect(ends.count == starts.count)
        // What never moved is no event, and said to be so.
        let seen = try #require(records.ends[at: 0].seen)
        #expect(try seen.reduce(0) { $0 + $1.tracks! } == records.ends[at: 0].tracks)
        #expect(seen.reduce(0) { $0 + $1.tracks! - ($1.staticTracks ?? 0) } == starts.count)
        #expect(seen.contains { $0.label == "car" && $0.staticTracks == 1 })
        #expect(try records.ends[at: 0].written == 0)
        for end in ends {
            #expect(end.startSeconds! <= end.endSeconds!)
            #expect(end.bestPts! >= end.startSeconds!)
            #expect(end.zones != nil)
            #expect(end.box.count == 4)
        }
        let same = try run("--zones zones.json")
        #expect(records.events.flatMap { $0.zoneEvents ?? [] }.count == same.frames.flatMap { $0.events ?? [] }.count)
        #expect(try records.ends[at: 0].zones == same.ends[at: 0].zones)
        #expect(try records.ends[at: 0].lines == same.ends[at: 0].lines)
    }

    @Test func severalInputsNameThemselvesAndNumberAnew() throws {
        let records = try Records(try shell("deepvid infer street.mp4 street.mp4 --max-frames 5 --events --static keep"))
        #expect(records.events.allSatisfy { $0.source == "street.mp4" })
        #expect(records.events.count { $0.kind == .start && $0.trackID == 1 } == 2)
    }

    /// The parked car, the car that comes in and the two people of the clip, however many of its frames are looked at.
    @Test(arguments: ["", "--fps 5", "--every 2"]) func idsAreKeptAtAnyRate(flags: String) throws {
        let seen = try #require(try run("--track \(flags)").ends.first?.seen)
        #expect(seen.first { $0.label == "person" }?.tracks == 2)
        #expect(seen.first { $0.label == "car" }?.tracks == 2)
        #expect(seen.first { $0.label == "car" }?.staticTracks == 1)
    }

    @Test func masksAndSizesLeaveObjectsOut() throws {
        let place = try Workspace()
        try place.write(
            #"{"unit": "fraction", "masks": [{"name": "left", "points": [[0, 0], [0.4, 0], [0.4, 1], [0, 1]], "classes": ["car"]}]}"#,
            to: "masks.json")
        let records = try Records(
            try expectSuccess(
                "deepvid infer street.mp4 --zones masks.json --min-size 50px --static keep --cache off --max-frames 20", in: place))
        let options = try records.begins[at: 0].options
        #expect(options.masks?.map(\.name) == ["left"])
        #expect(options.minSizePx == 50)
        #expect(options.staticObjects == "keep")
        let objects = records.frames.flatMap { $0.objects ?? [] }
        #expect(objects.contains { $0.label == "person" && $0.box[0] < 0.4 * 640 })
        #expect(!objects.contains { $0.label == "car" && $0.box[0] + $0.box[2] / 2 < 0.4 * 640 })
        #expect(objects.allSatisfy { $0.box[3] >= 50 && $0.isStatic == nil })
    }

    @Test func otherClips() throws {
        for clip in ["resize.h264", "vfr.mkv", "moving.mp4 --every 3", "offset.ts", "interlaced.mp4"] {
            #expect(try shell("deepvid infer \(clip) --score 0.05 --track | jq -c .").status == 0, "\(clip)")
            let records = try Records(try shell("deepvid infer \(clip) --score 0.05 --events"))
            #expect(records.events.count { $0.kind == .start } == records.events.count { $0.kind == .end }, "\(clip)")
        }
    }

    @Test(
        arguments: [
            ("nowhere.json", nil, "nowhere.json"), ("bad.json", "{", "not JSON"),
            ("bad.json", #"{"zones": [{"name": "a"}]}"#, "zones[0].points"),
            ("bad.json", #"{"zones": [{"name": "a", "points": [[0, 0], [9, 9], [9, 0], [0, 9]]}]}"#, "meet"),
            ("bad.json", #"{"zones": [{"name": "a", "points": [[0, 0], [9, 9], [9, 0]], "classes": ["dragon"]}]}"#, "dragon"),
            ("/dev/zero", nil, "more than 1 MB"), ("/tmp", nil, "/tmp"),
        ] as [(String, String?, String)])
    func badZoneFiles(name: String, text: String?, words: String) throws {
        let place = try Workspace()
        if let text { try place.write(text, to: name) }
        try expectRefusal("deepvid infer street.mp4 --zones \(name)", words, in: place)
    }

    @Test func zonesOutsideThePicture() throws {
        let place = try Workspace()
        try place.write(#"{"zones": [{"name": "far", "points": [[0, 0], [900, 9], [9, 0]]}]}"#, to: "far.json")
        let outcome = try shell("deepvid infer street.mp4 --zones far.json", in: place)
        #expect(outcome.status == 2)
        #expect(outcome.errors.contains("640x384"))
        #expect(outcome.errors.contains("'far'"))
        #expect(try Records(outcome).ends.first?.error?.code == "invalid_options")
    }

    @Test(arguments: [
        ("--events --only-changes", "--only-changes"), ("--track-buffer 3", "--track-buffer"), ("--track --track-buffer 7200", "hour"),
        ("--static keep", "--track"), ("--track --static maybe", "keep"), ("--min-size 40", "40px"), ("--min-size 0", "--min-size"),
        ("--min-size 9px --head classification", "classification"), ("--track --head classification", "classification"),
        ("--only-changes --head embedding", "embedding"),
    ])
    func contradictions(flags: String, words: String) throws {
        try expectRefusal("deepvid infer street.mp4 --model detector.onnx \(flags)", words)
    }

    /// What is kept and told of objects follows them, too.
    @Test(arguments: ["--snapshots seen", "--on-event true", "--mqtt mqtt://127.0.0.1:9"]) func staticGoesWithAllThatFollows(flag: String)
        throws
    {
        try expectSuccess("deepvid infer street.mp4 --static keep --track-buffer 2 --max-frames 2 \(flag)")
    }
}
