import DeepCache
import Foundation
import Models
import TestSupport
import Testing
import Vision

@testable import DeepVid

/// Runs that are taken up in the middle.
@Suite struct CheckpointTests {
    private let control = RunControl()
    private let model: Model

    init() throws { model = try Model() }

    private func whole(
        _ options: RunOptions, of clip: String = street, every interval: Int = 20
    ) -> (log: RunLog, checkpoints: [Checkpoint], summary: RunSummary) {
        let log = RunLog()
        var checkpoints: [Checkpoint] = []
        let summary = Run(clip: clip, model: model, options: options, control: control).run(
            into: { _, output in log.take(output) },
            checkpoints: Checkpointing(interval: interval, model: model) { checkpoints.append($0) })
        return (log, checkpoints, summary)
    }

    /// As another process would read it.
    private func again(_ checkpoint: Checkpoint) throws -> Checkpoint {
        try JSONDecoder().decode(Checkpoint.self, from: JSONEncoder().encode(checkpoint))
    }

    private func resume(
        _ checkpoint: Checkpoint, _ options: RunOptions, of clip: String = street, every interval: Int = 20
    ) throws -> (log: RunLog, summary: RunSummary) {
        let log = RunLog(), run = try Run(clip, from: try again(checkpoint), model: model, options: options, control: control)
        let summary = run.run(
            into: { _, output in log.take(output) }, checkpoints: Checkpointing(interval: interval, model: model) { _ in })
        return (log, summary)
    }

