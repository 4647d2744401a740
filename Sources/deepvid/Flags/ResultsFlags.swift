import ArgumentParser
import Clocks
import Results

/// Files of records that a command reads one after the other.
struct ResultsArguments: ParsableArguments {
    @Argument(
        help: ArgumentHelp("What 'infer' or 'batch' wrote: files of records, folders of such, or -.", valueName: "results"),
        completion: .file(extensions: ["jsonl", "zst"]))
    var results: [String]

    func validate() throws {
        if results.filter({ $0 == "-" }).count > 1 { throw ValidationError("standard input (-) can be read only once.") }
    }

    /// The files, those of folders among them. Says which are left out.
    func files() throws -> [String] {
        let found = try ResultFiles(results)
        if let warning = found.warning { Console.warning(warning) }
        return found.files
    }
}

/// The clock that hours are told by.
struct TimeZoneFlags: ParsableArguments {
    @Option(
        help: ArgumentHelp("Time zone: a name such as Europe/Berlin, UTC, or local, the machine's. (default: local)", valueName: "zone"))
    var timeZone: String?

    /// Call it before there are threads.
    func zone() throws -> Zone {
        guard let zone = Zone.named(timeZone ?? "local") else {
            throw CLIError.unusable(
                "--time-zone \(timeZone ?? ""): is not in this system's time zone database: give a name such as Europe/Berlin, or UTC, "
                    + "or install tzdata")
        }
        return zone
    }
}
