import Foundation
import Testing
import Video

@Suite struct RenderTests {
    /// Frames and seconds of a video.
    private func frames(_ path: String) throws -> [(pts: Double, width: Int, height: Int)] {
        let reader = try VideoReader(path)
        var all: [(Double, Int, Int)] = []
        while let frame = try reader.next() { all.append((try #require(frame.ptsSeconds), frame.width, frame.height)) }
        #expect(reader.earlyEnd == nil)
        return all
    }

    @Test func everyFrameIsThere() throws {
        let place = try Workspace()
        let outcome = try expectSuccess(
            "deepvid infer street.mp4 --threads 1 -o seen.jsonl && deepvid render street.mp4 seen.jsonl -o out.mp4 --heat", in: place)
        #expect(outcome.output.isEmpty, "\(outcome.errors)")
        #expect(outcome.errors.isEmpty, "\(outcome.errors)")
        let all = try frames(place.path("out.mp4"))
        #expect(all.count == 90)
        #expect(all.allSatisfy { $0.width == 640 && $0.height == 384 })
        for (index, frame) in all.enumerated() { #expect(abs(frame.pts - Double(index) / 15) < 0.001) }
        // Boxes are drawn: the video differs from the clip where they are, and hardly elsewhere.
        let (drawn, plain) = (try picture(place.path("out.mp4"), 30), try picture(place.path("street.mp4"), 30))
        let changed = zip(drawn, plain).count { abs(Int($0) - Int($1)) > 60 }
        #expect(changed > 1000, "\(changed) of \(drawn.count)")
        #expect(changed < drawn.count / 4, "\(changed) of \(drawn.count)")
        let left = try FileManager.default.contentsOfDirectory(atPath: place.folder.path).filter { $0.hasSuffix(".part") }
        #expect(left.isEmpty)
    }

    private func picture(_ path: String, _ index: Int) throws -> [UInt8] {
        let reader = try VideoReader(path)
        while let frame = try reader.next() {
            if frame.index == index { return try PixelSampler(width: frame.width, height: frame.height).sample(frame) }
        }
        throw StrictnessError("\(path) has no frame \(index)")
    }

    @Test(arguments: [
        ("--every 7", 90, 0.0), ("--fps 2", 90, 0), ("--start 2 --duration 1", 15, 2), ("--max-frames 10", 10, 0),
        ("--start 1 --every 4 --max-frames 3", 9, 1),
    ])
    func allFramesOfTheSpan(options: String, count: Int, start: Double) throws {
        let place = try Workspace()
        let outcome = try expectSuccess(
            "deepvid infer street.mp4 --threads 1 \(options) -o seen.jsonl && deepvid render street.mp4 seen.jsonl -o out.mkv --scale 0.25",
            in: place)
        #expect(outcome.errors.isEmpty, "\(outcome.errors)")
        let all = try frames(place.path("out.mkv"))
        #expect(abs(all.count - count) <= (options.contains("fps") ? 1 : 0), "\(all.count)")
        #expect(all.allSatisfy { $0.width == 160 && $0.height == 96 }, "\(all.count)")
    }

    @Test(arguments: ["vfr.mkv", "rotated.mp4", "offset.ts", "resize.h264", "mpeg4.avi", "h264-10bit.mp4", "palette.gif", "interlaced.mp4"])
    func clipsOfAllKinds(clip: String) throws {
        let place = try Workspace()
        let outcome = try expectSuccess(
            "deepvid infer \(clip) --threads 1 --cache off -o seen.jsonl && deepvid render \(clip) seen.jsonl -o out.mp4 --heat --scale 1.01",
            in: place)
        #expect(outcome.errors.isEmpty, "\(outcome.errors)")
        let records = try String(contentsOfFile: place.path("seen.jsonl"), encoding: .utf8).split(separator: "\n").count - 2
        #expect(try frames(place.path("out.mp4")).count == records)
    }

    /// Less is drawn over the picture, the shorter the labels are.
    @Test func labelStyles() throws {
        let place = try Workspace()
        try expectSuccess(
            """
            deepvid infer street.mp4 --threads 1 --track --max-frames 4 -o seen.jsonl
            for style in full id none; do deepvid render street.mp4 seen.jsonl -o $style.mp4 --label-style $style; done
            """, in: place)
        let plain = try picture(place.path("street.mp4"), 3)
        let changed = try ["full", "id", "none"].map { style in
            zip(try picture(place.path("\(style).mp4"), 3), plain).count { abs(Int($0) - Int($1)) > 60 }
        }
        #expect(try changed[at: 0] > changed[at: 1])
        #expect(try changed[at: 1] > changed[at: 2])
        #expect(try changed[at: 2] > 0)
        try expectRefusal("deepvid render street.mp4 seen.jsonl -o x.mp4 --label-style short", "--label-style", in: place)
    }

    @Test func throughPipesAndFromFilteredRecords() throws {
        let outcome = try expectSuccess(
            """
            deepvid infer street.mp4 --threads 1 --max-frames 8 | deepvid render street.mp4 - -o a.mp4 &&
            deepvid infer street.mp4 --threads 1 --max-frames 8 | jq -c 'select(.type == "frame") | .objects |= map(select(.label == "car"))' |
              deepvid render street.mp4 - -o b.mov --codec mpeg4 --reuse && ls -s a.mp4 b.mov | wc -l
            """)
        #expect(outcome.output == "2\n", "\(outcome.errors)")
        #expect(outcome.errors.isEmpty, "\(outcome.errors)")
    }

    @Test func resultsOfAnotherClip() throws {
        let place = try Workspace()
        _ = try shell(
            "deepvid infer moving.mp4 --threads 1 --cache off -o moving.jsonl; deepvid infer street.mp4 --threads 1 -o street.jsonl",
            in: place)
        try expectRefusal("deepvid render street.mp4 moving.jsonl -o out.mp4", "moving.jsonl", "street.mp4", "640×384", in: place)
        // Of the same size, but with other times.
        _ = try shell("jq -c 'if .pts_s then .pts_s += 0.03 else . end' street.jsonl >late.jsonl", in: place)
        try expectRefusal("deepvid render street.mp4 late.jsonl -o out.mp4", "late.jsonl", "frame 0", "0.030", in: place)
        _ = try shell("jq -c 'if .frame == 20 then .pts_s += 0.03 else . end' street.jsonl >mixed.jsonl", in: place)
        try expectRefusal("deepvid render street.mp4 mixed.jsonl -o out.mp4", "frame 20", "1.363", in: place)
        #expect(!FileManager.default.fileExists(atPath: place.path("out.mp4")))
        // Longer than the clip: what there is, is written, and it is said.
        let longer = try shell(
            #"sed 's/"frame":89,"pts_s":5.933333/"frame":95,"pts_s":6.333333/' street.jsonl >longer.jsonl; deepvid render street.mp4 longer.jsonl -o out.mp4"#,
            in: place)
        #expect(longer.status == 1, "\(longer.errors)")
        #expect(longer.errors.contains("frame 95"), "\(longer.errors)")
        let renamed = try expectSuccess("cp street.mp4 other.mp4; deepvid render other.mp4 street.jsonl -o out.mp4", in: place)
        #expect(renamed.errors.hasPrefix("deepvid: warning: street.jsonl: was made from street.mp4"), "\(renamed.errors)")
    }

    @Test func oneOfSeveralInputs() throws {
        let place = try Workspace()
        let outcome = try expectSuccess(
            """
            deepvid infer moving.mp4 street.mp4 --threads 1 --max-frames 12 -o all.jsonl &&
            deepvid render street.mp4 all.jsonl -o street-out.mp4 && deepvid render moving.mp4 all.jsonl -o moving-out.mp4
            """, in: place)
        #expect(outcome.errors.isEmpty, "\(outcome.errors)")
        #expect(try frames(place.path("street-out.mp4")).count == 12)
        #expect(try frames(place.path("moving-out.mp4")).count == 12)
        try expectRefusal("deepvid render vfr.mkv all.jsonl -o out.mp4", "vfr.mkv", "moving.mp4, street.mp4", in: place)
    }

    @Test func recordsThatBreakOff() throws {
        let place = try Workspace()
        _ = try shell(
            "deepvid infer street.mp4 --threads 1 -o seen.jsonl; head -c 9000 seen.jsonl >cut.jsonl; (head -20 seen.jsonl; echo rubbish) >bad.jsonl",
            in: place)
        let cut = try expectSuccess("deepvid render street.mp4 cut.jsonl -o out.mp4", in: place)
        #expect(cut.errors.contains("warning: cut.jsonl: the last line is not complete"), "\(cut.errors)")
        #expect(try frames(place.path("out.mp4")).count > 5)
        let bad = try shell("deepvid render street.mp4 bad.jsonl -o bad.mp4", in: place)
        #expect(bad.status == 1, "\(bad.errors)")
        #expect(bad.errors.contains("bad.jsonl: line 21"), "\(bad.errors)")
        #expect(try frames(place.path("bad.mp4")).count >= 18)
    }

    @Test func clipsThatBreakOff() throws {
        let place = try Workspace()
        let outcome = try shell(
            "deepvid infer truncated.mp4 --threads 1 --cache off -o seen.jsonl -q; deepvid render truncated.mp4 seen.jsonl -o out.mp4",
            in: place)
        #expect(outcome.status == 1, "\(outcome.errors)")
        #expect(outcome.errors.contains("truncated.mp4: "), "\(outcome.errors)")
        #expect(try frames(place.path("out.mp4")).count > 10)
    }

    /// As after a camera's clock was set: the video is as long as it plays.
    @Test(arguments: ["early.ts late.ts", "late.ts early.ts"])
    func clocksThatJumpByADay(order: String) throws {
        let place = try Workspace()
        let outcome = try expectSuccess(
            """
            ffmpeg -v error -i street.mp4 -c copy -f mpegts early.ts
            ffmpeg -v error -i street.mp4 -c copy -output_ts_offset 86400 -f mpegts late.ts
            cat \(order) >jump.ts; deepvid infer jump.ts --threads 1 --cache off -o seen.jsonl
            deepvid render jump.ts seen.jsonl -o out.mp4 --scale 0.25
            """, in: place)
        #expect(outcome.errors.contains("warning: jump.ts: the clock jumps by "), "\(outcome.errors)")
        let all = try frames(place.path("out.mp4"))
        #expect(all.count == 180)
        let length = (all.last?.pts ?? 0) - (all.first?.pts ?? 0)
        #expect(abs(length - 179.0 / 15) < 0.2, "\(length) s")
    }

    @Test func interruptionLeavesAWholeVideo() throws {
        let place = try Workspace()
        // The clip does not end before the signal comes.
        let outcome = try shell(
            """
            deepvid infer street.mp4 --threads 1 -o seen.jsonl
            mkfifo more; (cat seen.jsonl | grep -v '"end"' | head -40; sleep 4) >more &
            env --default-signal=INT deepvid render street.mp4 more -o out.mp4 --progress always 2>progress & pid=$!
            while ! grep -q '[0-9] frame' progress 2>/dev/null; do sleep 0.1; done
            sleep 1; kill -s INT $pid; wait $pid; exit $?
            """, in: place)
        #expect(outcome.status == 130, "\(outcome.errors)")
        #expect(try frames(place.path("out.mp4")).count > 0)
    }

    @Test func zonesAreDrawn() throws {
        let place = try Workspace()
        try place.write(
            #"{"zones":[{"name":"kerb","points":[[20,300],[620,300],[620,370],[20,370]]}],"lines":[{"name":"gate","points":[[320,0],[320,384]]}]}"#,
            to: "zones.json")
        let outcome = try expectSuccess(
            "deepvid infer street.mp4 --threads 1 --max-frames 3 -o seen.jsonl; deepvid render street.mp4 seen.jsonl --zones zones.json -o out.mp4",
            in: place)
        #expect(outcome.errors.isEmpty, "\(outcome.errors)")
        let (drawn, plain) = (try picture(place.path("out.mp4"), 2), try picture(place.path("street.mp4"), 2))
        let at = 3 * (300 * 640 + 100)
        #expect(abs(Int(drawn[at]) - Int(plain[at])) + abs(Int(drawn[at + 2]) - Int(plain[at + 2])) > 30)
        try place.write("{\"zones\":7}", to: "zones.json")
        try expectRefusal("deepvid render street.mp4 seen.jsonl --zones zones.json -o out.mp4", "zones.json", "points", in: place)
    }

    /// Records that nobody writes, and that must not bring anyone down.
    @Test func absurdRecords() throws {
        let place = try Workspace()
        let boxes = ["[1e308,-1e308,1e308,1e308]", "[]", "[0,0,1e5,1e5]", "[-50,-50,30,30]", "[1,2,3]", "[630,380,100,100]", "[0,0,0,0]"]
        let objects = boxes.map { #"{"label":"\u0000é漢字<b>","class_id":-9223372036854775808,"score":1e300,"box":\#($0),"track_id":-3}"# }
        let lines = (0..<5).map { index in
            #"{"type":"frame","frame":\#(index),"objects":[\#(objects.joined(separator: ","))],"cache":{"policy":"x","reused":-7},"timing_ms":{"decode":0,"infer":0,"total":0}}"#
        }
        let last =
            #"{"type":"frame","frame":9223372036854775807,"classes":[{"label":"","class_id":1,"score":-1}],"timing_ms":{"decode":0,"infer":0,"total":0}}"#
        try place.write((lines + [last]).joined(separator: "\n") + "\n", to: "odd.jsonl")
        let outcome = try shell("deepvid render street.mp4 odd.jsonl -o out.mp4 --heat", in: place)
        #expect(outcome.status == 1, "\(outcome.errors)")
        #expect(outcome.errors.contains("frame 9223372036854775807"), "\(outcome.errors)")
        #expect(try frames(place.path("out.mp4")).count == 90)
        let report = try expectSuccess("deepvid report odd.jsonl -o -", in: place)
        #expect(report.output.contains("</html>"), "\(report.errors)")
    }

    @Test func senselessUses() throws {
        let place = try Workspace()
        try place.write("hello\n", to: "notes.txt")
        try place.write("", to: "empty.jsonl")
        _ = try shell(
            "ln -s street.mp4 linked.mp4; deepvid infer street.mp4 --threads 1 --max-frames 2 -o seen.jsonl; deepvid compare street.mp4 --threads 1 --max-frames 3 --json >compared.json",
            in: place)
        for (arguments, words) in [
            ("street.mp4 seen.jsonl", "--output"), ("street.mp4 seen.jsonl -o out.webm", "WebM"),
            ("street.mp4 seen.jsonl -o out.avi", ".mp4"),
            ("street.mp4 seen.jsonl -o no/such/out.mp4", "no folder"), ("street.mp4 seen.jsonl -o .", "is a directory"),
            ("street.mp4 seen.jsonl -o street.mp4", "is also an input"), ("street.mp4 seen.jsonl -o linked.mp4", "is also an input"),
            ("street.mp4 notes.txt -o out.mp4", "notes.txt: line 1"),
            ("street.mp4 empty.jsonl -o out.mp4", "empty"), ("street.mp4 missing.jsonl -o out.mp4", "no such file"),
            ("street.mp4 . -o out.mp4", "is a directory"), ("missing.mp4 seen.jsonl -o out.mp4", "no such file"),
            ("street.mp4 street.mp4 -o out.mp4", "is a video"), ("street.mp4 compared.json -o out.mp4", "compare"),
            ("street.mp4 seen.jsonl -o out.mp4 --scale 0", "--scale"), ("street.mp4 seen.jsonl -o out.mp4 --scale nan", "--scale"),
            ("street.mp4 seen.jsonl -o out.mp4 --crf 52", "--crf"), ("street.mp4 seen.jsonl -o out.mp4 --codec av1", "codec"),
            ("street.mp4 seen.jsonl -o out.mp4 --zones missing.json", "missing.json"), ("- - -o out.mp4", "only once"),
            ("street.mp4 seen.jsonl -o out.mp4 --scale 0.0001", "--scale"),
        ] { try expectRefusal("deepvid render \(arguments)", words, in: place) }
    }
}
