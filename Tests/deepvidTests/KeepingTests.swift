import Foundation
import Results
import TestSupport
import Testing
import Video

/// `--snapshots`, `cut` and `--clips`, end to end.
@Suite struct KeepingTests {
    private func names(_ place: Workspace, _ folder: String) throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: place.path(folder)).sorted()
    }

    private func frames(_ path: String) throws -> [Frame] {
        let reader = try VideoReader(path)
        var frames: [Frame] = []
        while let frame = try reader.next() { frames.append(frame) }
        #expect(reader.corruptPackets == 0, "\(path)")
        return frames
    }

    // MARK: Snapshots

    @Test func everyObjectHasPictures() throws {
        let place = try Workspace()
        let records = try Records(try expectSuccess("deepvid infer street.mp4 --cache off --events --snapshots seen", in: place))
        #expect(try records.begins[at: 0].options.snapshots == "seen")
        let ends = records.events.filter { $0.kind == .end }
        #expect(!ends.isEmpty)
        #expect(records.events.allSatisfy { ($0.snapshot != nil) == ($0.kind == .end) })
        let files = ends.compactMap(\.snapshot)
        #expect(try names(place, "seen") == files.flatMap { [$0.crop, $0.frame] }.sorted())
        for file in files {
            let whole = try #require(try frames(place.path("seen/\(file.frame)")).first)
            #expect((whole.width, whole.height) == (640, 384))
            let crop = try #require(try frames(place.path("seen/\(file.crop)")).first)
            #expect(crop.width < 640)
        }
    }

    /// Whoever reads the records need not know that pictures were kept.
    @Test func recordsAreTheSame() throws {
        func run(_ flags: String) throws -> [String] {
            let lines = try expectSuccess("deepvid infer street.mp4 --threads 2 --max-frames 50 \(flags)").lines
            return lines.filter { $0.hasPrefix("{\"type\":\"frame\"") }.map { $0.replacing(/"timing_ms":\{[^}]*\}/, with: "") }
        }
        #expect(try run("--snapshots seen --on-event true") == run("--track"))
    }

    @Test func pipesAndBatches() throws {
        let place = try Workspace()
        let piped = try Records(
            try expectSuccess("cat street.mp4 | deepvid infer - --max-frames 30 --events --snapshots piped", in: place))
        #expect(piped.events.allSatisfy { $0.snapshot != nil })
        #expect(try names(place, "piped").count == 2 * piped.events.count { $0.kind == .start })
        try expectSuccess("deepvid batch street.mp4 -o out --events --max-frames 30 --snapshots seen --quiet", in: place)
        let ends = try shell("jq -r 'select(.event == \"end\").snapshot | .crop, .frame' out/street.mp4.jsonl", in: place).lines
        #expect(try names(place, "seen") == ends.sorted())
        #expect(!ends.isEmpty)
    }

    /// Folders are made with those around them, as those of records are.
    @Test func foldersAreMadeWithTheirParents() throws {
        let place = try Workspace()
        try expectSuccess("deepvid infer street.mp4 --snapshots seen/today/street --max-frames 60", in: place)
        #expect(try !names(place, "seen/today/street").isEmpty)
        try expectRefusal(
            "deepvid infer street.mp4 --snapshots street.mp4/seen", "street.mp4: is not a folder; --snapshots needs one", in: place)
    }

    @Test func picturesThatCannotBeMadeDoNotEndTheRun() throws {
        let place = try Workspace()
        try expectRefusal("deepvid infer street.mp4 --snapshots street.mp4", "not a folder", in: place)
        // The recording goes while it is read.
        let outcome = try shell(
            "cp street.mp4 gone.mp4; deepvid infer gone.mp4 --cache off --events --snapshots seen --on-event 'rm -f gone.mp4'", in: place)
        #expect(outcome.status == 1, "\(outcome.errors)")
        #expect(outcome.errors.split(separator: "\n").count { $0.contains("no pictures of gone.mp4") } == 1, "\(outcome.errors)")
        #expect(try Records(outcome).ends[at: 0].reason == .finished)
    }

    // MARK: Cut

    /// Records as a run would have written them, of a clip and one object in it.
    private func results(_ source: String, _ start: Double, _ end: Double, label: String = "car", zones: String = "") -> String {
        """
        \(beginLine(source, options: ",\"track_buffer_s\":1,\"records\":\"events\""))
        {"type":"event","event":"end","track_id":1,"label":"\(label)","class_id":2,"frame":9,"start_s":\(start),"end_s":\(end),"pts_s":\(end),\
        "score":0.9,"box":[1,2,3,4],"best_frame":3,"entered_zones":[\(zones)]}
        {"type":"event","event":"end","track_id":2,"label":"person","class_id":0,"frame":9,"start_s":\(start),"end_s":\(start),"pts_s":\(end),\
        "score":0.9,"box":[1,2,3,4],"best_frame":3}
        \(endLine(source, frames: 9))

        """
    }

    private struct Cuts: Decodable {
        struct Clip: Decodable {
            let file, camera, source: String
            let start_s, end_s, duration_s: Double
            let frames, bytes: Int
            let objects: [[String: Value]]
            let zones: [String]
        }
        enum Value: Decodable, Equatable {
            case text(String), number(Int)
            init(from decoder: any Decoder) throws {
                let value = try decoder.singleValueContainer()
                if let number = try? value.decode(Int.self) { self = .number(number) } else { self = .text(try value.decode(String.self)) }
            }
        }
        let clips: [Clip]
    }

    private func cut(_ flags: String, _ place: Workspace, status: Int32 = 0) throws -> (clips: [Cuts.Clip], outcome: Outcome) {
        let outcome = try shell("deepvid cut \(flags) -o clips --json", in: place)
        #expect(outcome.status == status, "\(outcome.errors)")
        return (try JSONDecoder().decode(Cuts.self, from: Data(outcome.output.utf8)).clips, outcome)
    }

    @Test func clipsAroundEvents() throws {
        let place = try Workspace()
        try place.write(results("street.mp4", 4.5, 4.6) + results("moving.mp4", 1.2, 1.4), to: "a.jsonl")
        let clips = try cut("a.jsonl --pad 0.2", place).clips
        #expect(clips.map(\.source) == ["street.mp4", "moving.mp4"])
        #expect(try clips[at: 0].file == "clips/street_000004.500s.mp4")
        #expect(try clips[at: 0].start_s == 4)
        #expect(
            try clips[at: 0].objects == [["label": .text("car"), "count": .number(1)], ["label": .text("person"), "count": .number(1)]])
        for clip in clips {
            let frames = try frames(place.path(clip.file))
            #expect(frames.count == clip.frames)
            #expect(frames.first?.isKeyFrame == true)
            #expect(abs(clip.duration_s - (clip.end_s - clip.start_s)) < 0.001)
            #expect(try FileManager.default.attributesOfItem(atPath: place.path(clip.file))[.size] as? Int == clip.bytes)
        }
        #expect(try names(place, "clips").count == 2)
        let table = try shell("deepvid cut a.jsonl --pad 0.2 -o clips", in: place)
        #expect(table.lines.count == 3, "\(table.output)")
        #expect(try table.lines[at: 1].contains("1 car, 1 person"))
    }

    /// Of a camera there are the clips that were kept while it ran.
    @Test func clipsThatWereKeptAreListed() throws {
        let place = try Workspace()
        func live(_ begin: Int) -> String {
            results("rtsp://gate/1", Double(begin), Double(begin) + 1).replacing(
                "\"start_s\":", with: "\"start_time\":\"2026-11-21T18:00:0\(begin).000Z\",\"start_s\":"
            ).replacing("\"options\":{", with: "\"options\":{\"clips\":\"kept\",")
        }
        try place.write(live(2), to: "a.jsonl")
        _ = try shell(
            "mkdir kept; for t in 17:30:00 18:00:02 19:00:00; do cp street.mp4 kept/gate-1_20261121T$(echo $t | tr -d :)+0000.mp4; done",
            in: place)
        let outcome = try cut("a.jsonl --time-zone UTC", place)
        #expect(outcome.clips.map(\.file) == ["kept/gate-1_20261121T180002+0000.mp4"])
        #expect(try names(place, "clips").isEmpty)
    }

    /// Recordings of one camera have its name, and the table the clock of `--time-zone`; so have names of files.
    @Test func clipsOfACameraSortByTime() throws {
        let place = try Workspace()
        func seen(_ name: String, _ hour: Int) -> String {
            results(name, 1, 1.2).replacing("\"start_s\":1.0", with: "\"start_time\":\"2026-11-21T\(hour):00:01.000Z\",\"start_s\":1.0")
        }
        let names = [("front", 17), ("front", 18), ("back", 17)].map { "\($0)/ch01_20261121_\($1 + 1)0000.mp4" }
        try place.write(seen(names[0], 17) + seen(names[1], 18) + seen(names[2], 17), to: "a.jsonl")
        _ = try shell("mkdir front back; for f in \(names.joined(separator: " ")); do cp street.mp4 $f; done", in: place)
        let clips = try cut("a.jsonl --pad 0.2 --time-zone UTC", place).clips
        #expect(
            clips.map(\.file) == [
                "clips/front-ch01_20261121T170001+0000.mp4", "clips/front-ch01_20261121T180001+0000.mp4",
                "clips/back-ch01_20261121T170001+0000.mp4",
            ])
        #expect(clips.map(\.camera) == ["front/ch01", "front/ch01", "back/ch01"])
        let table = try expectSuccess("deepvid cut a.jsonl --pad 0.2 -o clips --time-zone Europe/Berlin --camera front/ch01", in: place)
        #expect(table.lines.first == "2026-11-21, on the clock of Europe/Berlin", "\(table.output)")
        #expect(table.lines.contains { $0.contains("T180001+0100.mp4  18:00:0") }, "\(table.output)")
        try expectRefusal("deepvid cut a.jsonl -o clips --zone yrd", "no zone 'yrd' in these results", in: place)
        // Local time of those that were there at seven in the evening.
        let evening = try expectSuccess(
            "deepvid cut a.jsonl --pad 0.2 -o late --time-zone Europe/Berlin --from 19:00 --to 20:00", in: place)
        #expect(evening.lines.count { $0.contains("late/") } == 1, "\(evening.output)")
    }

    @Test func filters() throws {
        let place = try Workspace()
        try place.write(results("street.mp4", 1, 1.2, zones: "\"road\"") + results("hues.mp4", 2, 2.1), to: "a.jsonl")
        #expect(try cut("a.jsonl --classes car", place).clips.allSatisfy { $0.objects.count == 1 })
        let inZone = try cut("a.jsonl --zone Road", place).clips
        #expect(inZone.map(\.source) == ["street.mp4"])
        #expect(try inZone[at: 0].zones == ["road"])
        #expect(try inZone[at: 0].objects.count == 1)
        #expect(try cut("a.jsonl --camera hues", place).clips.map(\.camera) == ["hues"])
        let none = try cut("a.jsonl --classes dragon", place)
        #expect(none.clips.isEmpty)
        #expect(none.outcome.errors.contains("dragon"))
    }

    @Test func whatIsMissingIsNamedAndTheOthersAreCut() throws {
        let place = try Workspace()
        try place.write(
            results("gone.mp4", 1, 2) + results("rtsp://camera/1", 1, 2) + results("street.mp4", 1, 2) + results("street.mp4", 99, 100),
            to: "a.jsonl")
        let (clips, outcome) = try cut("a.jsonl", place, status: 1)
        #expect(clips.map(\.source) == ["street.mp4"])
        for words in ["gone.mp4: the recording is not there", "rtsp://camera/1: is no recording", "street.mp4: shows nothing from 1:34"] {
            #expect(outcome.errors.contains(words), "\(outcome.errors)")
        }
        try place.write("\(beginLine())\n\(frameLine(0, at: 0, [Seen()]))\n", to: "untracked.jsonl")
        let untracked = try shell("deepvid cut untracked.jsonl -o clips", in: place)
        #expect(untracked.status == 2, "\(untracked.errors)")
        #expect(untracked.errors.contains("--track"))
    }

    @Test func ofATrackedRun() throws {
        let place = try Workspace()
        let clip = "gate_20261121_080000.mp4"
        try expectSuccess(
            "cp street.mp4 \(clip); deepvid infer \(clip) --track --time-zone UTC --max-frames 20 -o a.jsonl", in: place)
        let clips = try cut("a.jsonl --pad 0 --time-zone UTC", place).clips
        #expect(clips.map(\.file) == ["clips/gate_20261121T080000+0000.mp4"])
        #expect(try clips[at: 0].camera == "gate")
    }

    // MARK: Clips of live input

    @Test(.enabled(if: LiveSource.isAvailable, LiveSource.missing)) func liveClips() throws {
        let place = try Workspace()
        // Nothing for two seconds, a second and a half of the street, and nothing for three.
        let made = try shell(
            """
            nothing() { echo "color=gray:s=640x384:r=15:d=$1"; }
            ffmpeg -nostdin -loglevel error -f lavfi -i $(nothing 2) -t 1.5 -i street.mp4 -f lavfi -i $(nothing 3) \
                -filter_complex 'concat=n=3:v=1' -c:v mpeg4 -q:v 3 -g 5 -bf 0 live.mp4
            """, in: place)
        #expect(made.status == 0, "\(made.errors)")
        let outcome = try expectSuccess("deepvid infer live.mp4 --live --events --track-buffer 0.5 --clips clips --pad 0.6", in: place)
        let records = try Records(outcome)
        let begin = try #require(records.events.compactMap(\.startSeconds).min())
        let end = try #require(records.events.compactMap(\.endSeconds).max())
        let files = try names(place, "clips")
        #expect(files.count == 1, "\(files)")
        #expect(files.first?.wholeMatch(of: /live_[0-9]{8}T[0-9]{6}[+-][0-9]{4}\.mp4/) != nil, "\(files)")
        let frames = try frames(place.path("clips/\(files[at: 0])"))
        // From a key frame, of which there is one every third of a second, until a look a second.
        let length = try #require(frames.last?.ptsSeconds)
        #expect(length >= end - begin + 1.1)
        #expect(frames.count < 15 * 6)
        try expectRefusal("deepvid infer street.mp4 --clips clips", "deepvid cut", in: place)
    }
}
