import DeepCache
import Foundation
import Models
import TestSupport
import Testing
import Tracking
import Vision

@testable import DeepVid
@testable import Video

/// The one loop, with made-up inputs and analyzers, and with real ones.
@Suite struct RunTests {
    private let control = RunControl()

    private struct Full: Error {}

    private func make(
        _ source: MadeUpSource, _ processor: MadeUpProcessor = MadeUpProcessor(), _ options: RunOptions = runOptions(), outages: Int? = nil
    ) -> Run {
        Run("a", source, options: options, score: 0.4, outages: outages, control: control) { (_) throws(DeepVidError) in .one(processor) }
    }

    private func run(
        _ events: [MadeUpSource.Event], _ processor: MadeUpProcessor = MadeUpProcessor(), _ options: RunOptions = runOptions(),
        outages: Int? = nil
    ) throws -> (lines: [String], summary: RunSummary, results: [FrameResult]) {
        let log = RunLog()
        let summary = make(try MadeUpSource(events, control: control), processor, options, outages: outages).run(
            into: { _, output in log.take(output) })
        return (log.lines, summary, log.results)
    }

    // MARK: Order

    @Test func framesComeBetweenBeginAndEnd() throws {
        let (lines, summary, _) = try run([.opened, .frame(0), .frame(1), .frame(2)])
        #expect(lines == ["begin", "frame 0 first_frame", "frame 1", "frame 2", "end finished 3"])
        #expect(summary.reason == .finished)
        #expect(summary.error == nil)
    }

