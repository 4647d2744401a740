import ArgumentParser

/// What a comparison prints and draws.
struct ComparisonFlags: ParsableArguments {
    enum Format: String, ExpressibleByArgument, CaseIterable { case table, json }

    @Option(help: ArgumentHelp("'table' for people or 'json' for programs. (default: table)", valueName: "format"))
    var format: Format?

    @Flag(help: "The same as --format json.")
    var json = false

    @Option(
        help: ArgumentHelp("Write pictures of the frames that agree least into this folder.", valueName: "folder"), completion: .directory)
    var worst: String?

    @Option(help: ArgumentHelp("How many frames those are.", valueName: "n"))
    var worstCount = 5

    @OptionGroup var console: ConsoleFlags

    func validate() throws {
        if json, format == .table { throw ValidationError("--json and --format table contradict each other; give one of them.") }
        // Decoded frames are kept for the pictures: a bound on memory.
        if !(0...100).contains(worstCount) { throw ValidationError("--worst-count must be 0 to 100, not \(worstCount).") }
    }

    var printsJSON: Bool { json || format == .json }
}
