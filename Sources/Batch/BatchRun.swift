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
    /// Whether clips come while the run goes on, by `add`, until it is stopped.
    public var isFollowing = false
    /// Whether clips that are broken are tried again though they are as they were.
    public var retriesFailed = false
    /// Takes every clip's output before it is recorded, from any thread, and gives what is to be recorded.
    public var onOutput: (@Sendable (_ source: String, _ output: RunOutput) -> RunOutput)?

    public init(run: RunOptions) { self.run = run }
}

/// Runs one model over many clips, several at a time; each from a fresh state, so that its records do not depend on the
/// others.
public final class BatchRun: Sendable {
    /// Clips that are complete already.
    public let skipped: [BatchClip]
    /// Clips that are as broken as they were: they failed, and have not changed since.
    public let failedBefore: [BatchClip]
    /// Clips to be run, in this order; without those that come later.
    public let clips: [BatchClip]
    /// Those of them whose records are complete, but of another state of the input.
    public let renewed: [BatchClip]
    /// Those of them whose records would be replaced though the input is the same: made with another model or other options, or not by
    /// a batch at all.
    public let replaced: [BatchClip]
    /// Those of them that were begun and have a checkpoint, of another model or other options: what was done is lost.
    public let begun: [BatchClip]
    let job: ClipJob
    private let queue = Channel<BatchClip, Never>(capacity: .max)
    private let state = Mutex(State())

    private struct State {
        var isStopped = false
        var controls: [ObjectIdentifier: RunControl] = [:]
        /// The latest record of each output, by the bytes of its name.
        var known: [[UInt8]: ClipRecord] = [:]
    }

    /// What is to be done with a clip.
    public enum Turn: Sendable {
        case new
        /// The records that are there are of another state of the input.
        case renewed
        /// They are of the same input, but not of these options, or of nobody knows what.
        case replaced
        /// It was begun with another model or other options, and could go on with those.
        case begun
        /// They are complete; or say that the clip is broken, and the run follows folders: there, it is tried again when it changes.
        case skipped
        /// It failed, and has not changed since. Of runs that have an end.
        case failedBefore
    }

    /// - Parameters:
    ///   - clips: in the order in which they are begun.
    ///   - folder: exists.
    public init(model: Model, options: BatchOptions, clips: [BatchClip], folder: String, manifest: Manifest) {
        let configuration = Configuration(model, options.run, checkpointInterval: options.checkpointInterval)
        job = ClipJob(model: model, options: options, configuration: configuration, folder: folder, manifest: manifest)
        let known = Manifest.latest(in: folder)
        state.withLock { $0.known = known }
        var (skipped, rest, renewed, replaced) = ([BatchClip](), [BatchClip](), [BatchClip](), [BatchClip]())
        var begun: [BatchClip] = [], failed: [BatchClip] = []
        for clip in clips {
            let turn = Self.turn(of: clip, known, job)
            if turn == .skipped { skipped.append(clip) } else if turn == .failedBefore { failed.append(clip) } else { rest.append(clip) }
            if turn == .renewed { renewed.append(clip) }
            if turn == .replaced { replaced.append(clip) }
            if turn == .begun { begun.append(clip) }
        }
        (self.skipped, self.failedBefore, self.clips) = (skipped, failed, rest)
        (self.renewed, self.replaced, self.begun) = (renewed, replaced, begun)
    }

    private static func turn(of clip: BatchClip, _ known: [[UInt8]: ClipRecord], _ job: ClipJob) -> Turn {
        let record = known[Array(clip.output.utf8)], output = "\(job.folder)/\(clip.output)"
        func unfinished() -> Turn { SavedCheckpoint.isOther(output, of: clip, than: job.configuration) ? .begun : .new }
        guard access(output.fileName, F_OK) == 0 else { return unfinished() }
        guard let record else { return .replaced }
        let isFollowing = job.options.isFollowing
        // That of a full disk says nothing of the clip.
        let isBroken = record.state == .failed && record.result?.error?.code != DeepVidError.Code.cannotWrite.rawValue
        if isBroken, !isFollowing, !job.options.retriesFailed, Self.isLasting(record), job.configuration.isSame(as: record),
            clip.isSame(as: record.input)
        {
            return .failedBefore
        }
        guard record.state == .done || isBroken && isFollowing else { return unfinished() }
        let isSame = clip.isSame(as: record.input)
        if !job.configuration.isSame(as: record), isSame || !isFollowing { return .replaced }
        return isSame ? .skipped : .renewed
    }

    /// The latest record of a clip in the manifests.
    func known(_ clip: BatchClip) -> ClipRecord? { state.withLock { $0.known[Array(clip.output.utf8)] } }

    /// Whether the clip itself is at fault, and not the network that it lies on, or the mode of the file.
    private static func isLasting(_ record: ClipRecord) -> Bool {
        record.result?.error.flatMap { DeepVidError.Code(rawValue: $0.code) }?.isLasting ?? false
    }

    /// What would be done with a clip that comes while the run goes on.
    public func turn(of clip: BatchClip) -> Turn { Self.turn(of: clip, state.withLock { $0.known }, job) }

    /// Adds a clip that came while the run goes on. It has to be one that follows.
    public func add(_ clip: BatchClip) {
        precondition(job.options.isFollowing, "the jobs of this run may be over")
        _ = queue.send(clip)
    }

    /// Ends the run in order: each clip in work finishes its frame. Safe to call from any thread, more than once.
    public func stop() {
        let controls = state.withLock { state in
            state.isStopped = true
            return Array(state.controls.values)
        }
        queue.cancel()
        for control in controls { control.stop() }
    }

    /// Starts the jobs and returns; what happens is told by `board`.
    public func start(_ board: BatchBoard) {
        for clip in clips { _ = queue.send(clip) }
        if !job.options.isFollowing { queue.finish() }
        let jobs = job.options.isFollowing ? job.options.jobs : min(job.options.jobs, clips.count)
        startThreads(jobs, named: "deepvid job", whenDone: { board.finish() }) { number in
            while let (clip, control) = self.take() {
                board.began(clip, job: number)
                do throws(OutputError) {
                    let ended = try self.job.run(clip, control: control) { board.update(job: number, $0) }
                    self.state.withLock { $0.known[Array(ended.record.output.utf8)] = ended.record }
                    board.ended(ended, job: number)
                    try self.react(to: ended.record)
                } catch {
                    board.failed(error)
                    self.stop()
                }
                self.state.withLock { _ = $0.controls.removeValue(forKey: ObjectIdentifier(control)) }
            }
        }
    }

    private func react(to record: ClipRecord) throws(OutputError) {
        guard record.state == .failed else { return }
        if job.options.failsFast { queue.cancel() }
        // The next clips would fail in the same way, and count as broken: whoever started this run starts it again when there is room.
        if job.options.isFollowing, record.result?.error?.code == DeepVidError.Code.cannotWrite.rawValue {
            throw OutputError(code: .failed, message: record.result?.error?.message ?? "")
        }
    }

    private func take() -> (BatchClip, RunControl)? {
        guard let clip = queue.receive()?.element else { return nil }
        return state.withLock { state in
            guard !state.isStopped else { return nil }
            let control = RunControl()
            state.controls[ObjectIdentifier(control)] = control
            return (clip, control)
        }
    }
}
