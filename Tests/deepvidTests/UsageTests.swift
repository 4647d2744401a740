import Foundation
import Testing

/// Mistakes of people, and what they are told.
@Suite struct UsageTests {
    @Test func typos() throws {
        try expectRefusal("deepvid infre street.mp4", "infre", "'infer'")
        try expectRefusal("deepvid infer street.mp4 --modle x.onnx", "--modle", "'--model'")
        try expectRefusal("deepvid infer street.mp4 --head yoloxx", "yoloxx", "yolox")
        try expectRefusal("deepvid street.mp4", "deepvid infer street.mp4")
        try expectRefusal("deepvid infer", "input")
        let far = try shell("deepvid infer street.mp4 --bogus")
        #expect(far.status == 2 && far.errors.contains("--bogus") && !far.errors.contains("--zones"), "\(far.errors)")
    }

    /// What a value should have looked like stands in the message.
    @Test(arguments: [
        ("--start yesterday", "1:30"), ("--reconnect soon", "forever, never"), ("--score 2", "0 to 1"), ("--input-size 4x", "416x256"),
        ("--max-frames many", "whole number"), ("--fps fast", "a number"),
    ])
    func formsOfValues(flags: String, form: String) throws {
        try expectRefusal("deepvid infer street.mp4 \(flags)", String(flags.split(separator: " ")[0]), form)
    }

    @Test func formOfShards() throws { try expectRefusal("deepvid batch street.mp4 -o out --shard 5/4", "--shard", "1/4") }

    @Test(arguments: [
        "--every 0", "--fps 0", "--fps 2 --every 2", "--threads 0", "--max-frames 0", "--start yesterday", "--duration 0",
        "--score 1.5", "--score nan", "--nms-iou -1", "--top-k 0", "--input-size 4x", "--progress sometimes", "--stream -1",
        "--quiet --verbose", "--classes ,", "--output ''",
    ])
    func senselessValues(flags: String) throws {
        try expectRefusal("deepvid infer street.mp4 \(flags)")
    }

    @Test func inputsThatAreNone() throws {
        try expectRefusal("deepvid infer missing.mp4", "missing.mp4", "no such file")
        try expectRefusal("mkdir folder; deepvid infer folder", "folder", "is a directory")
        try expectRefusal("touch empty.mp4; deepvid infer empty.mp4", "empty.mp4", "empty")
        // All inputs are checked before the first is decoded.
        try expectRefusal("deepvid infer street.mp4 missing.mp4", "missing.mp4")
    }

    @Test(arguments: ["echo hello >notes.txt; deepvid infer notes.txt", "echo hello | deepvid infer -", "deepvid infer detector.onnx"])
    func inputsThatAreNoVideo(command: String) throws {
        let outcome = try shell(command)
        #expect(outcome.status == 2, "\(outcome.errors)")
        #expect(outcome.errors.split(separator: "\n").count == 1, "one line: \(outcome.errors)")
        #expect(outcome.errors.hasPrefix("deepvid: error: "), "\(outcome.errors)")
        let records = try Records(outcome)
        #expect(records.types == ["begin", "end"] && records.ends.first?.error != nil)
    }

    @Test func unreadableFile() throws {
        // Root reads everything: there, the test has nothing to test.
        let outcome = try shell("cp street.mp4 mine.mp4; chmod 0 mine.mp4; [ -r mine.mp4 ] || deepvid infer mine.mp4")
        if outcome.status != 0 {
            #expect(outcome.status == 2 && outcome.errors.contains("Permission denied"))
        }
    }

    @Test func modelsThatAreNone() throws {
        try expectRefusal("deepvid infer street.mp4 --model missing.onnx", "missing.onnx", "no such")
        try expectRefusal("deepvid infer street.mp4 --model .", "is a directory")
        try expectRefusal("echo hello >bad.onnx; deepvid infer street.mp4 --model bad.onnx", "bad.onnx")
        try expectRefusal("head -c 10000 detector.onnx >cut.onnx; deepvid infer street.mp4 --model cut.onnx --head yolox", "cut.onnx")
        try expectRefusal("deepvid infer street.mp4 --model street.mp4", "street.mp4")
        try expectRefusal("echo '{' >bad.json; deepvid infer street.mp4 --card bad.json", "bad.json")
        try expectRefusal("deepvid infer street.mp4 --labels missing.txt", "missing.txt")
        try expectRefusal("echo one >one.txt; deepvid infer street.mp4 --labels one.txt", "labels")
    }

    @Test(arguments: ["", "infer", "compare", "inspect", "models", "version"])
    func help(command: String) throws {
        for line in ["deepvid \(command) --help", "deepvid help \(command)"] {
            let outcome = try shell(line)
            #expect(outcome.status == 0, "\(line)")
            #expect(outcome.errors.isEmpty)
            #expect(outcome.output.contains("USAGE: deepvid \(command)"), "\(outcome.output)")
        }
    }

    @Test func versionIsTheSameEverywhere() throws {
        let version = try shell("deepvid version")
        #expect(version.status == 0 && !version.output.isEmpty)
        #expect(try shell("deepvid --version").output == version.output)
    }

    @Test(arguments: ["bash", "zsh", "fish"])
    func completions(shellName: String) throws {
        let outcome = try shell("deepvid --generate-completion-script \(shellName) >script; s=$?; cat script; exit $s")
        #expect(outcome.status == 0)
        #expect(outcome.output.contains("deepvid") && outcome.output.contains("max-frames"))
        // Syntax, where the shell is there.
        let check = try shell(
            "command -v \(shellName) >/dev/null || exit 0; deepvid --generate-completion-script \(shellName) | \(shellName) -n")
        #expect(check.status == 0, "\(check.errors)")
    }

    @Test func helpSurvivesAClosedPipe() throws {
        let outcome = try shell("{ deepvid infer --help; echo status $? >&2; } | true")
        #expect(outcome.errors == "status 0\n")
    }
}
