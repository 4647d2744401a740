import ArgumentParser
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
