import ArgumentParser
import DeepVid
import Glibc
import Models
import Reports
import Tracking
import Video

struct Inspect: DeepvidCommand {
    static let configuration = CommandConfiguration(
        commandName: "inspect", abstract: "Describe a model or a video, or draw zones or what reuse does with a video.",
        discussion: """
            What ends in .onnx, or was written by 'tune', is a model; anything else is tried as a video. With --packets, the sizes of a video's packets \
            tell where --decode active would find something. With --visualize-reuse, every frame becomes a picture of what \
            changed, how the codec says it moved, and what the model's layers computed again. With --grid, a frame is drawn \
            with a grid of fractions, to read the points of zones from.
            """)

    @Argument(help: ArgumentHelp("An ONNX model, or a video as 'infer' takes it.", valueName: "model|video"), completion: .file())
    var subject: String

    @Flag(help: "Print one JSON object instead of text.")
    var json = false

    @Flag(help: "List a model's layers with their shapes and multiply-accumulates.")
    var layers = false

    @Flag(help: "With --layers: measure how long each takes, in milliseconds.")
    var time = false

    @Flag(help: "Tell of a video's packets and groups of pictures, without decoding them.")
    var packets = false

    @Option(
        help: ArgumentHelp("With --packets: draw their sizes over time into this SVG.", valueName: "file"),
        completion: .file(extensions: ["svg"]))
    var plot: String?

    @Option(
        help: ArgumentHelp("With --packets: what 'infer' wrote of the video, to tell what was decoded and found.", valueName: "file"),
        completion: .file(extensions: ["jsonl", "zst"]))
    var results: String?

    @Option(
        help: ArgumentHelp("Write a picture of what reuse does with each frame of a video into this folder.", valueName: "folder"),
        completion: .directory)
    var visualizeReuse: String?

    @Option(
        help: ArgumentHelp("Draw a frame with a grid of fractions of its size, to read the points of zones from.", valueName: "picture"),
        completion: .file(extensions: ["png"]))
    var grid: String?

    @Option(
        help: ArgumentHelp("With --grid: draw the zones, lines and masks of this file, too.", valueName: "file"),
        completion: .file(extensions: ["json"]))
    var zones: String?

    @OptionGroup(title: "Model") var model: ModelFlags
    @OptionGroup(title: "Frames, with --visualize-reuse and --grid; --stream with --packets, too") var frames: FrameFlags
    @OptionGroup(title: "Reuse, with --visualize-reuse") var reuse: ReuseFlags
    @OptionGroup(title: "Progress, with --visualize-reuse") var console: ConsoleFlags

    private var isModel: Bool { ModelFile.isNamed(subject) }

    func validate() throws {
        try reuse.checkTarget()
        if packets {
            if isModel { throw ValidationError("--packets tells of a video, not of a model.") }
            if layers || visualizeReuse != nil || grid != nil {
                throw ValidationError("--packets, --layers, --grid and --visualize-reuse are different things: give one.")
            }
        } else if plot != nil || results != nil {
            throw ValidationError("--plot and --results go with --packets.")
        }
        if time, !layers { throw ValidationError("--time goes with --layers, whose times it measures.") }
        if zones != nil, grid == nil { throw ValidationError("--zones goes with --grid, the picture that they are drawn into.") }
        if grid != nil, visualizeReuse != nil || json || layers {
            throw ValidationError("--grid draws one picture: leave --visualize-reuse, --json and --layers out.")
        }
        if grid != nil, isModel { throw ValidationError("--grid draws a frame of a video, and \(subject) is a model: name a video.") }
        guard visualizeReuse != nil else {
            if model.model != nil { throw ValidationError("--model goes with --visualize-reuse; to describe a model, name it alone.") }
            return
        }
        if json || layers { throw ValidationError("--visualize-reuse writes pictures; --json and --layers describe. Run inspect twice.") }
        if isModel { throw ValidationError("--visualize-reuse draws the frames of a video; name the model with --model.") }
        if reuse.cache?.policy == .off { throw ValidationError("with --cache off there is no reuse to draw; name another policy.") }
    }

