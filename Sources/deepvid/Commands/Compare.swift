import ArgumentParser
import DeepVid
import FileNames
import Glibc
import Reports
import Results

struct Compare: DeepvidCommand {
    static let configuration = CommandConfiguration(
        commandName: "compare", abstract: "Run a model over a video with and without reuse, and say what reuse gains and costs.",
        discussion: """
            Both run on the same decoded frames and take turns in going first. Agreement is the F1 of boxes: one with \
            the least score on either side must find one of its class, with at least three quarters of that score and an \
            overlap (IoU) of at least 0.5, on the other; averaged over the frames with such a box.
            """)

    @Argument(help: ArgumentHelp("A video, as 'infer' takes it.", valueName: "input"), completion: .file())
    var input: String

    @OptionGroup(title: "Model") var model: ModelFlags
    @OptionGroup(title: "Model") var threads: ThreadFlags
    @OptionGroup(title: "Results") var results: ResultFlags
    @OptionGroup(title: "Frames") var frames: FrameFlags
    @OptionGroup(title: "Reuse") var reuse: ReuseFlags
    @OptionGroup(title: "Output") var output: ComparisonFlags

    func validate() throws {
        if reuse.cache?.policy == .off { throw ValidationError("--cache off is what compare compares with; name another policy.") }
    }

    mutating func perform() throws -> ExitStatus {
        try checkInput(input)
        output.console.apply()
        if let folder = output.saveWorst { try checkFolder(folder, holdsNoPicturesOf: input) }
        let options = RunOptions(model: results.options(model), video: frames.options, threads: threads.count, reuse: reuse.options)
        // A folder that is made for pictures goes again where there are none: rmdir(2) removes empty folders only.
        let isNewFolder = output.saveWorst.map { access($0.fileName, F_OK) != 0 } ?? false
        defer { if isNewFolder, let path = output.saveWorst { rmdir(path.fileName) } }
        let folder = try output.saveWorst.map { try OutputFolder($0, flag: "--save-worst") }
        try AddressSpace.check(inputs: [input], model: options.model.model, threads: options.threads)
        let interruption = Interruption.install()
        let comparison = try Comparison(options, control: interruption.control)
        Console.note("model \(comparison.summary)")
        interruption.arm()
        var report = ComparisonReport(
            comparison, input, options: options, worst: output.worstCount, onProgress: output.console.progress(of: input))
        Console.eraseStatus()
        if let error = report.record.error { Console.error(error.message) }
        // Of an input of which nothing came out there is nothing to say.
        if report.record.frames == 0, report.record.error != nil { return .unusable }
        if let folder {
            for index in report.record.worst.indices {
                let name = report.pictureName(index)
                try folder.write(as: name) { try report.picture(index) }
                report.record.worst[index].picture = folder.path(of: name)
            }
            if report.record.worst.isEmpty { Console.warning("--save-worst has no picture to write: all frames agree fully") }
        }
        let printed = printToStandardOutput(output.printsJSON ? report.record.json : ComparisonTable.text(report.record))
        return interruption.status ?? (report.record.error == nil ? printed : .failed)
    }
}

/// What a comparison prints and draws.
struct ComparisonFlags: ParsableArguments {
    enum Format: String, ExpressibleByArgument, CaseIterable { case table, json }

    @Option(help: ArgumentHelp("'table' for people or 'json' for programs. (default: table)", valueName: "format"))
    var format: Format?

    @Flag(help: "The same as --format json.")
    var json = false

    @Option(
        help: ArgumentHelp("Write pictures of the frames that agree least into this folder.", valueName: "folder"), completion: .directory)
    var saveWorst: String?

    @Option(help: ArgumentHelp("How many frames those are.", valueName: "n"))
    var worstCount = 5

    @OptionGroup var console: ConsoleFlags

    func validate() throws {
        if json, format == .table { throw ValidationError("--json and --format table contradict each other; give one of them.") }
        // Decoded frames are kept for the pictures: a bound on memory.
        if !(0...100).contains(worstCount) { throw ValidationError("--worst-count must be 0 to 100, not \(worstCount).") }
    }

    var printsJSON: Bool { json || format == .json }
}
