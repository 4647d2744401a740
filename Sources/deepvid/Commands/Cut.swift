import ArgumentParser
import DeepVid
import Keeping
import Reports
import Results

struct Cut: DeepvidCommand {
    static let configuration = CommandConfiguration(
        commandName: "cut", abstract: "Cut clips around events out of the recordings, without encoding anything again.",
        discussion: """
            The results are of a run that followed objects (--track, --zones, --events). Clips begin at a key frame, and those \
            that overlap are one.
            """)

    @OptionGroup(title: "Input") var input: ResultsArguments

    @Option(
        name: [.short, .long], help: ArgumentHelp("The folder for the clips.", valueName: "folder"), completion: .directory)
    var output: String

    @Option(help: ArgumentHelp("Time before an object comes and after it goes. (default: 5)", valueName: "time"))
    var pad: TimeSpan?

    @OptionGroup var select: SelectionFlags

    enum Format: String, ExpressibleByArgument, CaseIterable { case table, json }

    @Option(help: ArgumentHelp("What is printed: table or json. (default: table)", valueName: "format"))
    var format: Format?

    @Flag(help: "The same as --format json.")
    var json = false

    @OptionGroup var console: ConsoleFlags

    func validate() throws {
        if json, format == .table { throw ValidationError("--json and --format table contradict each other; give one.") }
        if output.isEmpty { throw ValidationError("--output needs the name of a folder.") }
        try checkPad(pad)
    }

    mutating func perform() throws -> ExitStatus {
        console.apply()
        let files = try input.files(), zone = try select.clock.zone()
        var options = CutRun.Options(
            pad: pad?.seconds ?? ClipFlags.defaultPad, folder: try OutputFolder(output, flag: "--output").path)
        (options.selection, options.timeZone) = (try select.selection(zone), zone)
        let interruption = Interruption.install()
        interruption.arm()
        let outcome = try CutRun(options, control: interruption.control).run(files, onFile: console.reading(files))
        Console.eraseStatus()
        guard let outcome else { return interruption.status ?? .failed }
        for warning in outcome.warnings { Console.warning(warning) }
        for problem in outcome.problems { Console.error(problem) }
        let printed = printToStandardOutput(json || format == .json ? outcome.json : CutTable.text(outcome, zone))
        return outcome.problems.isEmpty ? printed : .failed
    }
}

/// Refuses a time around events that is none.
func checkPad(_ pad: TimeSpan?) throws {
    if let pad, pad.seconds > 600 { throw ValidationError("--pad must be ten minutes or less.") }
}
