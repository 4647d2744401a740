import ArgumentParser

/// How a command that gives rows prints them.
struct RowFormatFlags: ParsableArguments {
    enum Format: String, ExpressibleByArgument, CaseIterable { case table, csv, json }

    @Option(help: ArgumentHelp("What is printed: table, csv or json. (default: table)", valueName: "format"))
    var format: Format?

    @Flag(help: "The same as --format json.")
    var json = false

    var chosen: Format { json ? .json : format ?? .table }

    func validate() throws {
        if json, format ?? .json != .json {
            throw ValidationError("--json and --format \(format!.rawValue) contradict each other; give one.")
        }
    }
}
