import Models
import DeepVid

/// Makes the page and writes it.
struct ReportRunner {
    let results: [String]
    let flags: ReportFlags
    private let console = Console.shared

    init(results: [String], flags: ReportFlags) { (self.results, self.flags) = (results, flags) }

    func run() throws(Complaint) -> ExitStatus {
        (console.isQuiet, console.isVerbose) = (flags.console.quiet, flags.console.verbose)
        let control = RunControl()
        let interruption = Interruption.install { control.stop() }
        interruption.arm()
        let shows = flags.console.showsProgress(besideOutput: false)
        let outcome: ResultsReport.Outcome
        do throws(DeepVidError) {
            outcome = try ResultsReport(results: results, clips: flags.clip).make(control: control) { index in
                if shows { console.showStatus("reading \(results[index])  [\(index + 1)/\(results.count)]") }
            }
        } catch { throw .unusable(error.message) }
        console.eraseStatus()
        for warning in outcome.warnings { console.warning(warning) }
        // Half a report looks like a whole one.
        if let signal = interruption.signal { return .interrupted(signal: signal) }
        let bytes = Array(outcome.page.utf8)
        if flags.output == "-" { return printToStandardOutput(outcome.page) }
        try WholeFile.write(bytes, to: flags.output)
        if console.isTerminal || console.isVerbose, !console.isQuiet {
            console.plain(
                "\(flags.output): \(Formatting.count(outcome.sections, "input")), \(Formatting.count(outcome.pictures, "picture")), "
                    + "\(Formatting.magnitude(bytes.count))B")
        }
        return .done
    }
}
