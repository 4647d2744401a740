import ArgumentParser
import DeepVid
import Reports
import Results

struct Report: DeepvidCommand {
    static let configuration = CommandConfiguration(
        commandName: "report", abstract: "Make one HTML page of results: what was seen, when and where.",
        discussion: """
            The page needs no other file and no network. It has a timeline of all cameras, what was seen in numbers, the \
            events with pictures, and, folded away, how it was computed. What 'compare --json' wrote adds the frames that \
            agree least. 'deepvid view' serves such a page with the clips.
            """)

    @Argument(
        help: ArgumentHelp(
            "What 'infer', 'batch' or 'compare --json' wrote: files of records, folders of such, or -.", valueName: "results"),
        completion: .file(extensions: ["jsonl"]))
    var results: [String]

    @OptionGroup(title: "Output") var flags: ReportFlags

    func validate() throws {
        if results.filter({ $0 == "-" }).count > 1 { throw ValidationError("standard input (-) can be read only once.") }
    }

    mutating func perform() throws -> ExitStatus {
        let found = try ResultFiles(results), results = found.files
        for clip in flags.clip { try checkInput(clip) }
        if flags.output != "-" {
            try checkOutputFile(flags.output, inputs: results + flags.clip)
            try checkHoldsPage(flags.output)
            try checkSuffix(flags.output, own: ["html", "htm", "xhtml"], "'report' writes a page: let it end in .html")
        }
        flags.console.apply()
        let zone = try flags.select.clock.zone(), selection = try flags.select.selection(zone)
        if let warning = found.warning { Console.warning(warning) }
        let interruption = Interruption.install()
        interruption.arm()
        let shows = flags.console.showsProgress()
        var content = try ReportContent(
            results: results, clips: flags.clip, zone: zone, selection: selection, control: interruption.control
        ) {
            index throws(DeepVidError) in
            if shows { Console.showStatus(["reading \(results[index])  [\(index + 1)/\(results.count)]"]) }
            do { try checkResults(results[index]) } catch { throw DeepVidError(.unreadable, "\(error)") }
        }
        content.takePictures(control: interruption.control)
        Console.eraseStatus()
        for warning in content.warnings { Console.warning(warning) }
        if let line = SeenText.leftOut(content.neverMoved, done: "counted", doing: "count") { Console.info(line) }
        for error in content.errors { Console.error(error) }
        // Half a report looks like a whole one.
        if let status = interruption.status { return status }
        let status: ExitStatus = content.errors.isEmpty ? .done : .failed
        let page = content.page()
        if flags.output == "-" {
            let printed = printToStandardOutput(page)
            return printed == .done ? status : printed
        }
        let bytes = Array(page.utf8)
        try writeWholeFile(bytes, to: flags.output)
        Console.summary(
            "\(flags.output): \(Formatting.count(content.inputCount, "input")), \(Formatting.count(content.pictureCount, "picture")), "
                + "\(Formatting.magnitude(bytes.count))B")
        Console.summary(SeenText.line(SeenText.sum(content.seen), frames: content.frames))
        Console.summary("next: open \(flags.output) in a browser")
        return status
    }
}

/// Where a report goes, and what it takes pictures from.
struct ReportFlags: ParsableArguments {
    @Option(
        name: [.short, .long], help: ArgumentHelp("The page to write; - is standard output.", valueName: "file"),
        completion: .file(extensions: ["html"]))
    var output: String

    @Option(
        help: ArgumentHelp("A clip for the pictures, if it is not where the results say. Can be repeated.", valueName: "file"),
        completion: .file())
    var clip: [String] = []

    @OptionGroup var select: SelectionFlags
    @OptionGroup var console: ConsoleFlags

    func validate() throws {
        if output.isEmpty { throw ValidationError("--output needs the name of a file, or - for standard output.") }
    }
}
