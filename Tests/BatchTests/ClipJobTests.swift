import DeepVid
import Foundation
import Models
import Results
import TestSupport
import Testing
import Video

@testable import Batch

/// Clips that are run, interrupted and taken up.
@Suite struct ClipJobTests {
    private let folder: TemporaryFolder
    private let model: Model
    private let clip = BatchClip(path: Files.clip("moving.mp4"), isCompressed: false)

    init() throws {
        folder = try TemporaryFolder()
        var options = ModelOptions()
        options.model = Files.fixture("models/colours.onnx")
        model = try Model(options)
    }

    private func job(in name: String, interval: Int = 20) throws -> ClipJob {
        try FileManager.default.createDirectory(atPath: folder.path(name), withIntermediateDirectories: true)
        var options = BatchOptions(run: RunOptions(model: ModelOptions(), video: VideoOptions(), threads: 1))
        options.checkpointInterval = interval
        return ClipJob(
            model: model, options: options, configuration: Configuration(model, options.run, checkpointInterval: interval),
            folder: folder.path(name), manifest: try Manifest(folder: folder.path(name), shard: nil))
    }

    private func output(_ name: String, _ suffix: String = "") -> String { "\(folder.path(name))/\(clip.output)\(suffix)" }

    /// The records without what depends on time.
    private func records(_ name: String) throws -> [String] {
        let reader = try RecordReader(path: output(name))
        var lines: [String] = []
        while let record = try reader.next() {
            switch record {
            case .frame(var frame):
                frame.timingMs = Timing(decode: 0, infer: 0)
                lines.append(frame.json)
            case .end(let end): lines.append("end \(end.reason.rawValue) \(end.frames) \(end.decoded)")
            default: lines.append("another")
            }
        }
        return lines
    }

    /// Runs the clip until it has given `frames`, or to its end.
    private func run(_ job: ClipJob, until frames: Int = .max) throws -> ClipRecord {
        let control = RunControl()
        return try job.run(clip, control: control) { if $0.frames >= frames { control.stop() } }.record
    }

    private func isThere(_ path: String) -> Bool { FileManager.default.fileExists(atPath: path) }

    @Test func aClipThatIsDoneHasItsRecords() throws {
        let record = try run(job(in: "a"))
        #expect(record.state == .done)
        #expect(record.result?.frames == 75)
        #expect(record.result?.resumedFrames == nil)
        #expect(try records("a").count == 77)
        #expect(try records("a").last == "end finished 75 75")
        #expect(!isThere(output("a", ".part")))
        #expect(!isThere(output("a", ".checkpoint")))
        #expect(Manifest.latest(in: folder.path("a"))[Array(clip.output.utf8)]?.state == .done)
    }

    /// Interrupted anywhere, the records are in the end those of a run that was not.
    @Test(arguments: [1, 25, 50, 70]) func anInterruptedClipGoesOn(frames: Int) throws {
        _ = try run(job(in: "whole"))
        let first = try run(job(in: "a"), until: frames)
        #expect(first.state == .interrupted)
        #expect(!isThere(output("a")))
        #expect(isThere(output("a", ".part")))
        let second = try run(job(in: "a"))
        #expect(second.state == .done)
        // Key frames are 20 frames apart.
        #expect(second.result?.resumedFrames == [1: nil, 25: 20, 50: 40, 70: 60][frames]!)
        #expect(try records("a") == records("whole"))
        #expect(!isThere(output("a", ".checkpoint")))
    }

