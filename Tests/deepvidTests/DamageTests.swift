import Foundation
import Results
import Testing

/// Inputs that break on the way, and ends that come from outside.
@Suite struct DamageTests {
    @Test func truncatedClip() throws {
        let outcome = try shell("deepvid infer truncated.mp4")
        #expect(outcome.status == 1, "\(outcome.errors)")
        let records = try Records(outcome)
        let end = try #require(records.ends.first)
        #expect(end.reason == .failed)
        #expect(end.error?.code == "truncated")
        #expect(end.frames > 0)
        #expect(end.frames == records.frames.count)
        #expect(outcome.errors.hasPrefix("deepvid: error: truncated.mp4: "))
    }

    @Test func damagedClipGoesOn() throws {
        let outcome = try shell("deepvid infer damaged.mp4")
        let records = try Records(outcome)
        let end = try #require(records.ends.first)
        #expect(end.frames > 0)
        // Damage is counted; whether it also ended the clip decides the status.
        #expect(end.corruptPackets > 0 || end.reason == .failed)
        #expect(outcome.status == (end.reason == .failed ? 1 : 0))
        let warning = "deepvid: warning: damaged.mp4: is damaged: \(end.corruptPackets) corrupt packet"
        #expect(outcome.errors.contains(warning), "\(outcome.errors)")
        let metrics = try shell("deepvid batch damaged.mp4 -o out --metrics m.prom >&2; cat m.prom")
        #expect(metrics.errors.contains(warning), "\(metrics.errors)")
        #expect(metrics.lines.contains("deepvid_corrupt_packets_total \(end.corruptPackets)"), "\(metrics.output)")
    }

    @Test func worstOfSeveralInputsCounts() throws {
        let outcome = try shell("deepvid infer truncated.mp4 street.mp4 --quiet")
        #expect(outcome.status == 1)
        let records = try Records(outcome)
        #expect(records.ends.map(\.reason) == [.failed, .finished])
        #expect(records.ends.map(\.source) == ["truncated.mp4", "street.mp4"])
    }

    @Test func unusableInputAmongOthers() throws {
        let place = try Workspace()
        try place.write("this is no video\n", to: "notes.txt")
        let outcome = try shell("deepvid infer notes.txt street.mp4 --max-frames 2", in: place)
        #expect(outcome.status == 1, "the other was done")
        #expect(outcome.errors.contains("notes.txt"))
        let records = try Records(outcome)
        #expect(records.types == ["begin", "end", "begin", "frame", "frame", "end"])
        #expect(records.begins.first?.video == nil)
        #expect(records.ends.first?.error != nil)
    }

    @Test(arguments: [("INT", Int32(130)), ("TERM", 143)])
    func signalEndsInOrder(name: String, status: Int32) throws {
        // A pipe that never ends: only the signal can stop this. env resets what sh does to signals of background jobs.
        let outcome = try shell(
            """
            mkfifo input; (cat street.mp4; sleep 60) >input & writer=$!
            env --default-signal=INT deepvid infer input >records & pid=$!
            while [ "$(cat records 2>/dev/null | wc -l)" -lt 2 ]; do sleep 0.1; done
            kill -s \(name) $pid; wait $pid; status=$?
            kill $writer; cat records; exit $status
            """)
        #expect(outcome.status == status, "\(outcome.errors)")
        let records = try Records(outcome)
        #expect(records.ends.count == 1)
        #expect(records.ends.first?.reason == .interrupted)
    }

    @Test func signalEndsAWaitForTheInput() throws {
        let outcome = try shell(
            """
            mkfifo silent; sleep 60 >silent & writer=$!
            env --default-signal=INT deepvid infer silent >records & pid=$!
            sleep 1; kill -s INT $pid; wait $pid; status=$?
            kill $writer; cat records; exit $status
            """)
        #expect(outcome.status == 130, "\(outcome.errors)")
        let records = try Records(outcome)
        // A slow machine may still have been loading the model: then there is nothing to end.
        #expect(records.types.isEmpty || records.ends.first?.reason == .interrupted)
        #expect(outcome.errors.isEmpty)
    }

