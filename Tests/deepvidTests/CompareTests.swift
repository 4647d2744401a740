import Foundation
import Results
import TestSupport
import Testing

@Suite struct CompareTests {
    private func record(_ outcome: Outcome) throws -> ComparisonRecord {
        try #require(outcome.lines.count == 1, "one object: \(outcome.output)\(outcome.errors)")
        return try strict(outcome.lines[at: 0])
    }

    @Test func jsonAddsUp() throws {
        let outcome = try expectSuccess("deepvid compare street.mp4 --max-frames 40 --threads 1 --json")
        #expect(outcome.errors.isEmpty, "\(outcome.errors)")
        let record = try record(outcome)
        #expect(outcome.output.hasPrefix(#"{"type":"comparison","#))
        #expect(record.source == "street.mp4")
        #expect(record.reason == .finished)
        #expect(record.frames == 40)
        #expect(record.options.cache == "adaptive")
        #expect(record.options.maxFrames == 40)
        let (dense, cached) = (try #require(record.denseMs), try #require(record.cachedMs))
        let (match, speedup) = (try #require(record.matchMs), try #require(record.speedup))
        #expect(dense.mean > 0)
        #expect(cached.mean > match.mean)
        #expect(abs(speedup - dense.mean / cached.mean) < 0.01 * speedup + 0.01)
        #expect((0...1).contains(record.reused ?? -1))
        #expect(record.fullRecomputes.contains { $0.reason == "first_frame" && $0.frames == 1 })
        #expect(record.unchanged + record.fullRecomputes.reduce(0) { $0 + $1.frames } <= 40)
        #expect((0...1).contains(record.agreement ?? -1))
        #expect(record.agreementFrames <= 40)
        #expect(!record.classes.isEmpty)
        #expect(record.classes.allSatisfy { (0...1).contains($0.agreement) && $0.dense + $0.cached > 0 })
        #expect(record.worst.map(\.agreement) == record.worst.map(\.agreement).sorted())
        #expect(record.worst.allSatisfy { $0.picture == nil })
    }

    @Test func exactReuseAgreesFully() throws {
        let exact = try record(try shell("deepvid compare street.mp4 --max-frames 20 --threads 1 --target-agreement 1 --format json"))
        #expect(exact.agreement == 1)
        #expect(exact.worst.isEmpty)
        #expect(exact.classes.allSatisfy { $0.agreement == 1 && $0.dense == $0.cached })
    }

    /// As for infer and batch: the model's own target, unless another is asked for.
    @Test(arguments: [("", 0.9), ("--target-agreement 0.95", 0.95)]) func theCardsTargetIsHeld(flags: String, target: Double) throws {
        let card = Files.fixture("models/colours.json")
        let outcome = try expectSuccess(
            """
            cp \(Files.fixture("models/colours.onnx")) m.onnx; sed '1s/{/{"target_agreement": 0.9,/' \(card) >m.json
            deepvid compare street.mp4 --model m.onnx --max-frames 3 --threads 1 --json \(flags)
            """)
        #expect(try record(outcome).options.targetAgreement == target)
    }

    /// Where no submodel is ever sure, the full model answers, and without reuse it agrees in full.
    @Test func bundlesAreComparedWithTheirFullModel() throws {
        let place = try Workspace()
        let command = "deepvid compare street.mp4 --bundle \(Files.fixture("bundles/cifar10")) --max-frames 12 --threads 1"
        let outcome = try expectSuccess("\(command) --cache off --cache adaptive --target-agreement 1 --json", in: place)
        let records: [ComparisonRecord] = try outcome.lines.map { try strict($0) }
        #expect(records.map(\.options.cache) == ["off", "adaptive"])
        #expect(records.allSatisfy { $0.options.routing?.mode == "submodels" && $0.frames == 12 }, "\(outcome.output)")
        #expect(records.allSatisfy { (0...12).contains($0.hits ?? -1) }, "\(outcome.output)")
        #expect(try records[at: 0].hits == records[at: 1].hits)
        #expect(try records[at: 0].agreement == records[at: 1].agreement)
        let table = try expectSuccess("\(command) --entropy-threshold 0.0001 --cache off", in: place)
        #expect(table.output.contains("'bundle off' "), "\(table.output)")
        #expect(table.lines.contains { $0.hasPrefix("hits ") && $0.contains(" 0 of 12,") }, "\(table.output)")
        #expect(table.lines.contains { $0.hasPrefix("agreement ") && $0.contains(" 1.0000") }, "\(table.output)")
    }

    @Test(arguments: [
        ("--cache off", "--cache off is what compare compares with"), ("--submodel-cache 2", "--submodel-cache goes with --bundle"),
        ("--bundle \(Files.fixture("bundles/tiny-detector")) --device-only", "--device-only is what compare compares a bundle with"),
        ("--bundle \(Files.fixture("bundles/tiny-detector")) --model x.onnx", "leave --model out"),
        ("--bundle nowhere", "nowhere"),
    ])
    func whatDoesNotGoWithABundleIsRefused(flags: String, said: String) throws {
        let outcome = try shell("deepvid compare street.mp4 \(flags)")
        #expect(outcome.status == 64 || outcome.status == 66 || outcome.status == 2, "\(outcome.status)")
        #expect(outcome.errors.contains(said), "\(outcome.errors)")
    }

    @Test func worstFramesOfSeveralClipsHaveAFolderEach() throws {
        let outcome = try expectSuccess(
            """
            deepvid compare street.mp4 moving.mp4 --score 0.02 --cache deepcache:psnr=5,refresh=1000 --threads 1 --max-frames 20 --json \
                --save-worst pictures --worst-count 2
            """)
        let records: [ComparisonRecord] = try outcome.lines.map { try strict($0) }
        #expect(records.map(\.source) == ["street.mp4", "moving.mp4"])
        for record in records {
            let folder = "pictures/\(record.source.prefix { $0 != "." })/"
            #expect(record.worst.allSatisfy { $0.picture?.hasPrefix(folder) == true }, "\(record.worst)")
        }
        #expect(records.contains { !$0.worst.isEmpty })
    }

    /// A folder without a picture does not stay.
    @Test func noDisagreementNoFolder() throws {
        let outcome = try expectSuccess("deepvid compare street.mp4 --max-frames 5 --target-agreement 1 --save-worst errors --json; ls")
        #expect(outcome.errors.contains("--save-worst has no picture"), "\(outcome.errors)")
        #expect(!outcome.lines.contains("errors"))
    }

    @Test func tableIsForPeople() throws {
        let outcome = try expectSuccess("deepvid compare street.mp4 --max-frames 20 --threads 1")
        #expect(outcome.errors.isEmpty, "\(outcome.errors)")
        let lines = outcome.lines
        #expect(try lines[at: 0].hasPrefix("street.mp4: 20 frames of 640×384, model embedded at "))
        for row in [
            "ms a frame", "mean ", "median ", "'adaptive' ", "MACs avoided", "unchanged frames", "full recomputes", "agreement", "class ",
        ] {
            #expect(lines.contains { $0.hasPrefix(row) }, "\(row): \(outcome.output)")
        }
        // Columns of numbers end under each other.
        let times = lines.filter { $0.hasPrefix("ms a frame") || $0.hasPrefix("mean ") || $0.hasPrefix("median ") }
        #expect(Set(times.map(\.count)).count == 1, "\(outcome.output)")
    }

    @Test func severalInputsAndPoliciesMakeATable() throws {
        let place = try Workspace()
        let command =
            "deepvid compare street.mp4 moving.mp4 --cache adaptive --cache deepmon --target-agreement 0.99 --target-agreement 0.9 "
            + "--max-frames 6 --threads 1"
        let outcome = try expectSuccess(command + " --plot plot.svg; cat plot.svg", in: place)
        let lines = outcome.lines
        for policy in ["adaptive 0.99", "adaptive 0.9", "deepmon"] {
            #expect(lines.contains { $0.hasPrefix("street.mp4") && $0.contains(" \(policy) ") }, "\(policy): \(outcome.output)")
            #expect(lines.contains { $0.hasPrefix("moving.mp4") && $0.contains(" \(policy) ") }, "\(policy): \(outcome.output)")
            #expect(lines.contains { $0.hasPrefix("\(policy) ") }, "\(policy): \(outcome.output)")
            #expect(outcome.output.contains("<title>\(policy), street.mp4: "), "\(policy)")
        }
        let records = try expectSuccess(command + " --json", in: place).lines.map { try strict($0) as ComparisonRecord }
        #expect(records.map(\.source) == ["street.mp4", "street.mp4", "street.mp4", "moving.mp4", "moving.mp4", "moving.mp4"])
        #expect(records.map(\.options.cache) == ["adaptive", "adaptive", "deepmon", "adaptive", "adaptive", "deepmon"])
        #expect(records.map(\.options.targetAgreement) == [0.99, 0.9, nil, 0.99, 0.9, nil])
        #expect(Set(records.prefix(3).compactMap(\.denseMs?.mean)).count == 1)
        // All are judged by the same frames.
        #expect(Set(records.prefix(3).map(\.agreementFrames)).count == 1)
        for words in ["2 inputs, 12 frames; embedded at", "target 0.9<", "target 0.99<"] {
            #expect(outcome.output.contains(words), "\(words)")
        }
    }

    /// What the model itself finds, exported, is a truth of which it finds everything.
    @Test(arguments: ["mot", "coco"])
    func truthIsRead(format: String) throws {
        let outcome = try expectSuccess(
            """
            deepvid infer street.mp4 --cache off --track --threads 1 --max-frames 30 -q -o seen.jsonl
            deepvid export seen.jsonl --to \(format) -o truth -q
            file=$(find truth -type f | head -1)
            deepvid compare street.mp4 --max-frames 30 --threads 1 --target-agreement 1 --json --truth "$file"
            """)
        let truth = try #require(try record(outcome).truth)
        #expect(truth.frames == 30)
        #expect(truth.objects > 30)
        #expect(truth.dense == truth.cached)
        #expect(truth.dense.ap50 ?? 0 > 0.9)
        #expect(truth.dense.idf1 ?? 0 > 0.9)
        #expect(truth.dense.idSwitches == 0)
        #expect(truth.byClass?.reduce(0) { $0 + $1.objects } == (format == "coco" ? truth.objects : nil))
    }

    /// The model's own answers as truth: with `--classes` it finds what is left of them, and nothing is missed.
    @Test func aTruthIsOfTheReportedClasses() throws {
        let place = try Workspace()
        _ = try expectSuccess(
            """
            deepvid infer street.mp4 --cache off --threads 1 --max-frames 12 -q -o seen.jsonl
            deepvid export seen.jsonl --to coco -o truth.json -q
            """, in: place)
        let compare = "deepvid compare street.mp4 --max-frames 12 --threads 1 --target-agreement 1 --truth truth.json"
        let all = try #require(try record(try expectSuccess(compare + " --json", in: place)).truth)
        let cars = try #require(try record(try expectSuccess(compare + " --classes car --json", in: place)).truth)
        #expect(all.classes == nil)
        #expect(cars.classes == ["car"])
        #expect(cars.objects > 0)
        #expect(cars.objects < all.objects)
        #expect(cars.dense.ap50 == 1)
        let table = try expectSuccess(compare + " --classes car", in: place)
        #expect(table.output.contains("\(cars.objects) boxes of car in 12 labelled frames"), "\(table.output)")
        try expectRefusal(compare + " --classes train", "truth.json", "no object of train", in: place)
        let other = try expectSuccess("cp street.mp4 yard.mp4; " + compare.replacing("street.mp4", with: "yard.mp4"), in: place)
        #expect(other.errors.contains("of the video 'street"), "\(other.errors)")
        let longer = try expectSuccess(compare.replacing("--max-frames 12", with: "--max-frames 14"), in: place)
        #expect(longer.output.contains("12 of 14 frames are labelled"), "\(longer.output)")
    }

    /// Boxes where nothing is, and frames that the clip does not have.
    @Test func aTruthOfAnotherClipIsWarnedOf() throws {
        let compare = "deepvid compare street.mp4 --max-frames 3 --threads 1 --truth gt.txt --json"
        let nothing = try expectSuccess("echo 1,1,1,1,2,2 >gt.txt; " + compare)
        #expect(nothing.errors.contains("none was found"), "\(nothing.errors)")
        let late = try expectSuccess(
            """
            echo '{"images": [{"id": 1, "frame_id": 900}], "annotations": [], "categories": []}' >late.json
            deepvid compare street.mp4 --max-frames 3 --threads 1 --truth late.json --json
            """)
        #expect(late.errors.contains("none of its labelled frames (900 to 900"), "\(late.errors)")
    }

    @Test func csvIsALineForEachPolicyAndGoesToAFile() throws {
        let outcome = try expectSuccess(
            "deepvid compare street.mp4 --cache deepmon --cache adaptive:audit-seed=1 --max-frames 4 --threads 1 --format csv -o t.csv; cat t.csv"
        )
        let rows = outcome.lines.map { $0.split(separator: ",", omittingEmptySubsequences: false) }
        try #require(rows.count == 3, "\(outcome.errors)")
        #expect(try rows[at: 0].starts(with: ["input", "policy", "reason", "frames"]))
        #expect(rows.dropFirst().map { $0[1] } == ["deepmon", "adaptive 0.99 audit-seed=1"])
        #expect(try rows.allSatisfy { try $0.count == rows[at: 0].count })
        try expectRefusal("deepvid compare street.mp4 -o street.mp4", "also an input")
    }

    @Test func whatOthersCallThingsIsAnswered() throws {
        try expectRefusal("deepvid compare street.mp4 --seed 7", "--cache adaptive:audit-seed=7")
        try expectRefusal("deepvid compare street.mp4 --cache deepcache,cbinfer", "--cache once for each")
        try expectRefusal("deepvid export seen.jsonl --format coco", "use --to coco")
        try expectRefusal("deepvid export seen.jsonl --format=yolo", "use --to yolo")
    }

    @Test func aFolderStandsForItsVideos() throws {
        let outcome = try expectSuccess(
            "mkdir night; cp street.mp4 moving.mp4 night; echo note >night/a.txt; deepvid compare night --max-frames 3 --threads 1 --json")
        let records: [ComparisonRecord] = try outcome.lines.map { try strict($0) }
        #expect(records.map(\.source) == ["night/moving.mp4", "night/street.mp4"])
        #expect(records.allSatisfy { $0.target?.agreement == 0.99 || $0.agreement == nil })
        try expectRefusal("mkdir night; cp street.mp4 moving.mp4 night; deepvid compare night --truth gt.txt", "one video")
    }

    @Test func truthThatIsNone() throws {
        try expectRefusal(
            "deepvid infer street.mp4 --max-frames 2 -q -o seen.jsonl; deepvid compare street.mp4 --truth seen.jsonl", "deepvid's records",
            "export seen.jsonl --to coco")
        try expectRefusal("echo hello >gt.txt; deepvid compare street.mp4 --truth gt.txt", "gt.txt", "line 1")
        try expectRefusal("deepvid compare street.mp4 --truth missing.txt", "missing.txt", "cannot be read")
        try expectRefusal("echo 1,1,1,1,1,1 >gt.txt; deepvid compare street.mp4 moving.mp4 --truth gt.txt", "--truth", "one input")
        try expectRefusal("echo 1,1,1,1,1,1 >gt.txt; deepvid compare street.mp4 --start 1 --truth gt.txt", "--start")
    }

    @Test func worstFramesHavePicturesOfTheirSize() throws {
        let place = try Workspace()
        // A low score makes for boxes that come and go with every rounding, and nearly all blocks are reused.
        var found: ComparisonRecord?
        for _ in 0..<4 where found?.worst.isEmpty ?? true {
            let outcome = try expectSuccess(
                "rm -rf pictures; deepvid compare street.mp4 --score 0.02 --cache deepcache:psnr=5,refresh=1000 --threads 1 --json "
                    + "--save-worst pictures --worst-count 3",
                in: place)
            found = try record(outcome)
        }
        let record = try #require(found)
        try #require(!record.worst.isEmpty)
        try #require(record.worst.count <= 3)
        for (index, frame) in record.worst.enumerated() {
            let picture = try #require(frame.picture)
            #expect(picture.hasPrefix("pictures/worst-0\(index + 1)-frame-"))
            let size = try #require(try pngSize(place.folder.appending(path: picture)))
            #expect(size == (640, 384))
        }
        let files = try FileManager.default.contentsOfDirectory(atPath: place.path("pictures"))
        #expect(files.count == record.worst.count)
    }

    @Test func signalPrintsWhatWasMeasured() throws {
        let outcome = try shell(
            """
            mkfifo input; (cat street.mp4; sleep 60) >input & writer=$!
            env --default-signal=INT deepvid compare input --threads 1 --json --progress always >record 2>progress & pid=$!
            while ! grep -q '[0-9] frame' progress 2>/dev/null; do sleep 0.1; done
            kill -s INT $pid; wait $pid; status=$?
            kill $writer; cat record; exit $status
            """)
        #expect(outcome.status == 130, "\(outcome.errors)")
        let record = try record(outcome)
        #expect(record.reason == .interrupted)
        #expect(record.frames > 0)
        #expect(record.error == nil)
    }

    @Test func brokenInputsSayWhere() throws {
        let cut = try shell("deepvid compare truncated.mp4 --threads 1 --json")
        #expect(cut.status == 1, "\(cut.errors)")
        #expect(cut.errors.hasPrefix("deepvid: error: truncated.mp4: "), "\(cut.errors)")
        let record = try record(cut)
        #expect(record.reason == .failed)
        #expect(record.error?.code == "truncated")
        #expect(record.frames > 0)
        try expectRefusal("deepvid compare missing.mp4", "missing.mp4", "no such file")
        try expectRefusal("mkdir folder; deepvid compare folder", "folder", "no video files")
        try expectRefusal("echo hello >notes.txt; deepvid compare notes.txt", "notes.txt")
        try expectRefusal("deepvid compare street.mp4 --model missing.onnx", "missing.onnx")
    }

    @Test(arguments: [
        "--cache off", "--worst-count -1", "--worst-count 101", "--json --format table", "--format xml", "--threads 0",
        "--cache adaptive:block=1",
        "--quiet --verbose", "--target-agreement 2", "--cache off --cache adaptive", "--cache deepmon --target-agreement 0.9",
        "--cache deepmon --agree-on tracks", "--plot plot.png", "--plot notes.txt", "--plot no/such/folder.svg",
        "--cache motion --cache deepmon --save-worst pictures", "--save-worst ''", "--save-worst notes.txt",
    ])
    func senselessFlags(flags: String) throws {
        try expectRefusal("echo hello >notes.txt; deepvid compare street.mp4 \(flags)")
    }

    @Test func unwritableFolder() throws {
        // A folder that takes no files, for root neither.
        try expectRefusal("deepvid compare street.mp4 --save-worst /proc/self/task", "/proc/self/task", "--save-worst")
        let inspect = "deepvid inspect --visualize-reuse street.mp4/folder street.mp4"
        try expectRefusal(inspect, "street.mp4/folder", "--visualize-reuse")
    }
}