    /// Several times as well.
    @Test func aClipMayBeInterruptedAgainAndAgain() throws {
        _ = try run(job(in: "whole"))
        for frames in [25, 45, 65] { #expect(try run(job(in: "a"), until: frames).state == .interrupted) }
        #expect(try run(job(in: "a")).state == .done)
        #expect(try records("a") == records("whole"))
    }

    @Test func aCheckpointOfOtherOptionsIsNotTakenUp() throws {
        _ = try run(job(in: "a"), until: 50)
        let record = try run(job(in: "a", interval: 30))
        #expect(record.state == .done)
        #expect(record.result?.resumedFrames == nil)
        #expect(try records("a").count == 77)
    }

    @Test func whatWasBegunWithOtherOptionsIsTold() throws {
        _ = try run(job(in: "a"), until: 50)
        func batch(every: Int, interval: Int = 20) throws -> BatchRun {
            var options = BatchOptions(run: RunOptions(model: ModelOptions(), video: VideoOptions(), threads: 1))
            (options.checkpointInterval, options.run.video.every) = (interval, every)
            return BatchRun(
                model: model, options: options, clips: [clip], folder: folder.path("a"),
                manifest: try Manifest(folder: folder.path("a"), shard: nil))
        }
        #expect(try batch(every: 1).begun.isEmpty)
        // One at a time may be at work.
        do {
            let other = try batch(every: 2)
            #expect(other.begun.map(\.path) == [clip.path])
            #expect(other.changes(since: clip) == ["--every was not given then"])
        }
        // Whoever does not say how far apart checkpoints are goes on with what was.
        #expect(Manifest.checkpointInterval(of: [clip], in: folder.path("a")) == 20)
        #expect(Manifest.checkpointInterval(of: [], in: folder.path("a")) == 20)
        do {
            let other = try batch(every: 1, interval: 30)
            #expect(other.begun.map(\.path) == [clip.path])
            #expect(other.changes(since: clip) == ["--checkpoint-interval was 20 and is 30"])
        }
        // Nothing is lost where there is no checkpoint.
        try FileManager.default.removeItem(atPath: output("a", ".checkpoint"))
        #expect(try batch(every: 2).begun.isEmpty)
    }

    @Test func aCheckpointWithoutItsRecordsIsNotTakenUp() throws {
        _ = try run(job(in: "a"), until: 50)
        try FileManager.default.removeItem(atPath: output("a", ".part"))
        let record = try run(job(in: "a"))
        #expect(record.result?.resumedFrames == nil)
        #expect(try records("a").count == 77)
    }

    @Test func aDamagedCheckpointIsNotTakenUp() throws {
        _ = try run(job(in: "a"), until: 50)
        let path = output("a", ".checkpoint"), whole = try Data(contentsOf: URL(filePath: path))
        try whole.dropLast(9).write(to: URL(filePath: path))
        #expect(try run(job(in: "a")).result?.resumedFrames == nil)
        #expect(try records("a").count == 77)
    }

    /// Nobody else may write the same output.
    @Test func anOutputIsWrittenByOne() throws {
        let job = try job(in: "a"), path = output("a")
        try FileManager.default.createDirectory(atPath: path.folder, withIntermediateDirectories: true)
        let held = try ClipOutput(path: path, isCompressed: false, keeping: 0)
        let record = try run(job)
        #expect(record.state == .failed)
        #expect(record.result?.error?.code == "cannot_write")
        withExtendedLifetime(held) {}
    }

    @Test func aClipThatBreaksIsFailedAndHasItsRecords() throws {
        let broken = BatchClip(path: Files.clip("truncated.mp4"), isCompressed: false)
        let record = try job(in: "a").run(broken, control: RunControl()) { _ in }.record
        #expect(record.state == .failed)
        #expect(record.result?.error?.code == "truncated")
        #expect(isThere("\(folder.path("a"))/\(broken.output)"))
    }

    // MARK: Configuration

    private func configuration(_ change: (inout RunOptions) -> Void = { _ in }, interval: Int = 1000) -> Configuration {
        var options = RunOptions(model: ModelOptions(), video: VideoOptions(), threads: 1)
        change(&options)
        return Configuration(model, options, checkpointInterval: interval)
    }

    @Test func whatChangesAnswersIsTold() {
        let usual = configuration()
        #expect(configuration() == usual)
        #expect(configuration { $0.reuse.policy = .off } != usual)
        #expect(configuration { $0.reuse.targetAgreement = 0.9 } != usual)
        #expect(configuration { $0.video.every = 2 } != usual)
        #expect(configuration { $0.model.classes = ["red"] } != usual)
        #expect(configuration { $0.output.lines = .changes } != usual)
        #expect(configuration(interval: 20) != usual, "the frame after a checkpoint reuses nothing")
    }

    /// A batch may go on on another machine.
    @Test func threadsAreNotToldApart() { #expect(configuration { $0.threads = 8 } == configuration()) }
}
