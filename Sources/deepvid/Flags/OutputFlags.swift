import ArgumentParser

/// Where the records go, and what people see meanwhile.
struct OutputFlags: ParsableArguments {
    @Option(
        name: [.short, .long], help: ArgumentHelp("Write the records to this file; - is standard output.", valueName: "file"),
        completion: .file())
    var output: String = "-"

    @OptionGroup var console: ConsoleFlags

    func validate() throws {
        if output.isEmpty { throw ValidationError("--output needs a file name, or - for standard output.") }
    }
}
