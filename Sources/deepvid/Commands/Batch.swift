import ArgumentParser
import Batch
import DeepVid
import RunMetrics
import Synchronization
import Video

struct Batch: DeepvidCommand {
    static let configuration = CommandConfiguration(
        commandName: "batch", abstract: "Run a model over many videos, a file of records for each; can be interrupted and resumed.",
        discussion: """
            An input is a file, a folder (searched for videos, with its subfolders), a quoted pattern, or @list.txt with an \
            input a line. The records of dir/clip.mp4 go to OUT/dir/clip.mp4.jsonl; OUT/manifest.jsonl says what became of each.
            """)

    @Argument(help: ArgumentHelp("Video files, folders, patterns, @list.txt.", valueName: "input"), completion: .file())
    var inputs: [String]

    @OptionGroup(title: "Model") var model: ModelsFlags
    @OptionGroup(title: "Model") var threads: ThreadFlags
    @OptionGroup(title: "Model") var precision: PrecisionFlags
    @OptionGroup(title: "Results") var results: ResultFlags
    @OptionGroup(title: "Tracking") var tracking: TrackFlags
    @OptionGroup(title: "Second models") var then: ThenFlags
    @OptionGroup(title: "Second models") var reid: ReidFlags
    @OptionGroup(title: "What is kept and told") var snapshots: SnapshotFlags
    @OptionGroup(title: "What is kept and told") var notices: NoticeFlags
    @OptionGroup(title: "Frames") var frames: FrameFlags
    @OptionGroup(title: "Frames") var decoding: DecodeFlags
    @OptionGroup(title: "Time of day") var clock: ClockFlags
    @OptionGroup(title: "Reuse") var reuse: ReuseFlags
    @OptionGroup(title: "CacheNet bundles") var bundle: BundleFlags
    @OptionGroup(title: "Batch") var batch: BatchFlags
    @OptionGroup(title: "Batch") var camera: CameraFlags

    func validate() throws {
        try tracking.validate(follows: snapshots.snapshots != nil || notices.isGiven)
        try bundle.validate(model, isRouted: bundle.bundle != nil)
        try precision.validate(isRouted: bundle.bundle != nil)
        try reuse.checkTarget()
        guard batch.follow else { return }
        let contradictions = [("--shard", batch.shard != nil), ("--fail-fast", batch.failFast), ("--retry-failed", batch.retryFailed)]
        if let (flag, _) = contradictions.first(where: \.1) {
            throw ValidationError("\(flag) is for a batch that has an end, and --follow has none: leave one of them out.")
        }
        if let list = inputs.first(where: { $0.hasPrefix("@") }) {
            throw ValidationError("--follow is for folders and patterns, and \(list) is a list: name the folder that fills.")
        }
    }

