import ArgumentParser
import DeepVid
import Models
import Reports

struct Report: DeepvidCommand {
    static let configuration = CommandConfiguration(
        commandName: "report", abstract: "Make one HTML page of results: what was seen, how fast, how well.",
        discussion: """
            The page needs no other file and no network. Several results files, or one of several inputs, make a section \
            for each and an overview. What 'compare --json' wrote adds the frames that agree least.
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
        let results: [String]
        do throws(DeepVidError) { results = try ResultFiles.expand(self.results) } catch { throw CLIError.unusable(error.message) }
        for clip in flags.clip { try checkInput(clip) }
        if flags.output != "-" {
            try checkOutputFile(flags.output, inputs: results + flags.clip)
            try checkHoldsPage(flags.output)
        }
        return try makePage(of: results)
    }

    private func makePage(of results: [String]) throws(CLIError) -> ExitStatus {
        let console = Console.shared
        (console.isQuiet, console.isVerbose) = (flags.console.quiet, flags.console.verbose)
        let control = RunControl()
        let interruption = Interruption.install { control.stop() }
        interruption.arm()
        let shows = flags.console.showsProgress(besideOutput: false)
        let outcome: HTMLReport
        do throws(DeepVidError) {
            outcome = try HTMLReport(results: results, clips: flags.clip, control: control) { index throws(DeepVidError) in
                if shows { console.showStatus("reading \(results[index])  [\(index + 1)/\(results.count)]") }
                do throws(CLIError) { try checkResults(results[index]) } catch { throw DeepVidError(.unreadable, error.message) }
            }
        } catch {
            console.eraseStatus()
            throw .unusable(error.message)
        }
        console.eraseStatus()
        for warning in outcome.warnings { console.warning(warning) }
        for error in outcome.errors { console.error(error) }
        // Half a report looks like a whole one.
        if let signal = interruption.signal { return .interrupted(signal: signal) }
        let status: ExitStatus = outcome.errors.isEmpty ? .done : .failed
        if flags.output == "-" {
            let printed = printToStandardOutput(outcome.page)
            return printed == .done ? status : printed
        }
        let bytes = Array(outcome.page.utf8)
        try WholeFile.write(bytes, to: flags.output)
        if console.isTerminal || console.isVerbose, !console.isQuiet {
            console.plain(
                "\(flags.output): \(Formatting.count(outcome.sections, "input")), \(Formatting.count(outcome.images, "picture")), "
                    + "\(Formatting.magnitude(bytes.count))B")
        }
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

    @OptionGroup var console: ConsoleFlags

    func validate() throws {
        if output.isEmpty { throw ValidationError("--output needs the name of a file, or - for standard output.") }
    }
}
