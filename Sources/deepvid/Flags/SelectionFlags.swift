import ArgumentParser
import Clocks
import Results

/// What of results is asked for, and the clock that tells it.
struct SelectionFlags: ParsableArguments {
    @Option(help: ArgumentHelp("Objects of these classes only, by name, separated by commas.", valueName: "names"))
    var classes: NameList?

    @Option(help: ArgumentHelp("Objects that were in one of these zones only, by name, separated by commas.", valueName: "names"))
    var zone: NameList?

    @Option(help: ArgumentHelp("These cameras only, as 'count --by camera' names them, separated by commas.", valueName: "names"))
    var camera: NameList?

    @Option(
        help: ArgumentHelp(
            "What was there from this time on: of every day (22:00), or with a date (2026-11-28, '2026-11-28 22:00').", valueName: "clock"))
    var from: ClockTime?

    @Option(help: ArgumentHelp("What was there before this time, as --from; 06:00 may be of the next day.", valueName: "clock"))
    var to: ClockTime?

    @Option(help: ArgumentHelp("Objects whose best score is this or more only, 0 to 1.", valueName: "score"))
    var score: Fraction?

    @OptionGroup var clock: TimeZoneFlags

    /// - Parameter zone: the clock of `--from` and `--to`.
    func selection(_ zone: Zone) throws -> ResultSelection {
        let time: TimeWindow?
        do throws(TimeWindow.Mistake) { time = try TimeWindow(from: from, to: to, zone: zone) } catch {
            switch error {
            case .mixed: throw ValidationError("--from and --to must both have a date, or neither: 22:00 alone is of every day.")
            case .empty: throw ValidationError("--to must be after --from.")
            }
        }
        return ResultSelection(classes: classes?.names, zones: self.zone?.names, cameras: camera?.names, time: time, score: score?.value)
    }

    /// Before there is a zone: whether the times go together.
    func validate() throws { _ = try selection(.utc) }
}

extension ClockTime: ExpressibleByArgument {
    public init?(argument: String) { self.init(argument) }
}
