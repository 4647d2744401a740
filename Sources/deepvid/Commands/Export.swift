import ArgumentParser
import DeepVid
import Exports
import Reports
import Results

struct Export: DeepvidCommand {
    static let configuration = CommandConfiguration(
        commandName: "export", abstract: "Turn results into a table or a format of other tools: csv, coco, mot, yolo, cvat, labelstudio.",
        discussion: """
            csv, coco and labelstudio are one file; yolo is a folder; mot and cvat are one file for one input \
            (-o seen.txt, -o seen.xml), or a folder with a file for each.
            """)

    @OptionGroup(title: "Input") var input: ResultsArguments

    @Option(
        help: ArgumentHelp("The format. (default: by how --output ends: .csv, .txt for mot, .xml for cvat)", valueName: "format"),
        completion: .list(ExportFormat.allCases.map(\.rawValue)))
    var to: ExportFormat?

    @Option(help: ArgumentHelp("Export these classes only, by name, separated by commas.", valueName: "names"))
    var classes: NameList?

    @Option(help: ArgumentHelp("Leave out objects with a lower score, 0 to 1.", valueName: "score"))
    var score: Fraction?

    @Option(
        name: [.short, .long], help: ArgumentHelp("The file or folder to write; - is standard output.", valueName: "path"),
        completion: .file())
    var output = "-"

    @OptionGroup var clock: TimeZoneFlags

    @OptionGroup var console: ConsoleFlags

    func validate() throws {
        if output.isEmpty { throw ValidationError("--output needs the name of a file or folder, or - for standard output.") }
        if ExportPlace(output, try format()) == nil { throw ValidationError("--to yolo is a folder of files: name it with --output.") }
    }

    private func format() throws -> ExportFormat {
        if let format = to ?? ExportFormat(suffixOf: output) { return format }
        let names = ExportFormat.allCases.map(\.rawValue).joined(separator: ", ")
        throw ValidationError("--to says the format, which the name of --output does not tell: \(names).")
    }

    mutating func perform() throws -> ExitStatus {
        console.apply()
        let to = try format(), files = try input.files()
        var options = ExportRun.Options(to, ExportPlace(output, to)!)
        if clock.timeZone != nil, to != .csv { throw ValidationError("--time-zone is for csv, which has local times beside UTC.") }
        (options.classes, options.score, options.timeZone) = (classes?.names, score?.value, try clock.zone())
        if case .file(let path) = options.place {
            try checkOutputFile(path, inputs: files)
            try checkHoldsExport(path, to)
            try checkSuffix(
                path, own: to == .csv ? ["csv"] : [], "'export --to \(to.rawValue)' writes another format: let it end in \(to.suffix)")
        }
        let interruption = Interruption.install()
        interruption.arm()
        let outcome: ExportRun.Outcome?
        do {
            outcome = try ExportRun(options, control: interruption.control).run(files, onFile: console.reading(files))
        } catch let error as OutputError {
            if error.code == .closed { return .done }
            throw CLIError.failed("cannot write to standard output: \(error.message)")
        } catch let error as DeepVidError where error.code == .cannotWrite {
            throw CLIError.failed(error.message)
        }
        Console.eraseStatus()
        guard let outcome else { return interruption.status ?? .failed }
        for warning in outcome.warnings { Console.warning(warning) }
        for problem in outcome.problems { Console.error(problem) }
        summarize(outcome, to)
        return outcome.problems.isEmpty ? .done : .failed
    }

    private func summarize(_ outcome: ExportRun.Outcome, _ format: ExportFormat) {
        var line = output == "-" ? "" : "\(output): "
        line += "\(Formatting.count(outcome.items, format == .csv ? "row" : "object")) of \(Formatting.count(outcome.frames, "frame"))"
        line += " and \(Formatting.count(outcome.inputs, "input"))"
        if outcome.files > 1 { line += ", \(outcome.files) files" }
        if outcome.leftOut > 0 {
            line += "; \(Formatting.count(outcome.leftOut, "box", "boxes")) of objects that are not followed left out"
        }
        Console.summary(line)
    }
}

extension ExportFormat: ExpressibleByArgument {}
