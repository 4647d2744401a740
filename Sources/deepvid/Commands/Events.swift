import ArgumentParser
import Counting
import DeepVid

struct Events: DeepvidCommand {
    static let configuration = CommandConfiguration(
        commandName: "events", abstract: "List when objects came and went, or when they were in a zone.",
        discussion: """
            The results are of a run that followed objects (--track, --zones, --events). Those that never \
            moved, such as parked cars, are no events, unless the run had --static keep. With --zone, each time that an object \
            was in it is a line of its own.
            """)

    @OptionGroup(title: "Input") var input: ResultsArguments

    @OptionGroup var select: SelectionFlags

    @Option(help: ArgumentHelp("Leave out what was shorter than this. (default: 0)", valueName: "time"))
    var shortest: TimeSpan?

    @OptionGroup var output: RowFormatFlags

    @OptionGroup var console: ConsoleFlags

    func validate() throws {
        if select.clock.timeZone != nil, output.chosen == .json, select.from == nil, select.to == nil {
            throw ValidationError("--time-zone is for the table and csv; json has times in UTC: leave it out.")
        }
    }

    mutating func perform() throws -> ExitStatus {
        console.apply()
        let files = try input.files(), zone = try select.clock.zone()
        try output.check(inputs: files, command: "events")
        var options = EventListRun.Options()
        options.selection = try select.selection(zone)
        options.shortest = shortest?.seconds ?? 0
        let interruption = Interruption.install()
        interruption.arm()
        let list = try EventListRun(options, control: interruption.control).run(files, onFile: console.reading(files))
        Console.eraseStatus()
        guard let list else { return interruption.status ?? .failed }
        for warning in list.warnings { Console.warning(warning) }
        if let line = SeenText.leftOut(list.neverMoved, done: "listed", doing: "list") { Console.info(line) }
        for problem in list.problems { Console.error(problem) }
        let text =
            switch output.chosen {
            case .table: EventTable.text(list, zone)
            case .csv: list.csv(zone)
            case .json: list.json
            }
        let printed = try output.give(text)
        return list.problems.isEmpty ? printed : .failed
    }
}
