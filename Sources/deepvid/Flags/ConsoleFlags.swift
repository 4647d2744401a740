import ArgumentParser
import Glibc

/// What people see on stderr while a command runs.
struct ConsoleFlags: ParsableArguments {
    enum Progress: String, ExpressibleByArgument, CaseIterable { case auto, always, never }

    @Option(help: ArgumentHelp("Show progress on stderr; auto: if that is a terminal.", valueName: "when"))
    var progress: Progress = .auto

    @Flag(name: [.short, .long], help: "No warnings, progress or summary; errors only.")
    var quiet = false

    @Flag(name: [.short, .long], help: "Say on stderr what is loaded and chosen.")
    var verbose = false

    func validate() throws {
        if quiet, verbose { throw ValidationError("--quiet and --verbose contradict each other; give one of them.") }
        if quiet, progress == .always { throw ValidationError("--quiet and --progress always contradict each other; give one of them.") }
    }

    /// - Parameter besideOutput: whether the screen shows output meanwhile, which is progress enough.
    func showsProgress(besideOutput: Bool) -> Bool {
        switch progress {
        case .always: true
        case .never: false
        case .auto: !quiet && isatty(STDERR_FILENO) == 1 && !besideOutput
        }
    }
}
