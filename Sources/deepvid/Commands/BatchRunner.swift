import CacheNet
import Batch
import DeepVid
import Models
import Results
import Synchronization

/// Runs a batch: finds the clips, loads the model once, starts the jobs, and shows what they do.
struct BatchRunner {
    private let inputs: [String]
    private let flags: BatchFlags
    private var options: BatchOptions
    private let threads: Int?
    private let routing: RouteOptions?
    private let console: Console

    init(_ command: Batch) throws(CLIError) {
        (inputs, flags, threads, routing) = (command.inputs, command.batch, command.threads.threads, command.bundle.options)
        console = flags.console.makeConsole()
        var model = command.model.options
        command.results.apply(to: &model)
        options = BatchOptions(
            run: RunOptions(model: model, video: command.frames.options, threads: 1, reuse: command.reuse.options))
        options.run.output = try command.tracking.options()
        (options.checkpointInterval, options.isCompressed, options.failsFast) = (flags.checkpointInterval, flags.compress, flags.failFast)
    }

    func run() throws(CLIError) -> ExitStatus {
        let list = try usable { () throws(DeepVidError) in try ClipList(inputs, isCompressed: flags.compress) }
        for problem in list.problems { console.error(problem) }
        let jobs = min(flags.jobs ?? RunOptions.availableCPUs, list.clips.count)
        try AddressSpace.check(
            inputs: list.clips.map(\.path), model: options.run.model.model, threads: jobs * (threads ?? 1), jobs: jobs)
        let folder = try OutputFolder(flags.output, flag: "--output")
        let manifest = try claim(folder)
        // Before any other thread starts: the model's workers inherit the mask.
        let stopper = Stopper()
        let interruption = Interruption.install { stopper.stop() }
        let model = try usable { () throws(DeepVidError) in try Model(self.options.run.model, routing: self.routing) }
        console.note("model \(model.summary)")
        try usable { () throws(DeepVidError) in try self.options.run.output.check(model.profile) }
        let clips = (flags.shard ?? Shard(index: 1, count: 1)).clips(
            of: list.clips, video: self.options.run.video, threads: RunOptions.availableCPUs)
        var options = options
        options.share(cpus: RunOptions.availableCPUs, jobs: flags.jobs, threads: threads, clips: clips.count)
        let batch = BatchRun(model: model, options: options, clips: clips, folder: folder.path, manifest: manifest)
        if batch.outdated > 0 {
            console.warning(
                "\(Formatting.count(batch.outdated, "clip")) in \(folder.path) had another input, model or options, and will be done again")
        }
        stopper.attach(batch)
        interruption.arm()
        let board = BatchBoard(jobs: options.jobs)
        batch.start(board)
        let summary = BatchTable(batch, flags.console).show(board)
        if let failure = summary.failure { throw .failed("\(folder.path): the manifest cannot be written: \(failure.message)") }
        if let signal = interruption.signal { return .interrupted(signal: signal) }
        return summary.failed > 0 || !list.problems.isEmpty ? .failed : .done
    }

    /// The folder's manifest, if its results may be added to.
    private func claim(_ folder: OutputFolder) throws(CLIError) -> Manifest {
        let manifest = try usable { () throws(DeepVidError) in try Manifest(folder: folder.path, shard: flags.shard) }
        if !flags.resume, let other = Manifest.files(in: folder.path).first(where: { !isSibling($0) }) {
            throw .unusable(
                "\(folder.path): holds the results of an earlier batch (\(other)); go on with it by --resume, or name another folder")
        }
        return manifest
    }

    /// Whether a manifest is that of another shard of this batch.
    private func isSibling(_ name: String) -> Bool {
        guard let shard = flags.shard, name.hasSuffix("-of-\(shard.count).jsonl") else { return false }
        return !name.hasPrefix("manifest-\(shard.index)-")
    }
}

extension BatchOptions {
    /// One clip for each CPU and one thread for each clip, which is the most a batch can get out of them; more threads only
    /// where there are fewer clips than CPUs.
    mutating func share(cpus: Int, jobs: Int?, threads: Int?, clips: Int) {
        self.jobs = max(1, min(jobs ?? cpus, clips))
        run.threads = threads ?? (jobs == nil ? max(1, cpus / self.jobs) : 1)
        // Also with few jobs: what FFmpeg shows for damaged pictures depends on the number of its threads.
        run.video.threads = 1
    }
}

/// Hands a signal on to a batch that may not have begun.
private final class Stopper: Sendable {
    private let state = Mutex<(batch: BatchRun?, isStopped: Bool)>((nil, false))

    func stop() {
        let batch = state.withLock { state in
            state.isStopped = true
            return state.batch
        }
        batch?.stop()
    }

    func attach(_ batch: BatchRun) {
        let isStopped = state.withLock { state in
            state.batch = batch
            return state.isStopped
        }
        if isStopped { batch.stop() }
    }
}
