import Foundation
import Testing

/// Nothing is destroyed: an output takes the place of nothing but its own kind.
@Suite struct OverwriteTests {
    /// A name that says another format, whether the file is there or not.
    @Test(arguments: [
        ("report a.jsonl -o new.mp4", "a video"), ("report a.jsonl -o a.JSONL", "records"), ("report a.jsonl -o page.dav", "a video"),
        ("infer moving.mp4 -o new.mp4", "a video"), ("infer moving.mp4 -o new.html", "a page"), ("infer moving.mp4 -o new.csv", "a table"),
        ("infer moving.mp4 -o night.mp4 --segment 10m", "a video"), ("export a.jsonl --to csv -o new.mkv", "a video"),
        ("export a.jsonl --to coco -o new.csv", "a table"), ("export a.jsonl --to csv -o new.jsonl.zst", "records"),
    ])
    func namesOfOtherFormatsAreRefused(command: String, kind: String) throws {
        let place = try Workspace()
        try expectSuccess("deepvid infer street.mp4 --max-frames 2 -o a.jsonl", in: place)
        try expectRefusal("deepvid \(command)", "is the name of \(kind)", in: place)
        #expect(!FileManager.default.fileExists(atPath: place.path("new.mp4")))
    }

    @Test func recordingsAreNotDrawnOver() throws {
        let place = try Workspace()
        let render = "deepvid render street.mp4 a.jsonl --scale 0.25 -o"
        try expectSuccess("deepvid infer street.mp4 --max-frames 3 -o a.jsonl; cp moving.mp4 mine.mp4; cp a.jsonl mine.mkv", in: place)
        try expectRefusal("\(render) mine.mp4", "is no video that 'render' drew", in: place)
        try expectRefusal("\(render) mine.mkv", "is no video that 'render' drew", in: place)
        try expectSuccess("cmp mine.mp4 moving.mp4 && cmp mine.mkv a.jsonl", in: place)
        for name in ["drawn.mp4", "drawn.mov", "drawn.mkv"] {
            try expectSuccess("\(render) \(name) && \(render) \(name)", in: place)
        }
    }

    @Test func memoriesAreNotWrittenOverOtherFiles() throws {
        let place = try Workspace()
        try expectSuccess("cp street.mp4 clip.mp4; cp detector.onnx model.onnx", in: place)
        try expectRefusal("deepvid memory build model.onnx --video hues.mp4 -o clip.mp4", "is no memory", in: place)
        try expectRefusal("deepvid memory build model.onnx --video hues.mp4 -o model.onnx", "is no memory", in: place)
        try expectSuccess("cmp clip.mp4 street.mp4 && cmp model.onnx detector.onnx", in: place)
    }

    @Test func picturesOfAnInputAreNotWrittenOver() throws {
        let place = try Workspace()
        try expectSuccess("mkdir frames; cp sequence/* frames/", in: place)
        let first = try expectSuccess("ls frames | head -1", in: place).lines.first ?? ""
        let pattern = "'frames/*.\(first.split(separator: ".").last ?? "png")'"
        if first.hasSuffix(".png") {
            try expectRefusal("deepvid compare \(pattern) --save-worst frames", "has the pictures of the input", in: place)
            try expectRefusal("deepvid infer \(pattern) --maps frames", "has the pictures of the input", in: place)
        }
    }

    /// They are replaced, as the manual says; whoever mixed up two names sees it.
    @Test func resultsOfAnotherInputAreReplacedWithAWord() throws {
        let place = try Workspace(), infer = "--max-frames 2 -q -o a.jsonl"
        let again = try expectSuccess("deepvid infer street.mp4 \(infer) && deepvid infer ./street.mp4 \(infer)", in: place)
        #expect(again.errors.isEmpty, "\(again.errors)")
        let other = try expectSuccess("deepvid infer moving.mp4 --max-frames 2 -o a.jsonl", in: place)
        #expect(other.errors.contains("a.jsonl: the records of ./street.mp4 that were in it are replaced"), "\(other.errors)")
        #expect(try expectSuccess("grep -c moving.mp4 a.jsonl", in: place).output != "0\n")
    }

    /// Live output is added to, or refused: never begun anew.
    @Test func liveOutputIsKept() throws {
        let place = try Workspace()
        let live = "deepvid infer street.mp4 --live --duration 0.5 -q -o"
        try expectSuccess(
            "\(live) a.jsonl && cp a.jsonl first && \(live) a.jsonl && head -c $(stat -c %s first) a.jsonl | cmp - first", in: place)
        #expect(try expectSuccess("grep -c '\"begin\"' a.jsonl", in: place).output == "2\n")
        try expectSuccess("\(live) a.jsonl.zst && zstd -t -q a.jsonl.zst", in: place)
        try expectRefusal("\(live) a.jsonl.zst", "not added to", in: place)
        try expectRefusal("cp moving.mp4 x.log; \(live) x.log", "no file of records", in: place)
    }
}
