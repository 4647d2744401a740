import Foundation
import Results
import Testing

/// `deepvid batch`: what it takes, what it leaves, and that records do not depend on how a run went.
@Suite struct BatchTests {
    // MARK: - Inputs and outputs

    @Test func folderKeepsItsShape() throws {
        let outcome = try expectSuccess(
            """
            mkdir -p night/a night/b; cp street.mp4 night/a/clip.mp4; cp vfr.mkv night/b/clip.mp4; echo no >night/notes.txt
            deepvid batch night night/a/clip.mp4 ./night/b/../b/clip.mp4 -o out --max-frames 3 && cd out && find . -type f | sort
            """)
        #expect(outcome.lines == ["./manifest.jsonl", "./night/a/clip.mp4.jsonl", "./night/b/clip.mp4.jsonl"])
        // Not a terminal: a line for each clip, and the sum.
        #expect(outcome.errors.contains("[2/2] night/"))
        #expect(outcome.errors.contains("2 clips done, 0 failed, 0 skipped; 6 frames in "))
        #expect(outcome.errors.contains(" × real time)"), "\(outcome.errors)")
        // Of so few frames nothing can be said, and so nothing is.
        #expect(!outcome.errors.contains("agreement"), "\(outcome.errors)")
    }

    @Test func recordsAreThoseOfInfer() throws {
        let place = try Workspace()
        try place.write("# clips\n\n  street.mp4  \nmoving.mp4\nstreet.mp4\n", to: "list.txt")
        let outcome = try expectSuccess(
            """
            deepvid batch @list.txt 'mpeg*.avi' -o out --quiet
            for clip in street.mp4 moving.mp4 mpeg4.avi; do deepvid infer $clip --threads 1 -o $clip.infer; done; ls out | wc -l
            """, in: place)
        #expect(outcome.errors.isEmpty, "\(outcome.errors)")
        #expect(outcome.lines == ["4"])
        for clip in ["street.mp4", "moving.mp4", "mpeg4.avi"] {
            #expect(try place.steady("out/\(clip).jsonl") == place.steady("\(clip).infer"))
        }
    }

