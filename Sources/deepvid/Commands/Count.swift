import ArgumentParser
import Counting
import DeepVid

struct Count: DeepvidCommand {
    static let configuration = CommandConfiguration(
        commandName: "count", abstract: "Count what results tell of, by hour, day, class, zone, line and camera.",
        discussion: """
            Of a run with --track, --zones or --events, every followed object counts once, at the hour of its first frame; \
            one that never moved, such as a parked car, does not, unless the run had --static keep. \
            Of a run without, frames and boxes are counted, which grow with the frame rate. With zone, how often somebody \
            came into it counts; with line, how often it was crossed.
            """)

    @OptionGroup(title: "Input") var input: ResultsArguments

    @Option(
        help: ArgumentHelp("What to tell apart: hour, day, weekday, class, zone, line, camera, separated by commas.", valueName: "keys"),
        completion: .list(CountKey.allCases.map(\.rawValue)))
    var by = CountKeys(argument: "class")!

    @OptionGroup var select: SelectionFlags

    @OptionGroup var output: RowFormatFlags

    @OptionGroup var console: ConsoleFlags

    func validate() throws {
        if select.clock.timeZone != nil, !by.keys.contains(where: \.isTime), select.from == nil, select.to == nil {
            throw ValidationError("--time-zone is for hours: give --by hour, --from or --to as well.")
        }
        if select.zone != nil, by.keys.contains(.line) {
            throw ValidationError("--zone is for who was in a zone, and --by line for who crosses.")
        }
        if by.keys.contains(.zone), by.keys.contains(.line) {
            throw ValidationError("--by zone counts who comes in and --by line who crosses; count twice.")
        }
    }

    mutating func perform() throws -> ExitStatus {
        console.apply()
        let files = try input.files(), zone = try select.clock.zone()
        try output.check(inputs: files, command: "count")
        var options = CountRun.Options(by: by.keys, timeZone: zone)
        options.selection = try select.selection(zone)
        let interruption = Interruption.install()
        interruption.arm()
        let counts = try CountRun(options, control: interruption.control).run(files, onFile: console.reading(files))
        Console.eraseStatus()
        guard let counts else { return interruption.status ?? .failed }
        for warning in counts.warnings { Console.warning(warning) }
        if let line = SeenText.leftOut(counts.neverMoved, done: "counted", doing: "count") { Console.info(line) }
        for problem in counts.problems { Console.error(problem) }
        let text =
            switch output.chosen {
            case .table: CountTable.text(counts)
            case .csv: counts.csv
            case .json: counts.json
            }
        let printed = try output.give(text)
        return counts.problems.isEmpty ? printed : .failed
    }
}

/// `hour,class`: what to count by, each once.
struct CountKeys: ExpressibleByArgument {
    let keys: [CountKey]

    init?(argument: String) {
        guard let names = NameList(argument: argument)?.names else { return nil }
        keys = names.compactMap(CountKey.init)
        guard keys.count == names.count, Set(keys).count == keys.count else { return nil }
    }

    /// For a list with a name that is no key: ` (did you mean 'hour'?)` or nothing.
    static func hint(on argument: String) -> String {
        let wrong = NameList(argument: argument)?.names.first { CountKey(rawValue: $0) == nil }
        return wrong.map { didYouMean($0, among: CountKey.allCases.map(\.rawValue)) } ?? ""
    }

    var defaultValueDescription: String { keys.map(\.rawValue).joined(separator: ",") }
}
