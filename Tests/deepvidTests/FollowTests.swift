import Testing

/// `deepvid batch --follow`: a folder that fills.
@Suite struct FollowTests {
    private static let wait =
        #"until_true() { for i in $(seq 1200); do eval "$1" && return; sleep 0.05; done; echo "never: $1" >&2; }"# + "\n"

    /// What is done stays, what is broken is left, what comes is taken; and a restart finds all that.
    @Test func whatComesIsTakenOnce() throws {
        let outcome = try shell(
            Self.wait + """
                mkdir nvr; cp street.mp4 nvr/a.mp4; printf no >nvr/bad.mp4; touch -d '1 hour ago' nvr/*
                start() { deepvid batch nvr -o out --follow --max-frames 2 "$@" 2>>errors & pid=$!; }
                start; until_true '[ -s out/nvr/a.mp4.jsonl ] && [ -s out/nvr/bad.mp4.jsonl ]'
                touch nvr/a.txt nvr/b.txt; until_true 'grep -q "a.txt: is passed over" errors'
                cp street.mp4 nvr/b.mp4; touch -d '1 minute ago' nvr/b.mp4; until_true '[ -s out/nvr/b.mp4.jsonl ]'
                kill $pid; wait $pid; echo $?
                cp street.mp4 nvr/c.mp4; touch -d '1 minute ago' nvr/c.mp4; start --score 0.9; until_true '[ -s out/nvr/c.mp4.jsonl ]'
                cp moving.mp4 nvr/bad.mp4; touch -d '2 minutes ago' nvr/bad.mp4; until_true 'grep -q "type.:.frame" out/nvr/bad.mp4.jsonl'
                kill $pid; wait $pid; echo $?
                jq -r 'select(.state != "running") | [.source, .state] | join(" ")' out/manifest.jsonl; cat errors >&2
                """)
        #expect(
            outcome.lines == [
                "143", "143", "nvr/a.mp4 done", "nvr/bad.mp4 failed", "nvr/b.mp4 done", "nvr/c.mp4 done", "nvr/bad.mp4 done",
            ], "\(outcome.output)\(outcome.errors)")
        #expect(!outcome.errors.contains("b.txt: is passed over"), "\(outcome.errors)")
        // The time is one of waiting.
        #expect(outcome.errors.contains("2 clips done, 1 failed, 0 skipped; 4 frames, mean reuse"), "\(outcome.errors)")
        #expect(outcome.errors.contains("2 clips done, 0 failed, 3 skipped; 4 frames, mean reuse"), "\(outcome.errors)")
    }

    @Test func anEmptyFolderIsWaitedFor() throws {
        let outcome = try shell(
            Self.wait + """
                mkdir nvr; deepvid batch nvr -o out --follow --metrics m.prom & pid=$!; until_true '[ -e m.prom ]'; sleep 0.5
                kill $pid; wait $pid; status=$?; cat m.prom; exit $status
                """)
        for line in ["deepvid_frames_total 0", #"deepvid_clips_total{reason="failed"} 0"#, "deepvid_last_frame_timestamp_seconds 0"] {
            #expect(outcome.lines.contains(line), "\(outcome.output)")
        }
        // Nothing is connected to a folder.
        #expect(!outcome.output.contains("deepvid_connected"), "\(outcome.output)")
        #expect(outcome.status == 143, "\(outcome.status) \(outcome.errors)")
        #expect(!outcome.errors.contains("error"), "\(outcome.errors)")
    }

    @Test func refusals() throws {
        try expectRefusal("deepvid batch no -o out --follow", "no: no such file")
        try expectRefusal("mkdir nvr; deepvid batch nvr -o out --follow --shard 1/2", "--shard", "--follow")
        try expectRefusal("echo nvr >list; deepvid batch @list -o out --follow", "@list", "--follow")
    }
}