    @Test func anInputWithoutFramesHasBeginAndEnd() throws { #expect(try run([.opened]).lines == ["begin", "end finished 0"]) }

    @Test func everyOutputNamesTheInput() throws {
        var names: Set<String> = []
        make(try MadeUpSource([.opened, .frame(0)])).run(into: { name, _ in names.insert(name) })
        #expect(names == ["a"])
    }

    @Test func theSourceIsClosedAtTheEnd() throws {
        let source = try MadeUpSource([.opened, .frame(0)])
        make(source).run(into: { _, _ in })
        #expect(source.isClosed)
    }

    /// Objects that are in the picture at the end leave it before `end`.
    @Test func whatTheEndBringsComesBeforeIt() throws {
        var options = runOptions()
        (options.output.lines, options.output.staticObjects) = (.events, .keep)
        let object = Detection(classID: 0, label: "person", score: 0.9, box: Box(x: 10, y: 10, width: 40, height: 80))
        let lines = try run([.opened, .frame(0), .frame(1)], MadeUpProcessor(seeing: [object]), options).lines
        #expect(lines == ["begin", "object start", "object end", "end finished 2"])
    }

    // MARK: Failures

    @Test func anInputThatCannotBeOpenedHasBeginAndEnd() throws {
        let (lines, summary, _) = try run([.failure(DeepVidError(.notFound, "no such file"))])
        #expect(lines == ["begin without input", "end failed 0"])
        #expect(summary.error?.code == .notFound)
        #expect(summary.reading == nil)
    }

    @Test func whatCameBeforeAFailureIsGiven() throws {
        let (lines, summary, _) = try run([.opened, .frame(0), .frame(1), .failure(DeepVidError(.truncated, "cut")), .frame(2)])
        #expect(lines == ["begin", "frame 0 first_frame", "frame 1", "end failed 2"])
        #expect(summary.error?.code == .truncated)
    }

    @Test func anAnalyzerThatFailsEndsTheRun() throws {
        let processor = MadeUpProcessor()
        processor.failsAt = 1
        let (lines, summary, _) = try run([.opened, .frame(0), .frame(1), .frame(2)], processor)
        #expect(lines == ["begin", "frame 0 first_frame", "end failed 1"])
        #expect(summary.error?.code == .modelFailed)
    }

    @Test func anEngineThatCannotBeMadeIsHowTheRunEnds() throws {
        let log = RunLog(), source = try MadeUpSource([.opened, .frame(0)])
        let run = Run("a", source, options: runOptions(), score: 0, control: control) { (_) throws(DeepVidError) in
            throw DeepVidError(.unusableModel, "too large")
        }
        let summary = run.run(into: { _, output in log.take(output) })
        #expect(log.lines == ["begin", "end failed 0"])
        #expect(summary.error?.code == .unusableModel)
    }

    /// The input could be opened, and `begin` says so.
    @Test func zonesOutsideThePictureAreHowTheRunEnds() throws {
        var options = runOptions()
        let json = #"{"zones": [{"name": "far", "points": [[0, 0], [5000, 0], [5000, 9]]}]}"#
        options.output.zones = try ZonePlan(json: Data(json.utf8), name: "zones.json")
        let (lines, summary, _) = try run([.opened, .frame(0)], MadeUpProcessor(), options)
        #expect(lines == ["begin", "end failed 0"])
        #expect(summary.error?.code == .invalidOptions)
    }

    @Test func motionVectorsThatTheCodecDoesNotGiveAreRefused() throws {
        var reuse = ReuseOptions()
        (reuse.policy, reuse.deepCache.hints) = (.deepcache, .on)
        let options = RunOptions(model: ModelOptions(), video: VideoOptions(), threads: 1, reuse: reuse)
        let info = try Video.VideoReader(Files.clip("hevc-10bit.mp4")).info
        #expect(try run([.openedAs(info), .frame(0)], MadeUpProcessor(), options).summary.error?.code == .unsupported)
        #expect(try run([.opened, .frame(0)], MadeUpProcessor(), options).lines.last == "end finished 1")
    }

    // MARK: Stops

    @Test func aStopIsInterruptedAndNoFailure() throws {
        let processor = MadeUpProcessor()
        processor.onFrame = { [control] in if $0 == 1 { control.stop() } }
        let (lines, summary, _) = try run([.opened, .frame(0), .frame(1), .frame(2)], processor)
        #expect(lines == ["begin", "frame 0 first_frame", "frame 1", "end interrupted 2"])
        #expect(summary.error == nil)
    }

    @Test func aRunMayBeStoppedBeforeItBegins() throws {
        control.stop()
        #expect(try run([.opened, .frame(0)]).lines == ["begin without input", "end interrupted 0"])
    }

    /// What a reader says of being cancelled is no failure.
    @Test func afterAStopAFailureIsNone() throws {
        let processor = MadeUpProcessor()
        processor.onFrame = { [control] _ in control.stop() }
        processor.failsAt = 1
        let log = RunLog(), source = try MadeUpSource([.opened, .frame(0), .frame(1)])
        let summary = make(source, processor).run(into: { _, output in log.take(output) })
        #expect(log.lines == ["begin", "frame 0 first_frame", "end interrupted 1"])
        #expect(summary.error == nil)
    }

    @Test func aStopOfWorkersLeavesNoGap() throws {
        let log = RunLog(), runs = try Runs(try Model(), options: runOptions(threads: 2, cache: .off), control: control)
        let summary = runs.run(
            street,
            into: { [control] _, output in
                log.take(output)
                if log.results.count == 40 { control.stop() }
            })
        #expect(summary.reason == .interrupted)
        #expect(summary.frames >= 40)
        #expect(log.results.map(\.frame.index) == Array(0..<summary.frames))
        #expect(log.lines.last == "end interrupted \(summary.frames)")
    }

    // MARK: Sinks that throw

    /// - Returns: how many outputs the sink got.
    private func fail(_ run: Run, at output: Int) -> Int {
        var count = 0
        #expect(throws: Full.self) {
            try run.run(
                into: { (_, _) throws(Full) in
                    count += 1
                    if count == output { throw Full() }
                })
        }
        return count
    }

    /// At `begin`, a frame, and `end`.
    @Test(arguments: [1, 2, 3, 4]) func aSinkThatThrowsEndsTheRunAndClosesTheSource(output: Int) throws {
        let source = try MadeUpSource([.opened, .frame(0), .frame(1)]), processor = MadeUpProcessor()
        let run = make(source, processor)
        #expect(fail(run, at: output) == output)
        #expect(processor.frames == Array(0..<min(max(output - 1, 0), 2)))
        #expect(source.isClosed)
    }

    @Test func aSinkThatThrowsEndsWorkers() throws {
        let source = try MadeUpSource([.opened] + (0..<200).map { .frame($0) })
        let options = runOptions(threads: 2, cache: .off), workers = try #require(try FrameWorkers(try Model(), options))
        let run = Run("a", source, options: options, score: 0.4, control: control) { (_) throws(DeepVidError) in .workers(workers) }
        #expect(fail(run, at: 5) == 5)
        #expect(source.isClosed)
        // Their threads have let them go: the next input may have them.
        workers.begin()
        let log = RunLog(), next = try MadeUpSource([.opened, .frame(0), .frame(1)])
        Run("b", next, options: options, score: 0.4, control: control) { (_) throws(DeepVidError) in .workers(workers) }
            .run(into: { _, output in log.take(output) })
        #expect(log.lines == ["begin", "frame 0", "frame 1", "end finished 2"])
    }