    @Test func refusesBeforeAnythingStarts() throws {
        try expectRefusal("deepvid batch no.mp4 -o out", "no.mp4: no such file")
        try expectRefusal("mkdir empty; deepvid batch empty -o out", "empty: has no video files")
        try expectRefusal("deepvid batch 'no*.mp4' -o out", "no file fits the pattern")
        try expectRefusal("deepvid batch @no.txt -o out", "@no.txt: the list cannot be read")
        try expectRefusal("printf '\\nno.mp4\\n' >l; deepvid batch @l -o out", "l, line 2: no.mp4: no such file")
        let list = "\\nno.mp4\\n" + (1...9).map { "none\($0).mp4\\n" }.joined()
        try expectRefusal("printf '\(list)' >l; deepvid batch @l -o out", "l, line 2: no.mp4", "l, line 3: none1.mp4", "10 in all")
        try expectRefusal("echo '# none' >l; deepvid batch @l -o out", "names no input")
        try expectRefusal("deepvid batch rtsp://camera/x -o out", "batch takes files only")
        try expectRefusal("deepvid batch street.mp4", "--output")
        try expectRefusal("deepvid batch street.mp4 -o street.mp4", "is not a folder")
        try expectRefusal("deepvid batch street.mp4 -o out --shard 3/2", "3/2")
        try expectRefusal("deepvid batch street.mp4 -o out --jobs 0", "--jobs must be 1 to 256")
        try expectRefusal("deepvid batch street.mp4 -o out --cache off:block=8", "'off' has no parameters")
        try expectRefusal("deepvid batch street.mp4 -o out --model no.onnx", "no such model file")
        try expectRefusal(#"deepvid batch street.mp4 "/$PWD/street.mp4" "$PWD" -o out --classes parson"#, "no class 'parson'")
    }

    /// Names are bytes: one that is not UTF-8, and two spellings of one letter, go from the folder to the records and back.
    @Test func namesAreBytes() throws {
        let outcome = try shell(
            """
            mkdir night; caf=$(printf 'caf\\351'); nfc=$(printf '\\303\\251'); nfd=$(printf 'e\\314\\201')
            for name in "$caf" "$nfc" "$nfd"; do cp vfr.mkv "night/$name.mkv"; done
            deepvid batch night -o "out$caf" --max-frames 2 || exit 9
            ls "out$caf/night/$caf.mkv.jsonl" "out$caf/night/$nfc.mkv.jsonl" "out$caf/night/$nfd.mkv.jsonl" >/dev/null || exit 8
            deepvid batch night -o "out$caf" --max-frames 2 --resume
            deepvid infer "night/$caf.mkv" --max-frames 2 -o "$caf.jsonl" && jq -r 'select(.type == "begin") | .source' "$caf.jsonl"
            deepvid infer "$caf.mp4"
            """)
        #expect(outcome.status == 2)
        #expect(outcome.errors.contains("3 clips done, 0 failed, 0 skipped"), "\(outcome.errors)")
        #expect(outcome.errors.contains("0 clips done, 0 failed, 3 skipped"), "\(outcome.errors)")
        #expect(outcome.lines == ["night/caf\u{EFE9}.mkv"])
        #expect(outcome.errors.contains(#"caf\xE9.mp4: no such file"#), "\(outcome.errors)")
    }

    /// Where checkpoints are is part of the answers: whoever goes on need not remember, and whoever wants others is told.
    @Test func goingOnKeepsTheCheckpointInterval() throws {
        let place = try Workspace()
        let batch = "deepvid batch street.mp4 -o out --max-frames 30 --progress never"
        try expectSuccess("\(batch) --checkpoint-interval 12", in: place)
        let again = try expectSuccess("\(batch) --resume", in: place)
        #expect(again.errors.contains("0 clips done, 0 failed, 1 skipped"), "\(again.errors)")
        try expectRefusal("\(batch) --resume --checkpoint-interval 20", "--checkpoint-interval was 12 and is 20", "--redo", in: place)
        #expect(try place.clips("out/manifest.jsonl").allSatisfy { $0.checkpointInterval == 12 })
    }

    /// What was begun is refused with what is otherwise, and who reads its folder is told to go on.
    @Test func aKilledBatchSaysHowToGoOn() throws {
        let place = try Workspace()
        let batch = "deepvid batch street.mp4 -o out --cache off --checkpoint-interval 10 -q"
        _ = try shell(
            """
            \(batch) --score 0.4 & pid=$!
            while [ ! -e out/street.mp4.jsonl.checkpoint ] && kill -0 $pid 2>/dev/null; do sleep 0.02; done
            kill -9 $pid; wait $pid
            """, in: place)
        try #require(FileManager.default.fileExists(atPath: place.path("out/street.mp4.jsonl.checkpoint")), "it was faster than the kill")
        try expectRefusal("\(batch) --score 0.5 --resume", "1 clip was begun", "--score was 0.4 and is 0.5", in: place)
        for command in ["count out", "events out", "report out -o page.html", "export out --to csv"] {
            try expectRefusal(
                "deepvid \(command)", "out: the batch was stopped before a clip was complete (1 begun): go on with", "--resume", in: place)
        }
        try expectSuccess("\(batch) --score 0.4 --resume", in: place)
    }

    // MARK: - Failures

    /// What cannot be read is said, and the rest is done.
    @Test func problemsOfFoldersStopNoClip() throws {
        // Too long a path is unreadable for root as well.
        let outcome = try shell(
            """
            mkdir night; cp vfr.mkv night/clip.mkv; ln -s nowhere night/gone.mp4; ln -s nowhere night/gone.txt
            name=$(printf '%0250d' 0); (cd night; for i in $(seq 17); do mkdir $name; cd -P $name || exit; done)
            printf 'vfr.mkv\\nno.mp4\\n' >list
            deepvid batch night @list no.mkv 'no*.avi' @nolist -o out --max-frames 2; status=$?
            rm -rf night; exit $status
            """)
        #expect(outcome.status == 1)
        for words in [
            "night/000", "night/gone.mp4: No such", "list, line 2: no.mp4", "no.mkv: no such file", "no*.avi: no file", "@nolist: ",
        ] {
            #expect(outcome.errors.contains("deepvid: error: \(words)"), "\(words): \(outcome.errors)")
        }
        #expect(!outcome.errors.contains("gone.txt"))
        #expect(outcome.errors.contains("2 clips done, 0 failed, 0 skipped"), "\(outcome.errors)")
    }

    @Test func badClipsStopNoOther() throws {
        let place = try Workspace()
        let outcome = try shell(
            """
            mkdir night; cp street.mp4 truncated.mp4 night; echo 'no video' >night/bad.mp4; : >night/empty.mp4
            deepvid batch night -o out
            """, in: place)
        #expect(outcome.status == 1)
        #expect(outcome.errors.contains("1 clip done, 3 failed, 0 skipped"), "\(outcome.errors)")
        #expect(outcome.errors.contains(#/error: \[[1-4]/4\] night/truncated.mp4: /#), "\(outcome.errors)")
        let last = try place.clips("out/manifest.jsonl").reduce(into: [:]) { $0[$1.source] = $1 }
        #expect(last["night/street.mp4"]?.state == .done)
        #expect(last["night/street.mp4"]?.result?.frames == 90)
        #expect(last["night/truncated.mp4"]?.result?.error?.code == "truncated")
        #expect(last["night/empty.mp4"]?.state == .failed)
        #expect(last["night/bad.mp4"]?.result?.error?.code == "not_a_video")
        // What could be decoded is there, and says that it is not all.
        let records = try Records(place.outcome("out/night/truncated.mp4.jsonl"))
        #expect(records.frames.count == last["night/truncated.mp4"]?.result?.frames)
        #expect(records.frames.count > 0)
        #expect(records.ends.first?.reason == .failed)
        #expect(try Records(place.outcome("out/night/bad.mp4.jsonl")).types == ["begin", "end"])
        // Failed clips are tried again when they have changed, or by demand, and only those.
        let again = try expectSuccess("cp moving.mp4 night/bad.mp4; deepvid batch night -o out --resume", in: place)
        #expect(again.errors.contains("1 clip done, 0 failed, 1 skipped, 2 failed earlier"), "\(again.errors)")
        let retried = try shell("deepvid batch night -o out --retry-failed", in: place)
        #expect(retried.status == 1, "\(retried.errors)")
        #expect(retried.errors.contains("0 clips done, 2 failed, 2 skipped; "), "\(retried.errors)")
        // The largest first: nothing after the truncated one, but what was begun beside it.
        let fast = try shell("deepvid batch truncated.mp4 vfr.mkv rotated.mp4 -o fast --fail-fast --jobs 1", in: place)
        #expect(fast.status == 1, "\(fast.errors)")
        #expect(fast.errors.contains("0 clips done, 1 failed, 0 skipped, 2 left for --resume"), "\(fast.errors)")
    }

    @Test func outputThatCannotBeWritten() throws {
        let outcome = try shell("mkdir -p out/street.mp4.jsonl.part; deepvid batch street.mp4 vfr.mkv -o out")
        #expect(outcome.status == 1, "\(outcome.errors)")
        #expect(outcome.errors.contains("cannot be written"), "\(outcome.errors)")
        #expect(outcome.errors.contains("1 clip done, 1 failed"))
    }

    // MARK: - Resume

    /// What was asked for otherwise is named, and what is refused leaves no folder behind.
    @Test func resumeSaysWhatIsOther() throws {
        let place = try Workspace()
        try expectSuccess("deepvid batch moving.mp4 -o out --max-frames 2 --track -q", in: place)
        try expectRefusal(
            "deepvid batch moving.mp4 -o out --max-frames 3 --score 0.6 --resume", "--track was given then", "--max-frames was 2 and is 3",
            "--score was", "and is 0.6", "--redo", in: place)
        for wrong in ["--model none.onnx", "--classes gnome", "--zones none.json", "--card none.json", "--memory none"] {
            try expectRefusal("deepvid batch moving.mp4 -o new \(wrong)", in: place)
            #expect(try shell("ls", in: place).lines.contains("new") == false, "\(wrong)")
        }
    }

    @Test func resumeSkipsWhatIsComplete() throws {
        let place = try Workspace()
        let run = "deepvid batch clip.mkv rotated.mp4 -o out"
        #expect(try shell("cp vfr.mkv clip.mkv; \(run) --resume --max-frames 5", in: place).status == 0, "a new folder may be resumed, too")
        try expectRefusal("\(run) --max-frames 5", "holds the results of an earlier batch", "--resume", in: place)
        try expectRefusal("\(run) --max-frames 5 --shard 1/2", "holds the results of an earlier batch", in: place)
        func resume(_ change: String, _ options: String = "--max-frames 5") throws -> Outcome {
            try shell("\(change); \(run) --resume \(options)", in: place)
        }
        #expect(try resume(":").errors.contains("0 clips done, 0 failed, 2 skipped"))
        #expect(try resume("touch clip.mkv").errors.contains("2 skipped"), "the same contents")
        #expect(try resume(":", "--max-frames 5 --threads 2 --jobs 1").errors.contains("2 skipped"), "the same answers")
        #expect(try resume("rm out/clip.mkv.jsonl").errors.contains("1 clip done, 0 failed, 1 skipped"))
        let changed = try resume("cp moving.mp4 clip.mkv").errors
        #expect(changed.contains("1 clip done, 0 failed, 1 skipped"), "another input")
        #expect(changed.contains("1 clip changed since it was done, and will be done again (clip.mkv.jsonl)"), "\(changed)")
        // Hours of work are not thrown away by a flag that was forgotten.
        let words = ["records of 2 clips", "another model or other options", "rotated.mp4.jsonl", "--redo"]
        let kept = try expectSuccess("cat out/*.jsonl | md5sum", in: place).output
        let refused = try resume(":", "--max-frames 6")
        #expect(refused.status == 2)
        for word in words { #expect(refused.errors.contains(word), "\(refused.errors)") }
        #expect(try expectSuccess("cat out/*.jsonl | md5sum", in: place).output == kept)
        let other = try shell("\(run) --redo --max-frames 6", in: place)
        #expect(other.errors.contains("2 clips done, 0 failed, 0 skipped"))
        #expect(try resume("printf '{\"type\":\"cl' >>out/manifest.jsonl", "--max-frames 6").errors.contains("2 skipped"), "a torn line")
        #expect(try resume("rm out/clip.mkv.jsonl", "--max-frames 6").errors.contains("1 skipped"))
        #expect(try resume(":", "--max-frames 6").errors.contains("2 skipped"), "written after the torn line")
    }

    @Test func recordsOfNoBatchAreKept() throws {
        let place = try Workspace()
        try expectSuccess(
            "mkdir out && deepvid infer street.mp4 --max-frames 2 -o out/street.mp4.jsonl && cp out/street.mp4.jsonl kept", in: place)
        try expectRefusal("deepvid batch street.mp4 --max-frames 2 -o out", "street.mp4.jsonl", "--redo", in: place)
        try expectSuccess("cmp kept out/street.mp4.jsonl && deepvid batch street.mp4 --max-frames 2 -o out --redo -q", in: place)
    }

    @Test func whatIsPassedOverIsNamed() throws {
        let place = try Workspace()
        try expectSuccess("mkdir night; cp street.mp4 night/a.dav; touch night/notes.txt night/old.jsonl night/b.jpg", in: place)
        let outcome = try expectSuccess("deepvid batch night -o out --max-frames 2", in: place)
        #expect(
            outcome.errors.contains("2 files in folders passed over, whose names are of no video: night/b.jpg, night/notes.txt"),
            "\(outcome.errors)")
        #expect(outcome.errors.contains("1 clip done"), "\(outcome.errors)")
        let again = try expectSuccess("deepvid batch night -o out --max-frames 2 --resume --verbose", in: place)
        #expect(again.errors.contains("night/a.dav: done already"), "\(again.errors)")
    }

    /// Times that were read in the wrong zone are another batch.
    @Test func anotherTimeZoneIsAnotherBatch() throws {
        let place = try Workspace()
        try expectSuccess("cp street.mp4 20261121180000.mp4 && deepvid batch 20261121180000.mp4 -o out --max-frames 2 -q", in: place)
        try expectRefusal("deepvid batch 20261121180000.mp4 -o out --max-frames 2 --resume --time-zone UTC", "--redo", in: place)
    }

    /// Checkpoints within 90 frames, so that kills come between them.
    private static let clips = "street.mp4 moving.mp4 mpeg4.avi offset.ts damaged.mp4 vfr.mkv"
    private static func batch(_ out: String, _ options: String = "") -> String {
        let interval = options.contains("--checkpoint-interval") ? "" : "--checkpoint-interval 15 "
        return "deepvid batch \(clips) -o \(out) \(interval)--quiet \(options)"
    }

    @Test(arguments: [
        "", "--every 7 --checkpoint-interval 2", "--fps 5 --checkpoint-interval 2 --cache off", "--cache deepcache --start 0.5",
    ])
    func recordsDoNotDependOnTheRun(options: String) throws {
        let place = try Workspace()
        let outcome = try shell(
            """
            \(Self.batch("one", "--jobs 1 \(options)"))
            for i in 1 2; do \(Self.batch("parts", "--shard $i/2 --threads 1 \(options)")); done
            for pause in 0.3 0.5; do
                \(Self.batch("killed", "--resume --jobs 2 \(options)")) & sleep $pause; kill -s KILL $!; wait $!
            done 2>/dev/null
            \(Self.batch("killed", "--resume \(options)"))
            find killed -name '*.part' -o -name '*.checkpoint'
            """, in: place)
        #expect(outcome.lines.isEmpty, "nothing is left over")
        let one = try place.steadyFiles("one")
        #expect(one.count == 6)
        #expect(one.contains { $0.value.contains(#""reason":"checkpoint""#) == !options.contains("--cache off") })
        #expect(try place.steadyFiles("parts") == one)
        #expect(try place.steadyFiles("killed") == one)
    }

    @Test(
        .enabled(if: (try? shell("zstd --version && ffmpeg -version"))?.status == 0, "needs zstd and ffmpeg"),
        arguments: ["", "--compress"])
    func killedClipGoesOnFromItsCheckpoint(options: String) throws {
        let place = try Workspace()
        let ending = options.isEmpty ? "" : ".zst"
        let run = "deepvid batch long.mp4 --checkpoint-interval 40 --quiet \(options)"
        let file = "long.mp4.jsonl\(ending)"
        // From a torn end it goes on; without the records, with another picture or a broken checkpoint it begins again.
        let cases = options.isEmpty ? ["torn": true, "short": false, "wrong": false, "junk": false] : ["torn": true]
        let outcome = try shell(
            """
            ffmpeg -v error -stream_loop 2 -i street.mp4 -c copy long.mp4
            \(run) -o whole
            \(run) -o out & pid=$!
            while [ ! -e out/\(file).checkpoint ] && kill -0 $pid; do sleep 0.01; done 2>/dev/null
            kill -s KILL $pid; wait $pid
            for o in \(cases.keys.joined(separator: " ")); do cp -r out $o; done
            printf '{"type":"fra' >>torn/\(file).part
            [ ! -e short ] || : >short/\(file).part
            [ ! -e wrong ] || sed -i 's/"fingerprint":[0-9]*/"fingerprint":1/' wrong/\(file).checkpoint
            [ ! -e junk ] || echo '{' >junk/\(file).checkpoint
            for o in \(cases.keys.joined(separator: " ")); do \(run) -o $o --resume || exit 8; done
            \(ending.isEmpty ? "" : "zstd -qd --rm */*.zst")
            """, in: place)
        #expect(outcome.status == 0, "\(outcome.output)\(outcome.errors)")
        let whole = try place.steadyFiles("whole")
        for (folder, goesOn) in cases {
            let last = try place.clips("\(folder)/manifest.jsonl").last
            #expect(last?.state == .done, "\(folder)")
            #expect((last?.result?.resumedFrames != nil) == goesOn, "\(folder)")
            #expect(try place.steadyFiles(folder) == whole, "\(folder)")
        }
    }

    @Test(arguments: [("INT", Int32(130)), ("TERM", 143)])
    func signalEndsInOrder(name: String, status: Int32) throws {
        let place = try Workspace()
        let outcome = try shell(
            """
            for i in 1 2 3 4 5 6; do cp street.mp4 clip$i.mp4; done
            deepvid batch clip*.mp4 -o whole --quiet
            env --default-signal=INT deepvid batch clip*.mp4 -o out --jobs 2 --quiet & pid=$!
            while [ "$(cat out/manifest.jsonl 2>/dev/null | grep -c running)" -lt 3 ]; do sleep 0.02; done
            kill -s \(name) $pid; wait $pid; status=$?
            deepvid batch clip*.mp4 -o out --resume --quiet || exit 9
            exit $status
            """, in: place)
        #expect(outcome.status == status, "\(outcome.output)\(outcome.errors)")
        let states = try place.clips("out/manifest.jsonl").map(\.state)
        #expect(states.filter { $0 == .done }.count == 6)
        #expect(states.contains(.interrupted))
        #expect(try place.steadyFiles("out") == place.steadyFiles("whole"))
    }

    @Test func oneProcessAFolderAndShard() throws {
        let outcome = try shell(
            """
            mkfifo silent.mp4; sleep 60 >silent.mp4 & writer=$!
            deepvid batch silent.mp4 -o out --quiet & pid=$!
            while [ ! -s out/manifest.jsonl ]; do sleep 0.05; done
            deepvid batch street.mp4 -o out --resume; echo $?
            kill -s TERM $pid; wait $pid; echo $?; kill $writer
            """)
        #expect(outcome.lines == ["75", "143"], "\(outcome.errors)")
        #expect(outcome.errors.contains("another deepvid is at work on this batch"))
    }

    // MARK: - Shards

    @Test func shardsShareTheWorkByDuration() throws {
        let place = try Workspace()
        let clips = "street.mp4 moving.mp4 mpeg4.avi offset.ts vfr.mkv rotated.mp4"
        let outcome = try expectSuccess(
            "for i in 1 2; do deepvid batch \(clips) -o out --shard $i/2 --quiet || exit; done; ls out/manifest*", in: place)
        #expect(outcome.lines == ["out/manifest-1-of-2.jsonl", "out/manifest-2-of-2.jsonl"])
        let parts = try [1, 2].map { try place.clips("out/manifest-\($0)-of-2.jsonl").filter { $0.state == .done } }
        #expect(try parts[at: 0].count + parts[at: 1].count == 6)
        #expect(try Set((parts[at: 0] + parts[at: 1]).map(\.output)).count == 6)
        let seconds = parts.map { $0.reduce(0) { $0 + ($1.result?.videoS ?? 0) } }
        #expect(try abs(seconds[at: 0] - seconds[at: 1]) < 2.5, "\(seconds)")
        #expect(try shell("deepvid batch \(clips) -o out --resume", in: place).errors.contains("6 skipped"), "merging is reading all")
    }

    @Test(.enabled(if: (try? shell("zstd --version"))?.status == 0, "zstd is not installed")) func compressed() throws {
        let outcome = try expectSuccess(
            "deepvid batch street.mp4 -o out --compress --checkpoint-interval 20 --quiet && zstd -dc out/street.mp4.jsonl.zst")
        let records = try Records(outcome)
        #expect(records.frames.count == 90)
        #expect(records.ends.count == 1)
    }

    @Test func compressedResultsAreReadBack() throws {
        let place = try Workspace()
        let outcome = try shell(
            """
            deepvid batch street.mp4 -o out --compress --quiet && deepvid report out/street.mp4.jsonl.zst -o r.html || exit 9
            printf rubbish | dd of=out/street.mp4.jsonl.zst bs=1 seek=2000 conv=notrunc 2>/dev/null
            deepvid report out/street.mp4.jsonl.zst -o bad.html
            """, in: place)
        #expect(outcome.status == 2, "\(outcome.errors)")
        #expect(outcome.errors.contains("zstd"), "\(outcome.errors)")
        #expect(try String(contentsOf: place.folder.appending(path: "r.html"), encoding: .utf8).contains("street.mp4"))
    }
}

extension Workspace {
    fileprivate func outcome(_ file: String) throws -> Outcome {
        Outcome(command: file, status: 0, output: try String(contentsOf: folder.appending(path: file), encoding: .utf8), errors: "")
    }

    fileprivate func clips(_ manifest: String) throws -> [ClipRecord] { try outcome(manifest).lines.map { try strict($0) } }

    /// The records of a file, decoded strictly, without times, memory and number of threads.
    fileprivate func steady(_ file: String) throws -> String {
        var records = try Records(outcome(file))
        for index in records.begins.indices { records.begins[index].options.threads = 0 }
        for index in records.frames.indices { records.frames[index].timingMs = Timing(decode: 0, infer: 0) }
        for index in records.ends.indices {
            (records.ends[index].wallS, records.ends[index].fps, records.ends[index].peakMemoryMB) = (0, 0, 0)
            records.ends[index].timingMs = nil
        }
        let lines = records.types + records.begins.map(\.json) + records.frames.map(\.json) + records.ends.map(\.json)
        return lines.joined(separator: "\n")
    }

    /// `steady` of every file of records in a folder.
    fileprivate func steadyFiles(_ path: String) throws -> [String: String] {
        let names = try FileManager.default.subpathsOfDirectory(atPath: self.path(path))
        return try names.filter { $0.hasSuffix(".jsonl") && !$0.hasPrefix("manifest") }.reduce(into: [:]) {
            $0[$1] = try steady("\(path)/\($1)")
        }
    }
}
