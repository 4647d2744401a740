import ArgumentParser

/// Where the records go, and what people see meanwhile.
struct OutputFlags: ParsableArguments {
    enum Progress: String, ExpressibleByArgument, CaseIterable { case auto, always, never }

    @Option(
        name: [.short, .long], help: ArgumentHelp("Write the records to this file; - is standard output.", valueName: "file"),
        completion: .file())
    var output: String = "-"

    @Option(help: ArgumentHelp("Show progress on stderr; auto: if that is a terminal.", valueName: "when"))
    var progress: Progress = .auto

    @Flag(name: [.short, .long], help: "No warnings, progress or summary; errors only.")
    var quiet = false

    @Flag(name: [.short, .long], help: "Say on stderr what is loaded and chosen.")
    var verbose = false

    func validate() throws {
        if output.isEmpty { throw ValidationError("--output needs a file name, or - for standard output.") }
        if quiet, verbose { throw ValidationError("--quiet and --verbose contradict each other; give one of them.") }
        if quiet, progress == .always { throw ValidationError("--quiet and --progress always contradict each other; give one of them.") }
    }
}
