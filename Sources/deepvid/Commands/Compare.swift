import ArgumentParser
import DeepVid
import Evaluation
import Exports
import FileNames
import Glibc
import Reports
import Results

struct Compare: DeepvidCommand {
    static let configuration = CommandConfiguration(
        commandName: "compare", abstract: "Run a model over videos with and without reuse, and say what reuse gains and costs.",
        discussion: """
            All run on the same decoded frames and take turns in going first. Agreement is the F1 of boxes: one with \
            the least score on either side must find one of its class, with at least three quarters of that score and an \
            overlap (IoU) of at least 0.5, on the other; averaged over the frames with such a box. Several videos or \
            policies make a table.
            """)

    @Argument(help: ArgumentHelp("Videos, as 'infer' takes them.", valueName: "input"), completion: .file())
    var inputs: [String]

    @OptionGroup(title: "Model") var model: ModelFlags
    @OptionGroup(title: "Model") var threads: ThreadFlags
    @OptionGroup(title: "Results") var results: ResultFlags
    @OptionGroup(title: "Frames") var frames: FrameFlags
    @OptionGroup(title: "Reuse") var reuse: ComparedReuseFlags
    @OptionGroup(title: "Output") var output: ComparisonFlags

    func validate() throws {
        if output.saveWorst != nil, try reuse.policies.count > 1 {
            throw ValidationError("--save-worst draws the answers of one policy: give one --cache and one --target-agreement.")
        }
        guard output.truth != nil else { return }
        if inputs.count > 1 { throw ValidationError("--truth is of one video: give one input.") }
        if frames.start != nil { throw ValidationError("--truth counts frames from the beginning: leave --start out.") }
    }

    mutating func perform() throws -> ExitStatus {
        for input in inputs {
            try checkInput(input)
            try checkIsNoRecords(
                input,
                advice: "'deepvid export \(quoted(input)) --to coco -o truth.json' makes a truth of them, and "
                    + "'deepvid compare CLIP --truth truth.json' holds a model against it")
            if let folder = output.saveWorst { try checkFolder(folder, holdsNoPicturesOf: input) }
        }
        output.console.apply()
        if let path = output.plot { try checkPlot(path, inputs: inputs) }
        let truth = try output.truth.map { try Truth(file: $0, of: inputs[0]) }
        var options = RunOptions(model: results.options(model), video: frames.options, threads: threads.count)
        let policies = try reuse.policies
        options.reuse = policies[0].options
        options.output.follows = truth?.hasTracks ?? false
        // A folder that is made for pictures goes again where there are none: rmdir(2) removes empty folders only.
        let isNewFolder = output.saveWorst.map { access($0.fileName, F_OK) != 0 } ?? false
        defer { if isNewFolder, let path = output.saveWorst { rmdir(path.fileName) } }
        let folder = try output.saveWorst.map { try OutputFolder($0, flag: "--save-worst") }
        try AddressSpace.check(inputs: [inputs[0]], models: options.models, threads: options.threads, jobs: policies.count)
        let interruption = Interruption.install()
        let comparison = try Comparison(options, policies: policies.map(\.options), control: interruption.control)
        Console.note("model \(comparison.summary)")
        if truth != nil, !comparison.findsObjects {
            throw CLIError.unusable("--truth has boxes, and this model finds none: leave it out, or take a detector")
        }
        interruption.arm()
        var rows: [ComparisonRow] = [], names = InputNames()
        var status = ExitStatus.done
        for input in inputs where interruption.status == nil {
            var reports = ComparisonReport.reports(
                comparison, input, options: options, policies: policies.map(\.options), worst: output.worstCount, truth: truth,
                onProgress: output.console.progress(of: input))
            Console.eraseStatus()
            if let error = reports[0].record.error {
                Console.error(error.message)
                status = .failed
            }
            // Of an input of which nothing came out there is nothing to say.
            if reports[0].record.frames == 0, reports[0].record.error != nil { continue }
            if let folder { try save(&reports[0], in: folder, clip: inputs.count > 1 ? names.name(for: reports[0].record.source) : nil) }
            rows += zip(policies, reports).map { ComparisonRow(policy: $0.name, record: $1.record) }
        }
        if rows.isEmpty { return .unusable }
        if let path = output.plot { try writeWholeFile(Array(AgreementPlot(rows).svg.utf8), to: path) }
        let text = output.printsJSON ? rows.map(\.record.json).joined(separator: "\n") : ComparisonTable.text(rows)
        let printed = printToStandardOutput(text)
        return interruption.status ?? (status == .done ? printed : status)
    }

    /// - Parameter clip: the name of the folder in `folder` that is the input's own; nil where there is one input.
    private func save(_ report: inout ComparisonReport, in folder: OutputFolder, clip: String?) throws {
        guard !report.record.worst.isEmpty else {
            let name = clip == nil ? "" : "\(report.record.source): "
            return Console.warning("\(name)--save-worst has no picture to write: all frames agree fully")
        }
        let folder = try clip.map { try OutputFolder(folder.path(of: $0), flag: "--save-worst") } ?? folder
        for index in report.record.worst.indices {
            let name = report.pictureName(index)
            try folder.write(as: name) { try report.picture(index) }
            report.record.worst[index].picture = folder.path(of: name)
        }
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

    @Option(
        help: ArgumentHelp("True boxes, in MOTChallenge's or COCO's format, to judge both by.", valueName: "file"), completion: .file())
    var truth: String?

    @Option(
        help: ArgumentHelp("Draw speed against agreement into this SVG.", valueName: "file"), completion: .file(extensions: ["svg"]))
    var plot: String?

    @OptionGroup var console: ConsoleFlags

    func validate() throws {
        if json, format == .table { throw ValidationError("--json and --format table contradict each other; give one of them.") }
        // Decoded frames are kept for the pictures: a bound on memory.
        if !(0...100).contains(worstCount) { throw ValidationError("--worst-count must be 0 to 100, not \(worstCount).") }
    }

    var printsJSON: Bool { json || format == .json }
}
