import Foundation
import TestSupport
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
        #expect(far.status == 2, "\(far.errors)")
        #expect(far.errors.contains("--bogus"), "\(far.errors)")
        #expect(!far.errors.contains("--zones"), "\(far.errors)")
    }

    @Test(arguments: [
        ("deepvid help infre", "infre", "'infer'"), ("deepvid help foo", "foo", "the commands are"),
        ("deepvid help memory biuld", "memory biuld", "'build'"), ("deepvid memory foo", "memory foo", "build, inspect"),
        ("deepvid street.mp4", "is a file", "deepvid infer street.mp4"),
    ])
    func unknownCommands(command: String, word: String, hint: String) throws { try expectRefusal(command, word, hint) }

    @Test(arguments: [
        ("--start -5", "--start must not be negative, but is -5", "deepvid inspect"),
        ("--start=-5", "--start must not be negative, but is -5", "beginning"),
        ("--duration -1:30", "--duration must not be negative", "-1:30"),
        ("--fps -2", "--fps must not be negative", "-2"), ("--start", "'--start <time>'", "missing value"),
    ])
    func negativeValues(flags: String, words: String, hint: String) throws {
        try expectRefusal("deepvid infer street.mp4 \(flags)", words, hint)
    }

    /// What takes one value is not silently the last of several.
    @Test(arguments: [
        ("infer street.mp4 --score 0.3 --score=0.9", "--score takes one value", "0.3 and 0.9"),
        ("batch street.mp4 -o a --output b", "--output takes one value", "a and b"),
        ("count a.jsonl --classes car --classes person", "--classes", "separate names by commas"),
        ("compare street.mp4 --model a.onnx -m b.onnx", "--model takes one value", "deepvid compare CLIP --model B --truth a.json"),
        ("memory build m.onnx -o a -o b", "--output", "give it once"),
    ])
    func repeatedOptions(command: String, words: String, hint: String) throws { try expectRefusal("deepvid \(command)", words, hint) }

    /// What may be given several times, values that look alike, and names after -- are left alone.
    @Test func optionsThatMayBeRepeated() throws {
        try expectSuccess("deepvid infer street.mp4 --max-frames 1 --on-event true --on-event 'echo a >&2' --track -v --track")
        try expectSuccess("cp street.mp4 ./--score; deepvid infer --score 0.5 --max-frames 1 -- --score")
    }

    /// The words of other programs.
    @Test(arguments: [
        ("predict street.mp4", "'infer'"), ("infer street.mp4 --iou 0.5", "'--nms-iou'"), ("infer street.mp4 --conf=0.5", "'--score'"),
        ("infer street.mp4 --weights a.onnx", "'--model'"), ("infer street.mp4 --imgsz 640", "'--input-size'"),
        ("infer street.mp4 --vid-stride 2", "'--every'"), ("infer street.mp4 --tracker bytetrack.yaml", "'--track'"),
        ("infer --source street.mp4", "deepvid infer street.mp4"), ("infer street.mp4 --device cpu", "--threads says on how many"),
        ("infer street.mp4 --half", "leave it out"), ("infer street.mp4 --show", "deepvid render"),
        ("infer street.mp4 --save-txt", "--to yolo"), ("infer street.mp4 --max-det 9", "max_detections"),
        ("infer street.mp4 --agnostic-nms", "leave it out"),
        ("infer street.mp4 --stream", "records come frame by frame without it"),
        ("infer @list.txt", "deepvid batch @list.txt -o results"),
        ("infer street.mp4 --classes 0,2", "by name, not by number: 0 is person, 2 is car"),
        ("infer street.mp4 --model a.onnx,b.onnx", "--model a.onnx --model b.onnx"),
        ("infer street.mp4 --labels data.yaml", "data.yaml is YAML: labels are a text file with a name on each line"),
        ("count a.jsonl --by hours,class", "did you mean 'hour'?"),
        ("infer street.mp4 --target-agreement 99", "'99' is invalid for '--target-agreement <agreement>': expected a number from 0.5 to 1"),
        ("infer street.mp4 --target-agreement 0.3", "expected a number from 0.5 to 1"),
    ])
    func otherWords(command: String, hint: String) throws { try expectRefusal("deepvid \(command)", hint) }

    @Test func classesIgnoreCase() throws {
        let records = try Records(try expectSuccess("deepvid infer street.mp4 --max-frames 2 --classes Person,CAR"))
        #expect(try records.begins[at: 0].options.classes == ["person", "car"])
        #expect(records.frames.contains { $0.objects?.isEmpty == false })
    }

    /// Errors of the libraries beneath do not come out as they are.
    @Test(arguments: [
        ("--card none.json", "cannot read the model card none.json: No such file or directory; check the path"),
        ("--card empty.json", "empty.json is not JSON: it is empty"),
        ("--card cut.json", "cut.json is not JSON: it ends before it is complete"),
        ("--card bad.json", "bad.json is not JSON: it has a mistake around line 2, column"),
        ("--card list.json", "must be a JSON object"), ("--labels none.txt", "none.txt: No such file or directory"),
        ("--labels raw.txt", "raw.txt is no text in UTF-8"), ("--model raw.onnx", "not an ONNX model"),
        ("--zones none.json", "none.json"), ("--zones cut.json", "cut.json is not JSON: it ends"),
        ("--zones list.json", "must be a JSON object"),
    ])
    func plainSentences(flags: String, sentence: String) throws {
        let place = try Workspace()
        for (name, text) in [
            ("empty.json", ""), ("cut.json", "{\"head\": "), ("bad.json", "{\"head\": \"yolox\",\n 'input'}"), ("list.json", "[1]"),
        ] { try place.write(text, to: name) }
        try expectRefusal("printf '\\377\\376\\001' >raw.txt; cp raw.txt raw.onnx; deepvid infer street.mp4 \(flags)", sentence, in: place)
        let errors = try shell("deepvid infer street.mp4 \(flags)", in: place).errors
        for word in ["NSCocoa", "Error Domain", "malformedProtobuf", "DecodingError", "could not be"] {
            #expect(!errors.contains(word), "\(errors)")
        }
    }

    /// Records are not written under the names of other formats.
    @Test(arguments: [
        ("x.jsonl.gz", ".gz is not written: let it end in .jsonl, or in .jsonl.zst"), ("x.xz", ".xz is not written"),
        ("x.parquet", "'deepvid export RESULTS -o table.csv'"),
    ])
    func namesOfOtherFormats(name: String, hint: String) throws { try expectRefusal("deepvid infer street.mp4 -o \(name)", name, hint) }

    @Test func whatIsSwappedOrEmptyIsSaid() throws {
        let place = try Workspace()
        try expectSuccess("deepvid infer street.mp4 --max-frames 1 -o x.jsonl", in: place)
        try expectRefusal(
            "deepvid render x.jsonl street.mp4 -o y.mp4", "the clip comes first: deepvid render street.mp4 x.jsonl -o y.mp4", in: place)
        try expectRefusal(
            "deepvid render street.mp4 moving.mp4 -o y.mp4", "moving.mp4: is a video; results are a file of records", in: place)
        for command in ["count -", "render street.mp4 - -o y.mp4"] {
            try expectRefusal("deepvid \(command) </dev/null", "standard input is empty", in: place)
        }
        let none = try shell(": | deepvid infer -", in: place)
        #expect(none.status == 2)
        #expect(none.errors == "deepvid: error: standard input is empty; pipe or redirect a video into it\n")
        let card = #"{"head": "yolox", "input": {"color": "bgr", "mean": 0, "std": 1, "resize": "stretch"}, "conf": 0.5}"#
        try place.write(card, to: "card.json")
        try expectRefusal("deepvid infer street.mp4 --card card.json", "unknown key 'conf': did you mean 'score'?", in: place)
    }

    @Test func foldersAndRecordsAreSaidToBeSuch() throws {
        try expectRefusal("mkdir folder; deepvid infer folder", "is a directory", "deepvid batch folder -o results")
        let place = try Workspace()
        try expectSuccess("deepvid infer street.mp4 --max-frames 1 -o x.jsonl", in: place)
        try expectRefusal(
            "deepvid compare x.jsonl", "x.jsonl: holds deepvid's records, not video", "deepvid export x.jsonl --to coco -o truth.json",
            "deepvid compare CLIP --truth truth.json", in: place)
        try expectRefusal("deepvid infer x.jsonl", "holds deepvid's records", in: place)
    }

    @Test func modelsAmongInputs() throws {
        for command in ["infer detector.onnx", "infer street.mp4 detector.onnx", "compare detector.onnx"] {
            try expectRefusal("deepvid \(command)", "detector.onnx: is a model", "--model detector.onnx")
        }
    }

    @Test func standardInputHasToBeNamed() throws {
        try expectRefusal("deepvid infer <street.mp4", "missing expected argument", "- to read standard input")
        try expectRefusal("deepvid infer street.mp4 --skip 2", "unknown option '--skip'", "--every 3 looks at every third frame")
    }

    /// Lists that cards name are names of labels as well, where no file is called so.
    @Test func carriedLabelsAreNames() throws {
        let place = try Workspace()
        try expectRefusal("deepvid infer street.mp4 --max-frames 1 --labels coco80", "6 classes", "80 labels", in: place)
        try expectRefusal("deepvid infer street.mp4 --max-frames 1 --labels coco81", "coco81", "or name a list: coco80", in: place)
        try expectSuccess("printf 'a\\nb\\nc\\nd\\ne\\nf\\n' >coco80; deepvid infer street.mp4 --max-frames 1 --labels coco80", in: place)
    }

    /// Every flag of earlier versions is refused with what is written today, which works.
    @Test(arguments: [
        ("infer street.mp4", "--block 10", "--cache adaptive:block=10"),
        ("infer street.mp4 --cache deepmon", "--block 10", "--cache deepmon:block=10"),
        ("infer street.mp4 --cache=deepmon", "--refresh 5", "--cache deepmon:refresh=5"),
        ("infer street.mp4", "--refresh 5", "--cache deepcache:refresh=5"),
        ("infer street.mp4", "--psnr 25", "--cache deepcache:psnr=25"),
        ("compare street.mp4", "--search-steps 4", "--cache deepcache:search-steps=4"),
        ("infer street.mp4", "--k-skip 1", "--cache deepcache:search-stride=1"),
        ("infer street.mp4", "--mv-hints off", "--cache deepcache:motion-vectors=off"),
        ("infer street.mp4", "--histogram-distance 0.1", "--cache deepmon:histogram-distance=0.1"),
        ("batch street.mp4 -o out", "--cached-layers 7", "--cache deepmon:cached-layers=7"),
        ("infer street.mp4", "--change-threshold 0.2", "--cache cbinfer:change-threshold=0.2"),
        ("memory build detector.onnx --video street.mp4 -o m", "--memory-taps 3", "--exit-layers"),
        ("inspect street.mp4", "--matches", "--visualize-reuse"),
        ("compare street.mp4", "--worst out", "--save-worst"),
        ("batch street.mp4 -o out", "--checkpoint 9", "--checkpoint-interval"),
    ])
    func oldFlags(command: String, old: String, new: String) throws {
        let flag = String(old.prefix { $0 != " " })
        for spelling in [old, old.replacing(" ", with: "=")] { try expectRefusal("deepvid \(command) \(spelling)", flag, new) }
        if new.hasPrefix("--cache") {
            try expectSuccess("deepvid infer street.mp4 --max-frames 1 \(new)")
        } else {
            let help = try shell("deepvid \(command.prefix { $0 != " " }) \(command.hasPrefix("memory") ? "build " : "")--help")
            #expect(help.output.contains(new))
        }
    }

    /// What comes after -- is a name, whatever it looks like.
    @Test func oldFlagsAsNames() throws {
        try expectSuccess("cp street.mp4 ./--worst; deepvid infer --max-frames 1 -- --worst")
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
        try expectRefusal("touch empty.mp4; deepvid infer missing.mp4 empty.mp4", "missing.mp4", "no such file")
    }

    /// One that cannot be used does not keep the others from being done.
    @Test(arguments: ["missing.mp4", "empty.mp4", "folder", "notes.txt"]) func oneBadInputOfThree(name: String) throws {
        let outcome = try shell(
            """
            mkdir folder; touch empty.mp4; echo hello >notes.txt
            deepvid infer street.mp4 \(name) moving.mp4 --max-frames 2
            """)
        #expect(outcome.status == 1)
        #expect(outcome.errors.hasPrefix("deepvid: error: \(name): "), "\(outcome.errors)")
        let records = try Records(outcome)
        #expect(records.ends.map(\.source) == ["street.mp4", name, "moving.mp4"])
        #expect(records.ends.map(\.reason) == [.finished, .failed, .finished])
        #expect(records.ends.map(\.frames) == [2, 0, 2])
    }

    @Test(arguments: [
        "echo hello >notes.txt; deepvid infer notes.txt", "echo hello | deepvid infer -",
        "cp detector.onnx model.bin; deepvid infer model.bin",
    ])
    func inputsThatAreNoVideo(command: String) throws {
        let outcome = try shell(command)
        #expect(outcome.status == 2, "\(outcome.errors)")
        #expect(outcome.errors.split(separator: "\n").count == 1, "one line: \(outcome.errors)")
        #expect(outcome.errors.hasPrefix("deepvid: error: "), "\(outcome.errors)")
        let records = try Records(outcome)
        #expect(records.types == ["begin", "end"])
        #expect(records.ends.first?.error != nil)
    }

    @Test func unreadableFile() throws {
        // Root reads everything: there, the test has nothing to test.
        let outcome = try shell("cp street.mp4 mine.mp4; chmod 0 mine.mp4; [ -r mine.mp4 ] || deepvid infer mine.mp4")
        if outcome.status != 0 {
            #expect(outcome.status == 2)
            #expect(outcome.errors.contains("Permission denied"))
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

    @Test func versionSaysWhatItRunsOn() throws {
        let object = try JSONValue(try expectSuccess("DEEPVID_ISA=portable deepvid version --json").output)
        #expect(object["runtime"]?["isa"]?.string == "portable")
        #expect(object["runtime"]?["cpus"] != nil)
        #expect(object["runtime"]?["ffmpeg"]?.string?.isEmpty == false)
        let version = try expectSuccess("deepvid version").output
        #expect(object["deepvid"]?.string == version.filter { $0 != "\n" })
    }

    @Test func versionIsTheSameEverywhere() throws {
        let version = try expectSuccess("deepvid version")
        #expect(!version.output.isEmpty)
        #expect(try shell("deepvid --version").output == version.output)
    }

    @Test(arguments: ["bash", "zsh", "fish"])
    func completions(shellName: String) throws {
        let outcome = try expectSuccess("deepvid --generate-completion-script \(shellName) >script; s=$?; cat script; exit $s")
        #expect(outcome.output.contains("deepvid"))
        #expect(outcome.output.contains("max-frames"))
        // Syntax, where the shell is there.
        try expectSuccess(
            "command -v \(shellName) >/dev/null || exit 0; deepvid --generate-completion-script \(shellName) | \(shellName) -n")
    }

    @Test func helpSurvivesAClosedPipe() throws {
        let outcome = try shell("{ deepvid infer --help; echo status $? >&2; } | true")
        #expect(outcome.errors == "status 0\n")
    }
}