    // MARK: Live

    private func outage(_ code: DeepVidError.Code = .timedOut) -> Outage {
        Outage(cause: DeepVidError(code, "no data"), lastPts: 1, since: .now)
    }

    @Test func anOutageResetsTheAnalyzerAndIsCounted() throws {
        let processor = MadeUpProcessor()
        let events: [MadeUpSource.Event] = [.opened, .frame(0), .lost(outage()), .back(outage()), .frame(1), .frame(2)]
        let (lines, summary, _) = try run(events, processor, outages: 0)
        #expect(lines == ["begin", "frame 0 first_frame", "lost", "back", "frame 1 reconnected", "frame 2", "end finished 3"])
        #expect(processor.resets == 1)
        #expect(summary.outages == 1)
    }

    @Test func everyOutageCounts() throws {
        let processor = MadeUpProcessor()
        var events: [MadeUpSource.Event] = [.opened, .frame(0)]
        for index in 1...3 { events += [.lost(outage()), .back(outage()), .frame(index)] }
        let (lines, summary, _) = try run(events, processor, outages: 0)
        #expect(lines.filter { $0.hasSuffix("reconnected") }.count == 3)
        #expect(processor.resets == 3)
        #expect(summary.outages == 3)
    }

    @Test func nobodyIsFollowedAcrossAnOutage() throws {
        var options = runOptions()
        options.output.follows = true
        let object = Detection(classID: 0, label: "person", score: 0.9, box: Box(x: 10, y: 10, width: 40, height: 80))
        let events: [MadeUpSource.Event] = [.opened, .frame(0), .frame(1), .lost(outage()), .back(outage()), .frame(2), .frame(3)]
        let (_, summary, results) = try run(events, MadeUpProcessor(seeing: [object]), options, outages: 0)
        #expect(results.map { $0.detections.first?.trackID } == [1, 1, 2, 2])
        #expect(summary.tracks == 2)
    }

    @Test func aCameraMayBeAwayAtTheStart() throws {
        let (lines, summary, _) = try run([.lost(outage(.unreadable)), .back(outage()), .frame(0)], outages: 0)
        #expect(lines == ["begin without input", "lost", "back", "frame 0 reconnected", "end finished 1"])
        #expect(summary.outages == 1)
    }

    @Test func aCameraThatDoesNotComeIsGivenUp() throws {
        let (lines, summary, _) = try run([.lost(outage()), .failure(DeepVidError(.unreadable, "away; given up"))], outages: 0)
        #expect(lines == ["begin without input", "lost", "end failed 0"])
        #expect(summary.error?.code == .unreadable)
        #expect(summary.latency == nil)
    }

    /// Also where no frame came between.
    @Test func framesAreNumberedOverAllConnections() throws {
        let events: [MadeUpSource.Event] = [
            .opened, .renumbered(0, index: 0), .lost(outage()), .back(outage()), .renumbered(0, index: 7), .renumbered(1, index: 8),
        ]
        #expect(try run(events, outages: 0).results.map(\.frame.index) == [0, 7, 8])
    }

    @Test func liveFramesHaveLatencies() throws {
        let (_, summary, results) = try run([.opened, .frame(0), .frame(1)], outages: 0)
        #expect(results.allSatisfy { $0.latencyMilliseconds ?? -1 >= 0 })
        let latency = try #require(summary.latency)
        #expect(latency.p50 <= latency.max)
        #expect(summary.outages == 0)
    }

    @Test func otherFramesHaveNone() throws {
        let (_, summary, results) = try run([.opened, .frame(0)])
        #expect(results.first?.latencyMilliseconds == nil)
        #expect(summary.latency == nil)
        #expect(summary.outages == nil)
    }

    // MARK: Summaries and progress

