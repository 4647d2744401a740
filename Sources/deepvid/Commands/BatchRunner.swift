import CacheNet
import Models
import DeepVid
import Results

/// Runs a batch: finds the clips, loads the model once, starts the jobs, and shows what they do.
struct BatchRunner {
    private let inputs: [String]
    private let flags: BatchFlags
    private var options: BatchOptions
    private let threads: Int?
    private let routing: RouteOptions?
    private let console = Console.shared

    init(_ command: Batch) throws(Complaint) {
        (inputs, flags, threads, routing) = (command.inputs, command.batch, command.threads, command.bundle.options)
        var model = command.model.options
        command.results.apply(to: &model)
        options = BatchOptions(
            inference: InferenceOptions(model: model, video: command.frames.options, threads: 1, cache: command.reuse.options))
        options.inference.recording = try command.tracking.options()
        (options.checkpointInterval, options.isCompressed, options.failsFast) = (flags.checkpoint, flags.compress, flags.failFast)
    }

    func run() throws(Complaint) -> ExitStatus {
        (console.isQuiet, console.isVerbose) = (flags.console.quiet, flags.console.verbose)
        let all = try usable { () throws(DeepVidError) in try ClipList(inputs, isCompressed: flags.compress).clips }
        let folder = try OutputFolder(flags.output, flag: "--output")
        let manifest = try claim(folder)
        // Before any other thread starts: the model's workers inherit the mask.
        let stopper = Stopper()
        let interruption = Interruption.install { stopper.stop() }
        let model = try usable { () throws(DeepVidError) in try AnalyzerSource(self.options.inference.model, routing) }
        console.note("model \(model.summary)")
        try usable { () throws(DeepVidError) in try self.options.inference.recording.check(model.profile) }
        let clips = (flags.shard ?? Shard(index: 1, count: 1)).clips(
            of: all, video: self.options.inference.video, threads: InferenceOptions.availableCPUs)
        var options = options
        options.share(cpus: InferenceOptions.availableCPUs, jobs: flags.jobs, threads: threads, clips: clips.count)
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
        return summary.failed > 0 ? .failed : .done
    }

    /// The folder's manifest, if its results may be added to.
    private func claim(_ folder: OutputFolder) throws(Complaint) -> Manifest {
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

    private func usable<T>(_ body: () throws(DeepVidError) -> T) throws(Complaint) -> T {
        do throws(DeepVidError) { return try body() } catch { throw .unusable(error.message) }
    }
}

extension BatchOptions {
    /// One clip for each CPU and one thread for each clip, which is the most a batch can get out of them; more threads only
    /// where there are fewer clips than CPUs.
    mutating func share(cpus: Int, jobs: Int?, threads: Int?, clips: Int) {
        self.jobs = max(1, min(jobs ?? cpus, clips))
        inference.threads = threads ?? (jobs == nil ? max(1, cpus / self.jobs) : 1)
        // Also with few jobs: what FFmpeg shows for damaged pictures depends on the number of its threads.
        inference.video.threads = 1
    }
}