    /// Finds the clips, loads the model once, starts the jobs, and shows what they do.
    mutating func perform() throws -> ExitStatus {
        batch.console.apply()
        camera.apply()
        var options = try checked()
        let list = try ClipList(inputs, isCompressed: batch.compress, isFollowing: batch.follow)
        for problem in list.problems { Console.error(problem) }
        if let camera = camera.camera,
            let mixture = RecorderFolders.mixture(of: list.clips.map(\.path), inputs: inputs, camera: camera)
        {
            Console.warning(mixture)
        }
        let cpus = RunOptions.availableCPUs
        // Clips of a folder that fills come one by one.
        let jobs = batch.follow ? batch.jobs ?? 1 : min(batch.jobs ?? cpus, list.clips.count)
        try AddressSpace.check(
            inputs: list.clips.map(\.path), models: options.run.models, threads: jobs * (threads.threads ?? 1), jobs: jobs)
        let interruption = Interruption.install()
        let model = try DeepVid.Model(options.run.models, routing: bundle.options)
        options.run.follow(model)
        Console.note("model \(model.summary)")
        for then in options.run.output.then { Console.note("then \(then.summary)") }
        advisePrecision(model)
        adviseLabels(model, then: options.run.output.then)
        if let reid = options.run.output.reid { Console.note("reid \(reid.summary)") }
        try options.run.check(model)
        // Made when nothing is left to be refused.
        let folder = try OutputFolder(batch.output, flag: "--output").path
        let manifest = try claim(folder)
        let metrics = camera.makeMetrics(of: MetricsSubject(clipsWith: options.run))
        defer { metrics?.close() }
        let clips =
            batch.follow
            ? [] : (batch.shard ?? Shard(index: 1, count: 1)).clips(of: list.clips, video: options.run.video, threads: cpus)
        // Where frames come after a checkpoint changes what is reused for them: who goes on goes on with the same.
        options.checkpointInterval = batch.checkpointInterval ?? Manifest.checkpointInterval(of: clips, in: folder) ?? 1000
        // One clip for each CPU and one thread for each clip, which is the most a batch can get out of them; more threads only where
        // there are fewer clips than CPUs.
        options.jobs = batch.follow ? jobs : max(1, min(batch.jobs ?? cpus, clips.count))
        options.run.threads = threads.threads ?? (batch.jobs == nil ? max(1, cpus / options.jobs) : 1)
        // Also with few jobs: what FFmpeg shows for damaged pictures depends on the number of its threads.
        options.run.video.threads = 1
        let outlets = try Outlets(snapshots, notices, nil, options.run)
        // Recordings whose names have no time of day, where it was to come from these, and those that have one.
        let isByName = (clock.clock ?? .name) == .name, starts = Mutex((dated: 0, undated: 0))
        let kept = try KeptAnswers(&options.run.output)
        options.onOutput = { clip, output in
            if isByName, case .begin(_?, let start) = output {
                starts.withLock { if start == nil { $0.undated += 1 } else { $0.dated += 1 } }
            }
            let kept = outlets.take(clip, output)
            metrics?.add(clip, kept)
            return kept
        }
        let run = BatchRun(model: model, options: options, clips: clips, folder: folder, manifest: manifest)
        try check(run, folder)
        if list.passedOver.count > 0 {
            let names = list.passedOver.names.joined(separator: ", ") + (list.passedOver.count > list.passedOver.names.count ? ", …" : "")
            Console.warning(
                "\(Formatting.count(list.passedOver.count, "file")) in folders passed over, whose names are of no video: \(names)")
        }
        interruption.control.onStop { run.stop() }
        interruption.arm()
        let board = BatchBoard(jobs: options.jobs)
        let table = BatchTable(
            run, batch.console, folder: folder, isFollowing: batch.follow, target: options.run.reuse.targetAgreement)
        var folders = FollowedFolders(inputs, isCompressed: batch.compress, after: list)
        run.start(board)
        camera.tellReady()
        let failure = table.show(board) { isAlive in
            if isAlive { camera.beat() }
            metrics?.writeIfDue()
            if batch.follow { follow(&folders, run, table) }
        }
        if let failure {
            camera.tellOutputIsBad()
            throw CLIError.failed(failure.message)
        }
        let (dated, undated) = starts.withLock { $0 }
        // Clips that are no recordings at all have no times either, and need none.
        if undated > 0, clock.clock == .name || dated > 0 {
            Console.warning("no time of day in the names of \(Formatting.count(undated, "recording")); see --clock")
        }
        kept?.finish()
        let isMissing = outlets.finish()
        return interruption.status ?? (table.failed > 0 || !list.problems.isEmpty || isMissing ? .failed : .done)
    }

    /// What the flags ask for, as far as it can be told before anything slow begins.
    func checked() throws -> BatchOptions {
        let models = results.options(model, precision)
        var options = BatchOptions(
            run: RunOptions(
                model: models[0], others: Array(models.dropFirst()), video: frames.options, threads: 1, reuse: reuse.options))
        options.run.output = try tracking.options()
        options.run.output.add(snapshots, notices)
        options.run.budget = model.budgetMs
        try snapshots.check()
        try checkFolder(batch.output, flag: "--output")
        try then.add(to: &options.run.output)
        try reid.add(to: &options.run.output)
        options.run.decode = decoding.decode
        options.run.clock = try clock.recordingClock()
        options.run.camera = camera.camera
        options.isCompressed = batch.compress
        (options.failsFast, options.isFollowing, options.retriesFailed) = (batch.failFast, batch.follow, batch.retryFailed || batch.redo)
        return options
    }

    /// Takes the clips that have become complete.
    private func follow(_ folders: inout FollowedFolders, _ run: BatchRun, _ table: BatchTable) {
        let (clips, problems) = folders.look(now: Arrival.now.wall)
        for problem in problems { Console.warning(problem) }
        for clip in clips {
            switch run.turn(of: clip) {
            case .skipped, .failedBefore:
                table.skipped += 1
                Console.note("\(clip.path): done already")
            // Settings that change are for what comes, not for the years that lie there.
            case .replaced where !batch.redo:
                table.skipped += 1
                Console.note("\(clip.path): was done with another model or other options; --redo does it again")
            case .new, .renewed, .replaced, .begun: run.add(clip)
            }
        }
    }