    private func refusal(of checkpoint: Checkpoint, _ options: RunOptions, input: String = street) -> DeepVidError? {
        #expect(throws: DeepVidError.self) {
            try Run(input, from: checkpoint, model: model, options: options, control: control)
        }
    }

    /// From every checkpoint another run gives what the one that made it goes on with, bit for bit.
    @Test(arguments: [(street, 1), (moving, 1), (street, 2), (moving, 2)])
    func aResumedRunGivesTheSame(clip: String, threads: Int) throws {
        let options = runOptions(threads: threads), (log, checkpoints, _) = whole(options, of: clip)
        // The demo has one key frame after its first, the other clip three.
        #expect(checkpoints.count == (clip == street ? 1 : 3))
        for checkpoint in checkpoints {
            let rest = try resume(checkpoint, options, of: clip).log, expected = log.results[checkpoint.frames...]
            #expect(rest.lines == Array(log.lines[(1 + checkpoint.frames)...]), "from frame \(checkpoint.frames)")
            #expect(rest.results.map(\.answer) == expected.map(\.answer), "from frame \(checkpoint.frames)")
            #expect(rest.results.map { $0.reuse?.share } == expected.map { $0.reuse?.share }, "from frame \(checkpoint.frames)")
            #expect(rest.results.map(\.frame.pts) == expected.map(\.frame.pts), "from frame \(checkpoint.frames)")
        }
    }

    /// What second models said is in the checkpoint, and their crops are there behind workers as well.
    @Test(arguments: [1, 2])
    func aResumedRunKnowsWhatSecondModelsSaid(threads: Int) throws {
        var options = runOptions(threads: threads)
        options.output.follows = true
        options.output.then = [try ThenModel(Files.fixture("models/colours.onnx"), on: nil)]
        let (log, checkpoints, summary) = whole(options)
        let checkpoint = try #require(checkpoints.first), (rest, restSummary) = try resume(checkpoint, options)
        #expect(rest.results.map(\.answer) == log.results[checkpoint.frames...].map(\.answer))
        #expect(log.results.flatMap(\.detections).allSatisfy { ($0.trackID == nil) == ($0.answer == nil) })
        let (counts, restCounts) = (try #require(summary.then?.first?.counts), try #require(restSummary.then?.first?.counts))
        #expect(counts.crops == log.results.flatMap(\.detections).count { $0.trackID != nil })
        #expect((counts.crops, counts.fromTrack, counts.runs) == (restCounts.crops, restCounts.fromTrack, restCounts.runs))
        #expect(counts.agreement == restCounts.agreement)
    }

    @Test(arguments: [1, 2]) func legsGoOnWithTheSameNumbers(threads: Int) throws {
        let (log, checkpoints, summary) = whole(runOptions(threads: threads))
        #expect(log.results.map(\.frame.index) == Array(0..<90))
        #expect(log.lines.first == "begin")
        #expect(log.lines.last == "end finished 90")
        #expect(summary.frames == 90)
        // The first frame of each leg, and of each worker in it, cannot reuse anything.
        let starts = Set(log.results.filter { $0.reuse?.reason == .checkpoint }.map(\.frame.index))
        #expect(starts.isSuperset(of: checkpoints.map(\.frames)))
    }

    @Test(arguments: [1, 2]) func checkpointsAreAtLeastTheIntervalApart(threads: Int) {
        let frames = whole(runOptions(threads: threads), of: moving, every: 30).checkpoints.map(\.frames)
        #expect(!frames.isEmpty)
        for (last, next) in zip([0] + frames, frames) { #expect(next - last >= 30) }
    }

    @Test func aResumedRunHasNoBegin() throws {
        let (_, checkpoints, _) = whole(runOptions())
        let first = try #require(checkpoints.first), rest = try resume(first, runOptions()).log
        #expect(rest.lines.first == "frame \(first.frames) checkpoint")
    }

    /// The summary is of the whole input.
    @Test func theSummaryGoesOn() throws {
        var options = runOptions()
        (options.output.follows, options.output.lines) = (true, .changes)
        let (_, checkpoints, summary) = whole(options)
        let resumed = try resume(try #require(checkpoints.last), options).summary
        #expect(resumed.frames == summary.frames)
        #expect(resumed.written == summary.written)
        #expect(resumed.tracks == summary.tracks)
        #expect(resumed.reuse?.share == summary.reuse?.share)
        #expect(resumed.reuse?.agreement == summary.reuse?.agreement)
        #expect(resumed.reading?.framesDecoded == summary.reading?.framesDecoded)
    }

    /// Objects keep their ids.
    @Test(arguments: [1, 2]) func tracksGoOn(threads: Int) throws {
        var options = runOptions(threads: threads)
        options.output.follows = true
        let (log, checkpoints, _) = whole(options), last = try #require(checkpoints.last)
        let rest = try resume(last, options).log
        #expect(rest.results.map(\.answer) == log.results[last.frames...].map(\.answer))
        #expect(rest.results.contains { $0.detections.contains { $0.trackID != nil } })
    }

    // MARK: What cannot be

    @Test func aCheckpointOfTwoWorkersWantsTwo() throws {
        let checkpoint = try #require(whole(runOptions(threads: 2)).checkpoints.first)
        #expect(refusal(of: checkpoint, runOptions(threads: 1))?.code == .cannotResume)
        #expect(refusal(of: checkpoint, runOptions(threads: 3))?.code == .cannotResume)
    }

    @Test func anotherPictureIsNoPlaceToGoOn() throws {
        var checkpoint = try #require(whole(runOptions()).checkpoints.first)
        checkpoint.fingerprint ^= 1
        #expect(refusal(of: checkpoint, runOptions())?.code == .cannotResume)
    }

    @Test func aCheckpointIsOfOneInput() throws {
        let checkpoint = try #require(whole(runOptions()).checkpoints.first)
        #expect(refusal(of: checkpoint, runOptions(), input: moving) != nil)
        #expect(refusal(of: checkpoint, runOptions(), input: "/none.mp4")?.code == .notFound)
    }

    @Test func aCheckpointHasAnAnalyzer() throws {
        var checkpoint = try #require(whole(runOptions()).checkpoints.first)
        checkpoint.analyzers = []
        #expect(refusal(of: checkpoint, runOptions())?.code == .cannotResume)
    }

    private struct DiskFull: Error {}

    @Test(arguments: [1, 2]) func aCheckpointThatCannotBeKeptEndsTheRun(threads: Int) {
        let run = Run(clip: street, model: model, options: runOptions(threads: threads), control: control), log = RunLog()
        #expect(throws: DiskFull.self) {
            try run.run(
                into: { (_, output) throws(DiskFull) in log.take(output) },
                checkpoints: Checkpointing(interval: 20, model: model) { (_) throws(DiskFull) in throw DiskFull() })
        }
        #expect(log.results.count >= 20)
        #expect(log.results.count < 90)
        #expect(log.lines.last?.hasPrefix("frame") == true)
    }

    @Test func framesThatCannotBeFoundAgainHaveNoCheckpoint() throws {
        let log = RunLog(), processor = MadeUpProcessor(), source = try MadeUpSource([.opened] + (0..<50).map { .frame($0) })
        var count = 0
        Run("a", source, options: runOptions(), score: 0, control: control) { (_) throws(DeepVidError) in .one(processor) }.run(
            into: { _, output in log.take(output) }, checkpoints: Checkpointing(interval: 10, model: model) { _ in count += 1 })
        #expect(count == 0)
        #expect(log.lines.last == "end finished 50")
    }
}