    @Test func theSummaryIsOfAllFrames() throws {
        let processor = MadeUpProcessor(), source = try MadeUpSource([.opened, .frame(0), .frame(1), .frame(2), .frame(3)])
        source.summary = FrameQueue.Summary()
        source.summary?.framesDecoded = 9
        let summary = make(source, processor).run(into: { _, _ in })
        #expect(summary.frames == 4)
        #expect(summary.written == 4)
        #expect(summary.timing.total == 3)
        #expect(summary.reuse?.share == 0.375)
        #expect(summary.reading?.framesDecoded == 9)
        #expect(processor.hasCompleted)
    }

    private func progress(_ options: RunOptions = runOptions(), outages: Int? = nil) throws -> [RunProgress] {
        var all: [RunProgress] = []
        make(try MadeUpSource([.opened, .frame(0), .frame(1), .frame(2)]), MadeUpProcessor(), options, outages: outages).run(
            into: { _, _ in }, onProgress: { all.append($0) })
        return all
    }

    @Test func progressIsToldAfterEachFrame() throws {
        let all = try progress()
        #expect(all.map(\.frames) == [1, 2, 3])
        #expect(all.map(\.reused) == [0, 0.25, 1.0 / 3])
        // The demo has 90 frames in 6 seconds; the made-up frames come at 25 a second.
        #expect(all.map(\.videoSeconds) == [0, 0.04, 0.08])
        for progress in all { #expect(abs(try #require(progress.fraction) - progress.videoSeconds! / 6) < 1e-6) }
    }

    @Test func aLimitOfFramesIsALength() throws {
        var options = runOptions()
        options.video.maxFrames = 4
        #expect(try progress(options).map(\.fraction) == [0.25, 0.5, 0.75])
    }

    @Test func inputsWithoutEndHaveFramesOnly() throws {
        let all = try progress(outages: 0)
        #expect(all.map(\.frames) == [1, 2, 3])
        #expect(all.allSatisfy { $0.fraction == nil })
        #expect(all.allSatisfy { $0.videoSeconds == nil })
    }

    // MARK: Real frames

    private func results(_ options: RunOptions) throws -> [FrameResult] {
        let log = RunLog(), runs = try Runs(try Model(), options: options, control: control)
        _ = runs.run(street, into: { _, output in log.take(output) })
        return log.results
    }

    @Test func workersGiveTheResultsOfOneAnalyzerInOrder() throws {
        let one = try results(runOptions(cache: .off)), two = try results(runOptions(threads: 2, cache: .off))
        #expect(one.map(\.frame.index) == Array(0..<90))
        #expect(two.map(\.frame.index) == Array(0..<90))
        #expect(two.map(\.answer) == one.map(\.answer))
    }

    /// The division among workers goes by number, so their reuse does not depend on how fast each is.
    @Test func workersGiveTheSameEveryTime() throws {
        let runs = try (0..<2).map { _ in try results(runOptions(threads: 2)) }
        #expect(runs[0].map(\.answer) == runs[1].map(\.answer))
        #expect(runs[0].map { $0.reuse?.share } == runs[1].map { $0.reuse?.share })
        #expect(runs[0].filter { $0.reuse?.reason == .firstFrame }.map(\.frame.index) == [0, FrameWorkers.turn])
    }

    @Test(arguments: [1, 2]) func aBrokenClipGivesWhatCameBefore(threads: Int) throws {
        let log = RunLog(), clip = Files.clip("truncated.mp4")
        let runs = try Runs(try Model(), options: runOptions(threads: threads, cache: .off), control: control)
        let summary = runs.run(clip, into: { _, output in log.take(output) })
        #expect(summary.reason == .failed)
        #expect(summary.error?.code == .truncated)
        #expect(summary.frames > 0)
        #expect(log.results.map(\.frame.index) == Array(0..<summary.frames))
    }

    /// Each input by itself: what audits of one taught is not carried into the next.
    @Test(arguments: [1, 2]) func theSecondInputIsAsIfItWereAlone(threads: Int) throws {
        let log = RunLog(), runs = try Runs(try Model(), options: runOptions(threads: threads), control: control)
        for _ in 0..<2 { _ = runs.run(street, into: { _, output in log.take(output) }) }
        let half = log.results.count / 2
        #expect(half == 90)
        #expect(log.results[..<half].map(\.answer) == log.results[half...].map(\.answer))
        #expect(log.results[..<half].map { $0.reuse?.share } == log.results[half...].map { $0.reuse?.share })
    }
}
