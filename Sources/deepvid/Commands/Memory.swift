import ArgumentParser
import DeepVid
import FileNames
import Glibc

/// `deepvid memory …`.
struct Memory: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "memory", abstract: "Make and describe memories, by which 'infer' leaves classifiers early.",
        subcommands: [MemoryBuildCommand.self, MemoryInspect.self])
}

struct MemoryBuildCommand: DeepvidCommand {
    static let configuration = CommandConfiguration(
        commandName: "build", abstract: "Show a classifier images or clips, and write what it saw as a memory.",
        discussion: """
            Images come from a folder with a folder for each class, named like the class; images that lie in the folder \
            itself, and frames of clips, count for the class that the model names. The last fifth of each folder and \
            clip is kept apart, to set how sure an exit has to be.
            """)

    @Argument(help: ArgumentHelp("An ONNX classifier.", valueName: "model"), completion: .file(extensions: ["onnx"]))
    var classifier: String

    @Option(help: ArgumentHelp("A folder of images, or of folders of images named by class.", valueName: "folder"), completion: .directory)
    var images: String?

    @Option(parsing: .upToNextOption, help: ArgumentHelp("Clips, as 'infer' takes them.", valueName: "clip"), completion: .file())
    var video: [String] = []

    @Option(name: [.short, .long], help: ArgumentHelp("The memory file to write.", valueName: "file"), completion: .file())
    var output: String

    @Option(
        help: ArgumentHelp(
            "Leave after these layers, by name, separated by commas, or after at most so many. (default: 12)", valueName: "names|n"))
    var exitLayers: NameList?

    @Option(
        help: ArgumentHelp(
            "Share of the exits to be as right as the whole network, 0 to 1. (default: 0.99)", valueName: "share"))
    var targetAgreement: Fraction?

    @Option(help: ArgumentHelp("Threads for the model. (default: one a CPU)", valueName: "n"))
    var threads: Int?

    @OptionGroup(title: "Model") var card: CardFlags
    @OptionGroup(title: "Frames of clips") var frames: FrameFlags
    @OptionGroup(title: "Output") var console: ConsoleFlags

    func validate() throws {
        if images == nil, video.isEmpty { throw ValidationError("there is nothing to show the model: name --images or --video.") }
        if let threads, !(1...256).contains(threads) { throw ValidationError("--threads must be 1 to 256, not \(threads).") }
        if let limit = exitLayerLimit, !(1...256).contains(limit) {
            throw ValidationError("--exit-layers must be 1 to 256, or names of layers.")
        }
        if output.isEmpty { throw ValidationError("--output needs the name of a file.") }
    }

    private var exitLayerLimit: Int? { exitLayers.flatMap { $0.names.count == 1 ? Int($0.names[0]) : nil } }

    mutating func perform() throws -> ExitStatus {
        console.apply()
        for clip in video { try checkInput(clip) }
        if fileStatus(output)?.isFolder == true { throw CLIError.unusable("\(output): is a directory; --output needs a file name") }
        try checkHoldsMemory(output, flag: "--output")
        if access(parent(of: output).fileName, W_OK) != 0 { throw CLIError.unusable("\(output): cannot be written: \(systemError)") }
        var options = MemoryBuild.Options()
        options.model = card.options
        options.model.model = classifier
        (options.video, options.threads) = (frames.options, threads ?? RunOptions.availableCPUs)
        (options.images, options.clips) = (images, video)
        options.tapLimit = exitLayerLimit ?? options.tapLimit
        if exitLayerLimit == nil { options.tapNames = exitLayers?.names }
        options.targetAgreement = targetAgreement?.value ?? options.targetAgreement
        let interruption = Interruption.install()
        defer { Console.eraseStatus() }
        do {
            let build = try MemoryBuild(options, control: interruption.control)
            interruption.arm()
            let shows = console.showsProgress()
            let report = try build.run { frames in
                if shows, frames % 16 == 0 { Console.showStatus(["\(frames) frames seen"]) }
            }
            if let status = interruption.status { return status }
            try MemoryStore.write(report.memory, to: output)
            if !console.quiet { for line in MemoryDescription.summary(report) { Console.plain(line) } }
            if let warning = MemoryDescription.warning(report.memory) { Console.warning(warning) }
            return .done
        } catch {
            if let status = interruption.status { return status }
            throw error
        }
    }
}

struct MemoryInspect: DeepvidCommand {
    static let configuration = CommandConfiguration(
        commandName: "inspect", abstract: "Describe a memory: its model, exit layers, classes and limits.")

    @Argument(help: ArgumentHelp("A memory file.", valueName: "memory"), completion: .file())
    var memory: String

    @Flag(help: "Print one JSON object instead of text.")
    var json = false

    mutating func perform() throws -> ExitStatus {
        try checkInput(memory)
        let known = try MemoryStore.read(memory)
        return printToStandardOutput(json ? MemoryDescription.json(known) : MemoryDescription.text(known))
    }
}