    mutating func perform() throws -> ExitStatus {
        if !TunedFolder.exists(at: subject) { try checkInput(subject, isVideo: false) }
        if let folder = visualizeReuse { return try draw(into: folder) }
        if packets { return try describePackets() }
        if let grid { return try drawZones(to: grid) }
        if isModel {
            var options = model.options
            options.model = subject
            let report = try ModelReport(options)
            let times = time ? try report.measureLayers(threads: RunOptions.availableCPUs) : nil
            let status = printToStandardOutput(
                json ? ModelDescription.json(report, layers: layers, times) : ModelDescription.text(report, layers: layers, times))
            return report.problem == nil ? status : .unusable
        }
        let info = try Video.VideoReader(subject).info, source = displayName(of: subject)
        let start = RecordingClock().start(of: subject, info)
        return printToStandardOutput(
            json ? VideoDescription.json(info, source: source, start: start) : VideoDescription.text(info, source: source, start: start))
    }

    /// `--packets`.
    private func describePackets() throws -> ExitStatus {
        if let plot { try checkPlot(plot, inputs: [subject] + (results.map { [$0] } ?? [])) }
        if let results { try checkResults(results) }
        let source = displayName(of: subject)
        let answers = try results.map { try PacketAnswers($0, clip: source) }
        let report = try PacketReport(subject, stream: frames.stream) { answers?.hasFound(in: $0) ?? false }
        if let plot { try writeWholeFile(Array(PacketPlot(report, answers).svg.utf8), to: plot) }
        return printToStandardOutput(json ? PacketTable.json(report, source: source) : PacketTable.text(report, source: source))
    }

    /// `--grid`: a frame with a grid, and zones.
    private func drawZones(to path: String) throws -> ExitStatus {
        console.apply()
        try checkOutputFile(path, inputs: [subject] + [zones].compactMap(\.self))
        guard path.lowercased().hasSuffix(".png") else {
            throw CLIError.unusable("\(path): --grid needs the picture to write: let its name end in .png, as in --grid grid.png")
        }
        let plan = try zones.map { try ZonePlan(file: $0) }
        var options = frames.options
        options.maxFrames = 1
        guard let frame = try Video.VideoReader(subject, options: options).next() else {
            throw CLIError.unusable("\(displayName(of: subject)): shows no frame at --start; choose an earlier one")
        }
        try plan?.check(width: frame.width, height: frame.height, displayName(of: subject))
        try writeWholeFile(
            ZoneImage.png(frame, zones: plan?.layout(width: frame.width, height: frame.height) ?? ZoneLayout()), to: path)
        Console.summary("\(path): the frame with a grid; zones of \"unit\": \"fraction\" have the numbers of its grid")
        return .done
    }

    /// `--visualize-reuse`: a picture a frame of what reuse does.
    private func draw(into path: String) throws -> ExitStatus {
        console.apply()
        try checkFolder(path, holdsNoPicturesOf: subject)
        let folder = try OutputFolder(path, flag: "--visualize-reuse")
        let interruption = Interruption.install()
        let options = RunOptions(model: model.options, video: frames.options, threads: RunOptions.availableCPUs, reuse: reuse.options)
        let tracing = try ReuseTracing(options, control: interruption.control)
        Console.note("model \(tracing.summary)")
        interruption.arm()
        var hasVectors = false
        let (summary, info) = try tracing.run(subject, onProgress: console.progress(of: subject)) { frame, result, trace in
            hasVectors = hasVectors || !frame.motionVectors.isEmpty
            try folder.write(as: ReuseVisualization.imageName(frame)) { try ReuseVisualization(frame, result, trace).png() }
        }
        Console.eraseStatus()
        if summary.frames > 1, !hasVectors, let info {
            Console.warning(
                "\(displayName(of: subject)): the decoder of \(info.codec) gives no motion vectors; the pictures are without them")
        }
        if let error = summary.error { throw CLIError(status: summary.frames == 0 ? .unusable : .failed, description: error.message) }
        if !console.quiet { Console.plain("\(Formatting.count(summary.frames, "picture")) in \(folder.path)") }
        return interruption.status ?? .done
    }
}
