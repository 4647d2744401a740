import ArgumentParser
import CacheNet
import DeepVid

struct Infer: DeepvidCommand {
    static let configuration = CommandConfiguration(
        commandName: "infer", abstract: "Run a model over videos and print one JSON object a frame.",
        discussion: """
            An input is a file, a URL (rtsp://, http://, …), an image sequence ('frames/%04d.png' or a quoted glob) \
            or - for standard input. Several inputs are read one after the other; with --live, all at once.
            """)

    @Argument(help: ArgumentHelp("Video files, URLs, image sequences, or -.", valueName: "input"), completion: .file())
    var inputs: [String]

    @OptionGroup(title: "Model") var model: ModelsFlags
    @OptionGroup(title: "Model") var threads: ThreadFlags
    @OptionGroup(title: "Model") var precision: PrecisionFlags
    @OptionGroup(title: "Results") var results: ResultFlags
    @OptionGroup(title: "Tracking") var tracking: TrackFlags
    @OptionGroup(title: "Second models") var then: ThenFlags
    @OptionGroup(title: "Second models") var reid: ReidFlags
    @OptionGroup(title: "What is kept and told") var snapshots: SnapshotFlags
    @OptionGroup(title: "What is kept and told") var clips: ClipFlags
    @OptionGroup(title: "What is kept and told") var notices: NoticeFlags
    @OptionGroup(title: "Frames") var frames: FrameFlags
    @OptionGroup(title: "Frames") var decoding: DecodeFlags
    @OptionGroup(title: "Time of day") var clock: ClockFlags
    @OptionGroup(title: "Reuse") var reuse: ReuseFlags
    @OptionGroup(title: "CacheNet bundles") var bundle: BundleFlags
    @OptionGroup(title: "CacheNet bundles") var edge: EdgeFlags
    @OptionGroup(title: "Live input") var live: LiveFlags
    @OptionGroup(title: "Semantic memory, of classifiers") var memory: MemoryFlags
    @OptionGroup(title: "Output") var output: OutputFlags
    @OptionGroup(title: "Output") var camera: CameraFlags

    func validate() throws {
        try tracking.validate(follows: snapshots.snapshots != nil || notices.isGiven || clips.clips != nil)
        try live.validate(inputs: inputs, start: frames.start)
        try bundle.validate(model, isRouted: bundle.bundle != nil || edge.answersFrames(bundle))
        try precision.validate(isRouted: bundle.bundle != nil || edge.answersFrames(bundle))
        try edge.validate(bundle, sharesAnswers: then.resultCache != nil)
        try reuse.checkTarget(hasMemory: memory.memory != nil)
        if clips.clips != nil, !live.isLive(inputs) {
            throw ValidationError("--clips is for live input; of recordings, 'deepvid cut' cuts them out: leave it out, or give --live.")
        }
        if memory.memory != nil, bundle.bundle != nil || edge.answersFrames(bundle) {
            throw ValidationError("--memory is for one classifier, and not for a bundle: leave one of them out.")
        }
        if memory.memory != nil, model.model.count > 1 {
            throw ValidationError("--memory is for one classifier, and not for several models: leave one of them out.")
        }
        if live.isLive(inputs), clock.clock != nil {
            throw ValidationError("--clock is for recordings; frames of live input have the time at which they arrive: leave it out.")
        }
        if inputs.filter({ $0 == "-" }).count > 1 { throw ValidationError("standard input (-) can be read only once.") }
        if output.maps != nil, inputs.count > 1 {
            throw ValidationError("--maps names pictures after the frames of one input: give one input at a time.")
        }
        if live.isLive(inputs), memory.memorySave != nil {
            throw ValidationError("--memory-save is not for live input, where each input learns for itself: leave it out.")
        }
    }

    mutating func perform() throws -> ExitStatus {
        output.console.apply()
        camera.apply()
        if let path = output.path, output.segment == nil { try checkOutputFile(path, inputs: inputs) }
        let (options, routing) = try checked()
        return try run(options, routing: routing)
    }

    /// What the flags ask for, as far as it can be told before anything slow begins: refuses files that cannot be used.
    /// - Returns: also how a bundle's models are chosen; nil for a single model.
    func checked() throws -> (RunOptions, RouteOptions?) {
        let suitsSeveral = reuse.suitsSeveral && memory.memory == nil && decoding.decode == .all
        let models = results.options(model, precision, maySwitch: live.isLive(inputs) && suitsSeveral)
        var options = RunOptions(
            model: models[0], others: Array(models.dropFirst()), video: live.options(frames), threads: threads.count, reuse: reuse.options,
            memory: memory.options(target: reuse.targetAgreement))
        options.output = try tracking.options()
        options.output.add(snapshots, notices, clips)
        options.budget = model.budgetMs
        options.capacityCost = live.capacityCost ?? .total
        try then.add(to: &options.output)
        try reid.add(to: &options.output)
        options.decode = decoding.decode
        options.clock = try clock.recordingClock()
        options.camera = camera.camera
        for input in inputs {
            try checkIsNoModel(input)
            try checkIsNoRecords(input, advice: "'deepvid report', 'events', 'count' and 'export' read them")
        }
        // One that cannot be used among others fails at its turn: the others are done.
        if inputs.allSatisfy({ (try? checkInput($0)) == nil }) { try checkInput(inputs[0], for: "infer") }
        let routing = try edge.options(bundle) ?? bundle.options
        try snapshots.check()
        try clips.check()
        if let folder = output.maps { try checkFolder(folder, holdsNoPicturesOf: inputs[0]) }
        if let path = memory.memorySave { try checkHoldsMemory(path, flag: "--memory-save") }
        if let path = output.path {
            if output.segment == nil { try checkHoldsRecords(path) }
            try checkRecordsSuffix(path)
        }
        return (options, routing)
    }
}
