import DeepCache
import Foundation
import Models
import TestSupport
import Testing
import Video
import Vision

@testable import DeepVid

/// The one loop, with made-up inputs and analyzers, and with real ones.
@Suite struct RunTests {
    private let control = RunControl()

    /// What a run gave, as words.
    private final class Log {
        var lines: [String] = []
        var results: [FrameResult] = []

        func take(_ output: RunOutput) {
            switch output {
            case .begin(let info): lines.append(info == nil ? "begin without input" : "begin")
            case .frame(let result):
                lines.append("frame \(result.frame.index)\(result.reuse?.reason.map { " \($0.rawValue)" } ?? "")")
                results.append(result)
            case .object: lines.append("object")
            case .lost: lines.append("lost")
            case .back: lines.append("back")
            case .end(let summary): lines.append("end \(summary.reason) \(summary.frames)")
            }
        }
    }

    private func options(threads: Int = 1, cache: ReuseOptions.Policy = .adaptive) -> RunOptions {
        var reuse = ReuseOptions()
        reuse.policy = cache
        return RunOptions(model: ModelOptions(), video: VideoOptions(), threads: threads, reuse: reuse)
    }

    private func run(
        _ source: MadeUpSource, _ processor: MadeUpProcessor, outages: Int? = nil, _ log: Log = Log()
    ) -> (lines: [String], summary: RunSummary) {
        let run = Run("a", source, options: options(), score: 0, outages: outages, control: control) { (_) throws(DeepVidError) in
            .one(processor)
        }
        let summary = run.run(into: { _, output in log.take(output) })
        return (log.lines, summary)
    }

    @Test func framesComeBetweenBeginAndEnd() throws {
        let source = MadeUpSource([.opened(try Self.info), .frame(0), .frame(1), .frame(2)])
        #expect(run(source, MadeUpProcessor()).lines == ["begin", "frame 0 first_frame", "frame 1", "frame 2", "end finished 3"])
        #expect(source.isClosed)
    }

    @Test func anInputThatCannotBeOpenedHasBeginAndEnd() {
        let source = MadeUpSource([.failure(DeepVidError(.notFound, "no such file"))]), (lines, summary) = run(source, MadeUpProcessor())
        #expect(lines == ["begin without input", "end failed 0"])
        #expect(summary.error?.code == .notFound)
    }

    @Test func whatCameBeforeAFailureIsGiven() throws {
        let source = MadeUpSource([.opened(try Self.info), .frame(0), .frame(1), .failure(DeepVidError(.truncated, "cut"))])
        let (lines, summary) = run(source, MadeUpProcessor())
        #expect(lines == ["begin", "frame 0 first_frame", "frame 1", "end failed 2"])
        #expect(summary.error?.code == .truncated)
    }

    @Test func anAnalyzerThatFailsEndsTheRun() throws {
        let processor = MadeUpProcessor()
        processor.failsAt = 1
        let (lines, summary) = run(MadeUpSource([.opened(try Self.info), .frame(0), .frame(1), .frame(2)]), processor)
        #expect(lines == ["begin", "frame 0 first_frame", "end failed 1"])
        #expect(summary.error?.code == .modelFailed)
    }

    @Test func aStopIsInterruptedAndNoFailure() throws {
        let processor = MadeUpProcessor()
        processor.onFrame = { [control] in if $0 == 1 { control.stop() } }
        let source = MadeUpSource([.opened(try Self.info), .frame(0), .frame(1), .frame(2)], control: control)
        #expect(run(source, processor).lines == ["begin", "frame 0 first_frame", "frame 1", "end interrupted 2"])
    }

    private struct Full: Error {}