    /// Refuses to replace records that cost hours, where that was not asked for, and says what is done again or left out.
    private func check(_ run: BatchRun, _ folder: String) throws {
        func named(_ clips: [BatchClip]) -> String {
            clips.prefix(3).map(\.output).joined(separator: ", ") + (clips.count > 3 ? ", …" : "")
        }
        for clip in run.skipped { Console.note("\(clip.path): done already") }
        for clip in run.failedBefore { Console.note("\(clip.path): failed earlier, and has not changed since") }
        if !run.renewed.isEmpty {
            Console.warning(
                "\(Formatting.count(run.renewed.count, "clip")) changed since \(run.renewed.count == 1 ? "it was" : "they were") done, "
                    + "and will be done again (\(named(run.renewed)))")
        }
        if !run.begun.isEmpty, !batch.redo {
            let changes = run.changes(since: run.begun[0])
            throw CLIError.unusable(
                "\(folder): \(Formatting.count(run.begun.count, "clip")) \(run.begun.count == 1 ? "was" : "were") begun with another model or other "
                    + "options (\(named(run.begun)))\(changes.isEmpty ? "" : "; \(changes.joined(separator: ", "))"): give the same ones to go on, "
                    + "--redo to begin anew, or name another folder")
        }
        guard !run.replaced.isEmpty, !batch.redo else { return }
        let changes = run.changes(since: run.replaced[0])
        throw CLIError.unusable(
            "\(folder): has records of \(Formatting.count(run.replaced.count, "clip")) that were made with another model or other options, "
                + "or not by this batch (\(named(run.replaced)))\(changes.isEmpty ? "" : "; \(changes.joined(separator: ", "))"): "
                + "give --redo to replace them, or name another folder")
    }

    /// The folder's manifest, if its results may be added to.
    private func claim(_ folder: String) throws -> Manifest {
        let manifest = try Manifest(folder: folder, shard: batch.shard)
        let other = Manifest.files(in: folder).first { name in
            // Other shards of this batch may be at work there.
            guard let shard = batch.shard, name.hasSuffix("-of-\(shard.count).jsonl") else { return true }
            return name.hasPrefix("manifest-\(shard.index)-")
        }
        if !batch.resume, !batch.redo, !batch.retryFailed, !batch.follow, let other {
            throw CLIError.unusable(
                "\(folder): holds the results of an earlier batch (\(other)); go on with it by --resume, or by --redo if "
                    + "its model, zones or other options are others now; or name another folder")
        }
        return manifest
    }
}

/// Where a batch's records go, and how much is done at a time.
struct BatchFlags: ParsableArguments {
    @Option(
        name: [.short, .long],
        help: ArgumentHelp("The folder for the records: a file for each input, and the manifest.", valueName: "folder"),
        completion: .directory)
    var output: String

    @Option(help: ArgumentHelp("Clips at the same time. (default: one a CPU)", valueName: "n"))
    var jobs: Int?

    @Flag(help: "Go on with what is in the folder: leave out what is complete, do what is not.")
    var resume = false

    @Flag(help: "Go on like --resume, and do again what was done with another model or other options.")
    var redo = false

    @Flag(help: "Go on like --resume, and try again what failed and has not changed since.")
    var retryFailed = false

    @Flag(help: "Go on like --resume, and take what comes into the folders when it is complete, until stopped.")
    var follow = false

    @Option(help: ArgumentHelp("Do part i of n only: 1/4 to 4/4 on four machines do everything once.", valueName: "i/n"))
    var shard: Shard?

    @Flag(help: "Begin no other clip once one has failed.")
    var failFast = false

    @Flag(help: "Write the records compressed by zstd, as .jsonl.zst.")
    var compress = false

    @Option(
        help: ArgumentHelp(
            """
            Frames from which a clip gets a checkpoint, at a key frame, to resume from. (default: that of the batch that goes on, \
            else 1000)
            """, valueName: "n"))
    var checkpointInterval: Int?

    @OptionGroup var console: ConsoleFlags

    func validate() throws {
        if output.isEmpty { throw ValidationError("--output needs the name of a folder.") }
        if let jobs, !(1...256).contains(jobs) { throw ValidationError("--jobs must be 1 to 256, not \(jobs).") }
        if let checkpointInterval, checkpointInterval < 1 {
            throw ValidationError("--checkpoint-interval must be 1 or more, not \(checkpointInterval).")
        }
    }
}

extension Shard: ExpressibleByArgument {
    public init?(argument: String) {
        let parts = argument.split(separator: "/", omittingEmptySubsequences: false).map { Int($0) ?? 0 }
        guard parts.count == 2, (1...100_000).contains(parts[1]), (1...parts[1]).contains(parts[0]) else { return nil }
        self.init(index: parts[0], count: parts[1])
    }
}
