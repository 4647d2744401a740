import Foundation
import Results
import Testing

@Suite struct CompareTests {
    private func record(_ outcome: Outcome) throws -> ComparisonRecord {
        try #require(outcome.lines.count == 1, "one object: \(outcome.output)\(outcome.errors)")
        return try strict(outcome.lines[0])
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
        #expect(lines[0].hasPrefix("street.mp4: 20 frames of 640×384, model embedded at "))
        for row in [
            "ms a frame", "mean ", "median ", "'adaptive' ", "MACs avoided", "unchanged frames", "full recomputes", "agreement", "class ",
        ] {
            #expect(lines.contains { $0.hasPrefix(row) }, "\(row): \(outcome.output)")
        }
        // Columns of numbers end under each other.
        let times = lines.filter { $0.hasPrefix("ms a frame") || $0.hasPrefix("mean ") || $0.hasPrefix("median ") }
        #expect(Set(times.map(\.count)).count == 1, "\(outcome.output)")
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
        try expectRefusal("mkdir folder; deepvid compare folder", "folder", "is a directory")
        try expectRefusal("echo hello >notes.txt; deepvid compare notes.txt", "notes.txt")
        try expectRefusal("deepvid compare street.mp4 --model missing.onnx", "missing.onnx")
    }

    @Test(arguments: [
        "--cache off", "--worst-count -1", "--worst-count 101", "--json --format table", "--format xml", "--threads 0",
        "--cache adaptive:block=1",
        "--quiet --verbose", "--target-agreement 2", "--save-worst ''", "--save-worst notes.txt", "--save-worst no/such/folder",
        "street.mp4",
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