    @Test func aSinkThatThrowsEndsTheRunAtOnce() throws {
        let source = MadeUpSource([.opened(try Self.info), .frame(0), .frame(1)]), processor = MadeUpProcessor()
        let run = Run("a", source, options: options(), score: 0, control: control) { (_) throws(DeepVidError) in .one(processor) }
        #expect(throws: Full.self) {
            try run.run(into: { (_, output) throws(Full) in if case .frame = output { throw Full() } })
        }
        #expect(processor.frames == [0])
    }

    // MARK: Live

    @Test func anOutageResetsTheAnalyzerAndIsCounted() throws {
        let outage = Outage(cause: DeepVidError(.timedOut, "no data"), lastPts: 1, since: .now), processor = MadeUpProcessor()
        let source = MadeUpSource([
            .opened(try Self.info), .frame(0), .lost(outage), .back(outage, try Self.info), .frame(1), .frame(2),
        ])
        let (lines, summary) = run(source, processor, outages: 0)
        #expect(lines == ["begin", "frame 0 first_frame", "lost", "back", "frame 1 reconnected", "frame 2", "end finished 3"])
        #expect(processor.resets == 1)
        #expect(summary.outages == 1)
        #expect(summary.latency != nil)
    }

    @Test func aCameraMayBeAwayAtTheStart() throws {
        let outage = Outage(cause: DeepVidError(.unreadable, "away"), lastPts: nil, since: .now)
        let (lines, _) = run(MadeUpSource([.lost(outage), .back(outage, try Self.info), .frame(0)]), MadeUpProcessor(), outages: 0)
        #expect(lines == ["begin without input", "lost", "back", "frame 0 reconnected", "end finished 1"])
    }

    // MARK: Real frames

    private static let clip = Files.fixtures.appendingPathComponent("clips/street.mp4").path
    private static var info: StreamInfo { get throws { try VideoReader(clip).info } }

    private func answers(_ options: RunOptions) throws -> [HeadResult] {
        let log = Log(), runs = try Runs(try Model(), options: options, control: control)
        _ = runs.run(Self.clip, into: { _, output in log.take(output) })
        return log.results.map(\.answer)
    }

    @Test func workersGiveTheAnswersOfOneAnalyzerInOrder() throws {
        let one = try answers(options(cache: .off)), two = try answers(options(threads: 2, cache: .off))
        #expect(one.count == 90)
        #expect(two == one)
    }

    /// Each input by itself: what audits of one taught is not carried into the next.
    @Test(arguments: [1, 2]) func theSecondInputIsAsIfItWereAlone(threads: Int) throws {
        let log = Log(), runs = try Runs(try Model(), options: options(threads: threads), control: control)
        for _ in 0..<2 { _ = runs.run(Self.clip, into: { _, output in log.take(output) }) }
        let half = log.results.count / 2
        #expect(half == 90)
        #expect(log.results[..<half].map(\.answer) == log.results[half...].map(\.answer))
        #expect(log.results[..<half].map { $0.reuse?.share } == log.results[half...].map { $0.reuse?.share })
    }

    /// From a checkpoint another run gives what the one that made it goes on with.
    @Test(arguments: [1, 2]) func aResumedRunGivesTheSame(threads: Int) throws {
        let model = try Model(), options = options(threads: threads), whole = Log()
        var checkpoints: [Checkpoint] = []
        Run(clip: Self.clip, model: model, options: options, control: control).run(
            into: { _, output in whole.take(output) }, checkpoints: Checkpointing(interval: 20) { checkpoints.append($0) }, model: model)
        let checkpoint = try JSONDecoder().decode(Checkpoint.self, from: JSONEncoder().encode(try #require(checkpoints.first)))
        #expect(checkpoint.frames >= 20)
        let rest = Log(), resumed = try Run(Self.clip, from: checkpoint, model: model, options: options, control: control)
        resumed.run(into: { _, output in rest.take(output) }, checkpoints: Checkpointing(interval: 20) { _ in }, model: model)
        #expect(rest.lines == Array(whole.lines[(1 + checkpoint.frames)...]))
        #expect(rest.results.map(\.answer) == whole.results[checkpoint.frames...].map(\.answer))
    }

    @Test func aCheckpointOfTwoWorkersWantsTwo() throws {
        let model = try Model()
        var checkpoints: [Checkpoint] = []
        Run(clip: Self.clip, model: model, options: options(threads: 2), control: control).run(
            into: { _, _ in }, checkpoints: Checkpointing(interval: 20) { checkpoints.append($0) }, model: model)
        let checkpoint = try #require(checkpoints.first)
        let error = #expect(throws: DeepVidError.self) {
            try Run(Self.clip, from: checkpoint, model: model, options: options(threads: 1), control: control)
        }
        #expect(error?.code == .cannotResume)
    }
}

/// Gives events as told.
private final class MadeUpSource: FrameSource {
    enum Event {
        case opened(StreamInfo)
        case frame(Int)
        case lost(Outage)
        case back(Outage, StreamInfo)
        case failure(DeepVidError)
    }

    private var events: [Event]
    private let control: RunControl
    private(set) var isClosed = false

    init(_ events: [Event], control: RunControl = RunControl()) { (self.events, self.control) = (events, control) }

    var summary: FrameQueue.Summary? { nil }
    func close() { isClosed = true }

    func next() throws(DeepVidError) -> SourceEvent? {
        guard !events.isEmpty, !control.isStopped else { return nil }
        switch events.removeFirst() {
        case .opened(let info): return .opened(info)
        case .frame(let index): return .frame(makeFrame(index), index: index)
        case .lost(let outage): return .lost(outage)
        case .back(let outage, let info): return .back(outage, info)
        case .failure(let error): throw error
        }
    }
}

/// Sees nothing in every frame.
private final class MadeUpProcessor: FrameProcessor {
    private(set) var frames: [Int] = []
    private(set) var resets = 0
    private var isFresh = true
    var failsAt: Int?
    var onFrame: (Int) -> Void = { _ in }

    func reset() {
        resets += 1
        isFresh = true
    }

    func process(_ frame: Frame, index: Int?) throws(DeepVidError) -> FrameResult {
        let index = index ?? frame.index
        if index == failsAt { throw DeepVidError(.modelFailed, "frame \(index)") }
        frames.append(index)
        onFrame(index)
        defer { isFresh = false }
        return FrameResult(
            FrameInfo(frame, index: index), answer: .detections([]),
            reuse: FrameResult.Reuse(policy: .adaptive, share: 0, reason: isFresh ? .firstFrame : nil), timing: FrameResult.Timing())
    }
}