    @Test func readerThatHasSeenEnough() throws {
        let outcome = try shell("{ deepvid infer street.mp4; echo status $? >&2; } | head -n 3")
        #expect(outcome.lines.count == 3)
        #expect(outcome.errors == "status 0\n")
    }

    @Test func fullDisk() throws {
        for command in ["deepvid infer street.mp4 -o /dev/full", "deepvid infer street.mp4 >/dev/full"] {
            let outcome = try shell(command)
            #expect(outcome.status == 1)
            #expect(outcome.errors.hasPrefix("deepvid: error: cannot write to"), "\(outcome.errors)")
        }
    }

    @Test func closedStandardOutput() throws {
        let outcome = try shell("deepvid infer street.mp4 >&-")
        #expect(outcome.status == 1)
        #expect(outcome.errors.hasPrefix("deepvid: error: cannot write to standard output"), "\(outcome.errors)")
    }

    @Test func outputFileHoldsTheSameRecords() throws {
        let outcome = try expectSuccess("deepvid infer street.mp4 --max-frames 3 -o out.jsonl && cat out.jsonl")
        #expect(try Records(outcome).frames.count == 3)
        try expectRefusal("cp street.mp4 mine.mp4; deepvid infer mine.mp4 -o ./mine.mp4", "overwrite")
        try expectRefusal("deepvid infer street.mp4 -o no/such/folder.jsonl", "there is no folder")
    }

    /// Records are replaced, by other records; what is something else is not.
    @Test func onlyRecordsAreWrittenOver() throws {
        let place = try Workspace()
        let run = "deepvid infer street.mp4 --max-frames 2 -o"
        try expectRefusal("cp vfr.mkv other.mkv; \(run) other.mkv", "other.mkv", "no file of records", in: place)
        try expectRefusal("echo notes >notes.txt; \(run) notes.txt", "notes.txt", in: place)
        let again = try expectSuccess("\(run) out.jsonl && \(run) out.jsonl && : >empty && \(run) empty && cat out.jsonl", in: place)
        #expect(try Records(again).types == ["begin", "frame", "frame", "end"])
    }

    @Test(.enabled(if: (try? shell("zstd --version"))?.status == 0, "zstd is not installed")) func compressedOutput() throws {
        let outcome = try expectSuccess("deepvid infer street.mp4 --max-frames 5 -o out.jsonl.zst && zstd -dc out.jsonl.zst")
        #expect(try Records(outcome).frames.count == 5)
        try expectRefusal("deepvid infer street.mp4 -o out.jsonl.zst --segment 10s", "--segment")
    }

    /// A camera's file outlives a restart: what is there stays, but for a line that was torn.
    @Test func liveRecordsAreAddedTo() throws {
        let outcome = try expectSuccess(
            """
            run='deepvid infer street.mp4 --live --max-frames 2 -o today.jsonl'
            $run && printf '{"type":"fra' >>today.jsonl && $run && cat today.jsonl
            """)
        #expect(try Records(outcome).types == ["begin", "frame", "frame", "end", "begin", "frame", "frame", "end"])
    }

    /// Too little address space is said in a sentence, and never ends in a crash; enough is enough.
    @Test(arguments: ["infer", "batch -o out", "compare"], [340_000, 400_000, 460_000, 4_000_000])
    func littleAddressSpace(command: String, kilobytes: Int) throws {
        let outcome = try shell(
            "ulimit -v \(kilobytes); timeout -s KILL 60 deepvid \(command) street.mp4 --max-frames 3 --quiet >/dev/null")
        if kilobytes > 1_000_000 {
            #expect(outcome.status == 0, "\(outcome.errors)")
        } else if outcome.status != 0 {
            #expect(outcome.status == 2)
            #expect(outcome.errors.hasPrefix("deepvid: error: the limit on address space (ulimit -v) leaves "), "\(outcome.errors)")
        }
    }

    @Test func threadsAreThoseOfTheCPUs() throws {
        let outcome = try shell(
            "first=$(taskset -cp $$ | sed 's/.*: //; s/[-,].*//'); taskset -c $first deepvid infer street.mp4 --max-frames 1")
        #expect(try Records(outcome).begins.first?.options.threads == 1, "\(outcome.errors)")
    }
}
