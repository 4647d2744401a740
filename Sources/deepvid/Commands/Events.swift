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

    @Option(help: ArgumentHelp("Objects of these classes only, by name, separated by commas.", valueName: "names"))
    var classes: NameList?

    @Option(help: ArgumentHelp("When objects were in these zones, by name, separated by commas.", valueName: "names"))
    var zone: NameList?

    @Option(help: ArgumentHelp("These cameras only, as 'count --by camera' names them, separated by commas.", valueName: "names"))
    var camera: NameList?

    @Option(help: ArgumentHelp("Leave out what was shorter than this. (default: 0)", valueName: "time"))
    var shortest: TimeSpan?

    @OptionGroup var clock: TimeZoneFlags

    @OptionGroup var output: RowFormatFlags

    @OptionGroup var console: ConsoleFlags

    func validate() throws {
        if clock.timeZone != nil, output.chosen != .table {
            throw ValidationError("--time-zone is for the table; csv and json have times in UTC: leave it out.")
        }
    }

    mutating func perform() throws -> ExitStatus {
        console.apply()
        let files = try input.files(), zoneOfClock = try clock.zone()
        var options = EventListRun.Options()
        (options.classes, options.zones, options.cameras) = (classes?.names, zone?.names, camera?.names)
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
            case .table: EventTable.text(list, zoneOfClock)
            case .csv: list.csv
            case .json: list.json
            }
        let printed = printToStandardOutput(text)
        return list.problems.isEmpty ? printed : .failed
    }
}
