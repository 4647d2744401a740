import ArgumentParser
import DeepVid
import Glibc

/// Where the records go, and what people see meanwhile.
struct OutputFlags: ParsableArguments {
    @Option(
        name: [.short, .long],
        help: ArgumentHelp("Write the records to this file, compressed if it ends in .zst; - is standard output.", valueName: "file"),
        completion: .file())
    var output: String = "-"

    @Option(help: ArgumentHelp("Begin a new output file each time this long is over; names get the time added.", valueName: "time"))
    var segment: TimeSpan?

    @Option(
        help: ArgumentHelp("Write each frame's map (semantic segmentation, depth) into this folder, as a gray PNG.", valueName: "folder"),
        completion: .directory)
    var maps: String?

    @Flag(help: "Print the records on a terminal, too, where a summary is shown otherwise.")
    var json = false

    @OptionGroup var console: ConsoleFlags

    func validate() throws {
        if output.isEmpty { throw ValidationError("--output needs a file name, or - for standard output.") }
        if json, output != "-" { throw ValidationError("--json is for standard output, and --output writes a file; give one of them.") }
        guard let segment else { return }
        if segment.seconds < 1 { throw ValidationError("--segment must be 1 second or more.") }
        if output == "-" { throw ValidationError("--segment needs a file name to number: give --output as well.") }
        if output.hasSuffix(".zst") { throw ValidationError("--segment does not compress: let the name of --output end in .jsonl.") }
    }

    /// Nil is standard output.
    var path: String? { output == "-" ? nil : output }

    /// Whether the records would flood a person's screen, and a summary is shown instead.
    var showsSummaryOnly: Bool { path == nil && !json && !console.quiet && isatty(STDOUT_FILENO) == 1 && Console.isTerminal }
}

extension Console.Format: ExpressibleByArgument {}

/// What people see on stderr while a command runs.
struct ConsoleFlags: ParsableArguments {
    enum Progress: String, ExpressibleByArgument, CaseIterable { case auto, always, never }

    @Option(
        help: ArgumentHelp(
            "Show progress on stderr; auto: if that is a terminal; never: nor a line for each clip. Warnings, errors and summaries stay.",
            valueName: "when"))
    var progress: Progress = .auto

    @Flag(name: [.short, .long], help: "No warnings, progress or summary; errors only.")
    var quiet = false

    @Flag(name: [.short, .long], help: "Say on stderr what is loaded and chosen.")
    var verbose = false

    @Option(
        help: ArgumentHelp(
            "How lines on stderr are written: text, json or journal. (default: journal if systemd's reads them, else text)",
            valueName: "format"))
    var log: Console.Format?

    func validate() throws {
        if quiet, verbose { throw ValidationError("--quiet and --verbose contradict each other; give one of them.") }
        if quiet, progress == .always { throw ValidationError("--quiet and --progress always contradict each other; give one of them.") }
    }

    /// Lets the console say as much as the flags allow.
    func apply() {
        (Console.isQuiet, Console.isVerbose) = (quiet, verbose)
        if let log { Console.format = log }
    }

    /// - Parameter besideOutput: whether the screen shows output meanwhile, which is progress enough.
    func showsProgress(besideOutput: Bool = false) -> Bool {
        progress == .always || progress == .auto && !quiet && Console.isTerminal && !besideOutput
    }

    /// Shows how far the run of an input is, if that is wanted.
    func progress(of input: String, prefix: String = "", besideOutput: Bool = false) -> (RunProgress) -> Void {
        guard showsProgress(besideOutput: besideOutput) else { return { _ in } }
        let name = displayName(of: input)
        return progressLine(prefix + (name.split(separator: "/").last ?? name[...]))
    }

    /// Shows which of several files is being read, if that is wanted.
    func reading(_ files: [String]) -> (Int) -> Void {
        guard showsProgress() else { return { _ in } }
        return { Console.showStatus(["reading \(files[$0])  [\($0 + 1)/\(files.count)]"]) }
    }
}
