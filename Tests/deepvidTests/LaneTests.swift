import Foundation
import Results
import Testing

/// Frames shared among lanes: `--threads` above 1.
@Suite struct LaneTests {
    /// What does not depend on time.
    private func answers(_ frames: [FrameRecord]) -> [[String]] {
        frames.map {
            ["\($0.frame)", "\($0.ptsS ?? -1)", "\($0.objects ?? [])", "\($0.cache.map { "\($0.reused) \($0.reason ?? "")" } ?? "")"]
        }
    }

    @Test func denseAnswersAreTheSame() throws {
        let one = try Records(try shell("deepvid infer street.mp4 --cache off --threads 1"))
        #expect(one.frames.count == 90)
        for threads in [2, 3, 16] {
            let many = try Records(try shell("deepvid infer street.mp4 --cache off --threads \(threads)"))
            #expect(answers(many.frames) == answers(one.frames), "\(threads) threads")
        }
    }

    @Test func cachedAnswersDependOnNothingButTheThreads() throws {
        let runs = try (0..<2).map { _ in try Records(try shell("deepvid infer street.mp4 --threads 2")) }
        #expect(try answers(runs[at: 0].frames) == answers(runs[at: 1].frames))
        // Each lane has a first frame of its own; what comes after reuses.
        #expect(try runs[at: 0].frames.filter { $0.cache?.reason == "first_frame" }.map(\.frame) == [0, 32])
        let cache = try #require(runs[at: 0].ends.first?.cache)
        #expect(cache.reused > 0.3)
        #expect(cache.agreement?.rule == "boxes")
        #expect(try runs[at: 0].ends.first?.timingMs != nil)
    }

    @Test func exactReuseIsExactInLanes() throws {
        let off = try Records(try shell("deepvid infer street.mp4 --cache off --threads 1"))
        let exact = try Records(try shell("deepvid infer street.mp4 --target-agreement 1 --threads 2"))
        #expect(exact.frames.map(\.objects) == off.frames.map(\.objects))
    }

    @Test func severalInputsDoNotMix() throws {
        let together = try Records(try shell("deepvid infer street.mp4 moving.mp4 street.mp4 --cache off --threads 2"))
        let apart = try ["street.mp4", "moving.mp4", "street.mp4"].flatMap {
            try Records(try shell("deepvid infer \($0) --cache off --threads 2")).frames
        }
        #expect(answers(together.frames) == answers(apart))
        #expect(together.ends.map(\.reason) == [.finished, .finished, .finished])
    }

    @Test func brokenClipGivesTheSameFrames() throws {
        let outcomes = try [1, 2].map { try shell("deepvid infer truncated.mp4 --cache off --threads \($0)") }
        #expect(outcomes.map(\.status) == [1, 1])
        let records = try outcomes.map { try Records($0) }
        #expect(try answers(records[at: 0].frames) == answers(records[at: 1].frames))
        #expect(try !records[at: 0].frames.isEmpty)
        #expect(records.map { $0.ends.first?.error?.code } == ["truncated", "truncated"])
    }

    @Test(.enabled(if: (try? shell("ffmpeg -version"))?.status == 0, "needs ffmpeg"))
    func signalLeavesNoGap() throws {
        let outcome = try shell(
            """
            ffmpeg -v error -stream_loop 19 -i street.mp4 -c copy long.mp4
            env --default-signal=INT deepvid infer long.mp4 --threads 2 --cache off >records & pid=$!
            while [ "$(cat records 2>/dev/null | wc -l)" -lt 50 ]; do sleep 0.02; done
            kill -s INT $pid; wait $pid; status=$?
            cat records; exit $status
            """)
        let records = try Records(outcome)
        let end = try #require(records.ends.first)
        #expect(outcome.status == (end.reason == .interrupted ? 130 : 0), "\(outcome.errors)")
        #expect(records.frames.map(\.frame) == Array(0..<end.frames))
        #expect(end.frames >= 49)
    }

    @Test func readerThatHasSeenEnough() throws {
        let outcome = try shell("{ deepvid infer street.mp4 --threads 2; echo status $? >&2; } | head -n 40")
        #expect(outcome.lines.count == 40)
        #expect(outcome.errors == "status 0\n")
    }
}
