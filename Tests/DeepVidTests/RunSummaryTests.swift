import DeepCache
import Foundation
import Testing
import Video
import Vision

@testable import DeepVid

@Suite struct LatenciesTests {
    private func latencies(_ values: [Double]) -> Latencies {
        values.reduce(into: Latencies()) { $0.add($1) }
    }

    @Test func withoutAnyThereAreNoFigures() {
        #expect(Latencies().figures == nil)
        #expect(Latencies().percentile(0.5) == nil)
    }

    @Test func percentilesAreWithinTwoPercent() throws {
        let figures = try #require(latencies((1...1000).map(Double.init)).figures)
        #expect(abs(figures.p50 - 500) <= 10)
        #expect(abs(figures.p99 - 990) <= 20)
        #expect(figures.max == 1000)
    }

    @Test func theOrderDoesNotMatter() throws {
        let values = (1...500).map { Double($0 * 37 % 501) }
        let (there, back) = (try #require(latencies(values).figures), try #require(latencies(values.reversed()).figures))
        #expect(there.p50 == back.p50)
        #expect(there.p99 == back.p99)
        #expect(there.max == back.max)
    }

    @Test(arguments: [0.5, 3, 77.7, 12_345]) func ofOneValueAllAreIt(value: Double) throws {
        let figures = try #require(latencies([value]).figures)
        #expect(figures.max == value)
        #expect(figures.p50 <= value)
        #expect(figures.p50 >= value / 1.02)
        #expect(figures.p99 == figures.p50)
    }

    @Test func whatIsOutsideTheClassesCountsAllTheSame() throws {
        let figures = try #require(latencies([0, 0, 0, 1e9]).figures)
        #expect(figures.p50 < 0.02)
        #expect(figures.max == 1e9)
        #expect(figures.p99 <= 1e9)
        #expect(figures.p99 > 1e6)
    }

    @Test func noPercentileIsAboveTheLongest() {
        let all = latencies([1, 2, 3.3])
        for share in [0, 0.1, 0.5, 0.9, 0.99, 1] { #expect(all.percentile(share)! <= 3.3) }
    }
}

@Suite struct RunSummaryTests {
    private func result(_ timing: FrameResult.Timing, share: Double? = nil) -> FrameResult {
        FrameResult(
            makeInfo(0), answer: .classes([]), reuse: share.map { FrameResult.Reuse(policy: .cbinfer, share: $0, reason: nil) },
            timing: timing)
    }

    private func summary(_ results: [FrameResult]) -> RunSummary {
        var tally = Tally(), summary = RunSummary(source: "a")
        for result in results { tally.add(result) }
        tally.fill(&summary)
        return summary
    }

    @Test func theTotalIsAllWork() {
        #expect(FrameResult.Timing().total == 0)
        #expect(FrameResult.Timing(decode: 1, infer: 2).total == 3)
        #expect(FrameResult.Timing(decode: 1, preprocess: 10, match: 100, infer: 2, postprocess: 1000).total == 1113)
    }

    @Test func timesAreMeansOverTheFrames() {
        let timing = summary([
            result(.init(decode: 1, preprocess: 2, match: 3, infer: 4, postprocess: 5)),
            result(.init(decode: 3, preprocess: 4, match: nil, infer: 6, postprocess: 9)),
        ]).timing
        #expect(timing.decode == 2)
        #expect(timing.preprocess == 3)
        // A frame that was not compared took no time for that.
        #expect(timing.match == 1.5)
        #expect(timing.infer == 5)
        #expect(timing.postprocess == 7)
        #expect(timing.total == 18.5)
    }

    @Test func withoutComparingThereIsNoTimeForIt() { #expect(summary([result(.init(infer: 4))]).timing.match == nil) }

    @Test func reuseIsAMeanOverAllFrames() throws {
        let reuse = try #require(summary([result(.init(), share: 0), result(.init(), share: 1), result(.init(), share: 0.5)]).reuse)
        #expect(reuse.policy == .cbinfer)
        #expect(reuse.share == 0.5)
        #expect(reuse.agreement == nil)
    }

    @Test func denseRunsHaveNoReuse() { #expect(summary([result(.init())]).reuse == nil) }

    @Test func noFramesHaveNoMeans() {
        let summary = summary([])
        #expect(summary.frames == 0)
        #expect(summary.timing.total == 0)
        #expect(summary.reuse == nil)
        #expect(summary.peakMegabytes > 1)
    }

    @Test func framesPerSecondAreOfTheWallClock() {
        var summary = RunSummary(source: "a")
        #expect(summary.framesPerSecond == 0)
        (summary.frames, summary.wallSeconds) = (30, 2)
        #expect(summary.framesPerSecond == 15)
    }

    /// What was counted before a checkpoint counts after it, the time as well.
    @Test func sumsGoOnFromACheckpoint() throws {
        var tally = Tally()
        for share in [0, 0.5] { tally.add(result(.init(decode: 1, match: 2, infer: 3), share: share)) }
        var (before, after) = (RunSummary(source: "a"), RunSummary(source: "a"))
        // Before the checkpoint is taken: the clock goes on, so that the time after it can only be longer.
        tally.fill(&before)
        var again = try JSONDecoder().decode(Tally.self, from: JSONEncoder().encode(tally.paused))
        again.add(result(.init(decode: 4, match: 2, infer: 3), share: 1))
        again.fill(&after)
        #expect(after.frames == 3)
        #expect(after.timing.decode == 2)
        #expect(after.timing.match == 2)
        #expect(after.reuse?.share == 0.5)
        #expect(after.wallSeconds >= before.wallSeconds)
    }
}

/// The demo has six seconds.
@Suite struct RunProgressTests {
    private func progress(
        _ frames: Int, at seconds: Double?, _ change: (inout VideoOptions) -> Void = { _ in }
    ) throws -> RunProgress {
        var options = VideoOptions()
        change(&options)
        return RunProgress(frames: frames, at: makeInfo(frames, pts: seconds), of: try Video.VideoReader(street).info, options)
    }

    @Test func theFractionIsOfTheVideo() throws { #expect(abs(try #require(try progress(45, at: 3).fraction) - 0.5) < 1e-6) }

    @Test func aDurationIsALength() throws {
        let progress = try progress(15, at: 1) { $0.duration = 2 }
        #expect(progress.fraction == 0.5)
    }

    @Test func aDurationBeyondTheEndIsNone() throws {
        let progress = try progress(15, at: 3) { $0.duration = 200 }
        #expect(abs(try #require(progress.fraction) - 0.5) < 1e-6)
    }

    @Test func aStartIsTheBeginning() throws {
        let progress = try progress(15, at: 3) { $0.start = 2 }
        #expect(progress.videoSeconds == 1)
        #expect(abs(try #require(progress.fraction) - 0.25) < 1e-6)
    }

    /// Whichever comes first ends the run.
    @Test func theLimitThatIsNearerCounts() throws {
        let progress = try progress(9, at: 0.6) { $0.maxFrames = 10 }
        #expect(progress.fraction == 0.9)
    }

    @Test func itStaysBetweenNoneAndAll() throws {
        #expect(try progress(99, at: 60).fraction == 1)
        #expect(try progress(0, at: -2).fraction == 0)
    }

    @Test func withoutTimeStampsOnlyALimitTells() throws {
        #expect(try progress(9, at: nil).fraction == nil)
        #expect(try progress(9, at: nil).videoSeconds == nil)
        #expect(try progress(9, at: nil) { $0.maxFrames = 18 }.fraction == 0.5)
    }
}
