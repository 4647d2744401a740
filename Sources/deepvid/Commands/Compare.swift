import ArgumentParser
import Batch
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

    @Argument(
        help: ArgumentHelp("Videos, as 'infer' takes them; a folder stands for the videos in it.", valueName: "input"), completion: .file())
    var inputs: [String]

    @OptionGroup(title: "Model") var model: ModelFlags
    @OptionGroup(title: "Model") var threads: ThreadFlags
    @OptionGroup(title: "Model") var precision: PrecisionFlags
    @OptionGroup(title: "CacheNet bundles") var bundle: BundleFlags
    @OptionGroup(title: "Results") var results: ResultFlags
    @OptionGroup(title: "Frames") var frames: FrameFlags
    @OptionGroup(title: "Reuse") var reuse: ComparedReuseFlags
    @OptionGroup(title: "Output") var output: ComparisonFlags

    func validate() throws {
        if output.saveWorst != nil, try reuse.policies.count > 1 || reuse.memory != nil {
            throw ValidationError(
                "--save-worst draws the answers of one policy: give one --cache and one --target-agreement, and no --memory.")
        }
        try reuse.validate(isRouted: bundle.bundle != nil)
        if bundle.deviceOnly { throw ValidationError("--device-only is what compare compares a bundle with: leave it out.") }
        try bundle.validate(modelFlag: model.model == nil ? model.card.given : "--model", isRouted: bundle.bundle != nil)
        try precision.validate(isRouted: bundle.bundle != nil)
        if bundle.bundle != nil, reuse.memory != nil {
            throw ValidationError("--memory is for one classifier, and not for a bundle: leave one of them out.")
        }
        guard output.truth != nil else { return }
        try checkIsOne()
        if frames.start != nil { throw ValidationError("--truth counts frames from the beginning: leave --start out.") }
    }

    private func checkIsOne() throws {
        if inputs.count > 1 { throw ValidationError("--truth is of one video: give one input.") }
    }

    mutating func perform() throws -> ExitStatus {
        inputs = try inputs.flatMap { input in
            guard !input.contains("://"), fileStatus(input)?.isFolder == true else { return [input] }
            return try ClipList([input], isCompressed: false).clips.map(\.path).filter { !inputs.contains($0) }
        }
        if let truth = output.truth {
            try checkIsOne()
            try checkIsNoRecords(
                truth, as: "--truth", advice: "'deepvid export \(quoted(truth)) --to coco -o truth.json' makes a truth of them")
        }
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
        try output.rows.check(inputs: inputs + [output.truth, model.model].compactMap(\.self), command: "compare")
        let truth = try output.truth.map { try readTruth($0) }
        var options = RunOptions(model: results.options(model, precision), video: frames.options, threads: threads.count)
        let policies = try reuse.policies
        options.reuse = policies[0].options
        options.memory = reuse.memoryOptions
        options.output.follows = truth?.hasTracks ?? false
        // A folder that is made for pictures goes again where there are none: rmdir(2) removes empty folders only.
        let isNewFolder = output.saveWorst.map { access($0.fileName, F_OK) != 0 } ?? false
        defer { if isNewFolder, let path = output.saveWorst { rmdir(path.fileName) } }
        let folder = try output.saveWorst.map { try OutputFolder($0, flag: "--save-worst") }
        let sides = policies.count + (options.memory == nil ? 0 : 1)
        try AddressSpace.check(inputs: [inputs[0]], models: options.models, threads: options.threads, jobs: sides)
        let interruption = Interruption.install()
        let comparison = try Comparison(options, policies: policies.map(\.options), routing: bundle.options, control: interruption.control)
        Console.note("model \(comparison.summary)")
        // In the order of the reports: the memory is the last.
        let titles = zip(policies, comparison.policies).map { $0.title($1.targetAgreement) }
        let names = titles.map { bundle.bundle == nil ? $0 : "bundle \($0)" } + (options.memory == nil ? [] : ["memory"])
        if truth != nil, !comparison.findsObjects {
            throw CLIError.unusable("--truth has boxes, and this model finds none: leave it out, or take a detector")
        }
        interruption.arm()
        var rows: [ComparisonRow] = [], folders = InputNames()
        var status = ExitStatus.done
        for input in inputs where interruption.status == nil {
            var reports = ComparisonReport.reports(
                comparison, input, options: options, policies: comparison.policies, worst: output.worstCount, truth: truth,
                onProgress: output.console.progress(of: input))
            Console.eraseStatus()
            if let error = reports[0].record.error {
                Console.error(error.message)
                status = .failed
            }
            // Of an input of which nothing came out there is nothing to say.
            if reports[0].record.frames == 0, reports[0].record.error != nil { continue }
            if let folder { try save(&reports[0], in: folder, clip: inputs.count > 1 ? folders.name(for: reports[0].record.source) : nil) }
            rows += zip(names, reports).map { ComparisonRow(policy: $0, record: $1.record) }
        }
        if rows.isEmpty { return .unusable }
        if let path = output.plot { try writeWholeFile(Array(AgreementPlot(rows).svg.utf8), to: path) }
        if let truth { warn(of: truth, rows) }
        let text =
            switch output.rows.chosen {
            case .table: ComparisonTable.text(rows)
            case .csv: ComparisonTable.csv(rows)
            case .json: rows.map(\.record.json).joined(separator: "\n")
            }
        let printed = try output.rows.give(text)
        return interruption.status ?? (status == .done ? printed : status)
    }

    /// The truth of the input, of the classes that are reported.
    private func readTruth(_ file: String) throws -> Truth {
        var truth = try Truth(file: file, of: inputs[0])
        if truth.isNamedOtherwise(than: inputs[0]), let video = truth.video {
            Console.warning(
                "--truth: \(file) is of the video '\(video)', by its name: make sure that it is of \(displayName(of: inputs[0]))")
        }
        if let classes = results.classes?.names {
            let labels = truth.labels, count = truth.count
            truth.keep(classes: classes)
            if truth.count == 0, count > 0 {
                throw CLIError.unusable(
                    "--truth: \(file) has no object of \(classes.joined(separator: ", ")); its classes are "
                        + labels.sorted().joined(separator: ", "))
            }
        }
        return truth
    }

    /// Says where a truth seems to be of another clip.
    private func warn(of truth: Truth, _ rows: [ComparisonRow]) {
        guard let record = rows.first?.record, let judged = record.truth, let first = truth.frames.keys.min(),
            let last = truth.frames.keys.max()
        else { return }
        let clip = displayName(of: inputs[0])
        if judged.frames == 0 {
            Console.warning(
                "--truth: none of its labelled frames (\(first) to \(last), counted from 0) is among the \(record.frames) that were compared: "
                    + "is it of \(clip)?")
        } else if judged.objects > 0, judged.dense.ap50 == 0, judged.cached.ap50 == 0 {
            let classes = truth.labels.sorted().joined(separator: ", ")
            let labels = classes.isEmpty ? "" : ", and do its classes (\(classes)) have the model's names"
            Console.warning(
                "--truth: of its \(judged.objects) objects none was found, dense or cached: is it of \(clip), with boxes in pixels of the "
                    + "displayed frame\(labels)?")
        } else if record.reason == .finished, frames.areAll, last >= record.frames {
            Console.warning(
                "--truth: it has frames up to \(last), and \(clip) ends with frame \(record.frames - 1): is it of this clip?")
        }
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
    @OptionGroup var rows: RowFormatFlags

    @Option(
        help: ArgumentHelp("Write pictures of the frames that agree least into this folder; of one policy.", valueName: "folder"),
        completion: .directory)
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
        // Decoded frames are kept for the pictures: a bound on memory.
        if !(0...100).contains(worstCount) { throw ValidationError("--worst-count must be 0 to 100, not \(worstCount).") }
    }
}
