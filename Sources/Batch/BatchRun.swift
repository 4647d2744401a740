import Concurrency
import DeepVid
import FileNames
import Glibc
import Models
import Results
import Synchronization

/// What a batch is asked to do, besides its clips.
public struct BatchOptions: Sendable {
    /// Of every clip.
    public var run: RunOptions
    /// Clips at the same time.
    public var jobs = 1
    /// Least number of frame records between checkpoints of a clip.
    public var checkpointInterval = 1000
    public var isCompressed = false
    /// Whether no clip is begun after one has failed.
    public var failsFast = false
    /// Takes every clip's output before it is recorded, from any thread, and gives what is to be recorded.
    public var onOutput: (@Sendable (_ source: String, _ output: RunOutput) -> RunOutput)?

    public init(run: RunOptions) { self.run = run }
}

/// Runs one model over many clips, several at a time; each from a fresh state, so that its records do not depend on the
/// others.
public final class BatchRun: Sendable {
    /// Clips that are complete already.
    public let skipped: [BatchClip]
    /// Clips to be run, in this order.
    public let clips: [BatchClip]
    /// Those of them whose records are complete, but of another state of the input.
    public let renewed: [BatchClip]
    /// Those of them whose records would be replaced though the input is the same: made with another model or other options, or not by
    /// a batch at all.
    public let replaced: [BatchClip]
    private let job: ClipJob
    private let state = Mutex(State())

    private struct State {
        var next = 0
        var isStopped = false
        var controls: [ObjectIdentifier: RunControl] = [:]
    }

    /// - Parameters:
    ///   - clips: in the order in which they are begun.
    ///   - folder: exists.
    public init(model: Model, options: BatchOptions, clips: [BatchClip], folder: String, manifest: Manifest) {
        let configuration = Configuration(model, options.run, checkpointInterval: options.checkpointInterval)
        job = ClipJob(model: model, options: options, configuration: configuration, folder: folder, manifest: manifest)
        let known = Manifest.latest(in: folder)
        var (skipped, rest, renewed, replaced) = ([BatchClip](), [BatchClip](), [BatchClip](), [BatchClip]())
        for clip in clips {
            let record = known[Array(clip.output.utf8)], exists = access("\(folder)/\(clip.output)".fileName, F_OK) == 0
            if let record, record.state == .done, exists, configuration.isSame(as: record), clip.isSame(as: record.input) {
                skipped.append(clip)
                continue
            }
            rest.append(clip)
            guard exists else { continue }
            switch record {
            case nil: replaced.append(clip)
            case let record? where record.state != .done: continue
            case let record?: if configuration.isSame(as: record) { renewed.append(clip) } else { replaced.append(clip) }
            }
        }
        (self.skipped, self.clips, self.renewed, self.replaced) = (skipped, rest, renewed, replaced)
    }

    /// Ends the run in order: each clip in work finishes its frame. Safe to call from any thread, more than once.
    public func stop() {
        let controls = state.withLock { state in
            state.isStopped = true
            return Array(state.controls.values)
        }
        for control in controls { control.stop() }
    }

    /// Starts the jobs and returns; what happens is told by `board`.
    public func start(_ board: BatchBoard) {
        let jobs = min(job.options.jobs, clips.count)
        startThreads(jobs, named: "deepvid job", whenDone: { board.finish() }) { number in
            while let (clip, control) = self.take() {
                board.began(clip, job: number)
                do throws(OutputError) {
                    let record = try self.job.run(clip, control: control) { board.update(job: number, $0) }
                    board.ended(record, job: number)
                    if record.state == .failed, self.job.options.failsFast { self.state.withLock { $0.next = self.clips.count } }
                } catch {
                    board.failed(error)
                    self.stop()
                }
                self.state.withLock { _ = $0.controls.removeValue(forKey: ObjectIdentifier(control)) }
            }
        }
    }

    private func take() -> (BatchClip, RunControl)? {
        state.withLock { state in
            guard !state.isStopped, state.next < clips.count else { return nil }
            let control = RunControl()
            state.controls[ObjectIdentifier(control)] = control
            state.next += 1
            return (clips[state.next - 1], control)
        }
    }
}
