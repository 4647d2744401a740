import ArgumentParser

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
