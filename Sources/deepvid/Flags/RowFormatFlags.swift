import ArgumentParser

/// How a command that gives rows prints them.
struct RowFormatFlags: ParsableArguments {
    enum Format: String, ExpressibleByArgument, CaseIterable { case table, csv, json }

    @Option(
        help: ArgumentHelp(
            "What is printed: table, csv or json. (default: by how --output ends: .csv, .json; else table)", valueName: "format"))
    var format: Format?

    @Flag(help: "The same as --format json.")
    var json = false

    @Option(
        name: [.short, .long], help: ArgumentHelp("The file to write instead of standard output.", valueName: "file"),
        completion: .file(extensions: ["csv", "json"]))
    var output: String?

    var chosen: Format { json ? .json : format ?? (hasSuffix("csv") ? .csv : hasSuffix("json") ? .json : .table) }

    private func hasSuffix(_ suffix: String) -> Bool { output?.lowercased().hasSuffix("." + suffix) ?? false }

    private var path: String? { output.flatMap { $0 == "-" ? nil : $0 } }

    /// What tables, csv and json are not.
    private static let foreign: Set = [
        "xlsx", "xls", "xlsm", "ods", "numbers", "tsv", "parquet", "html", "htm", "pdf", "doc", "docx", "odt", "xml", "png", "svg",
    ]

    /// Before anything is read.
    /// - Parameter command: whose rows they are.
    func check(inputs: [String], command: String) throws {
        guard let path else { return }
        let name = path.split(separator: "/").last.map(String.init) ?? path
        if let dot = name.lastIndex(of: "."), case let suffix = name[name.index(after: dot)...].lowercased(), Self.foreign.contains(suffix)
        {
            let folder = path.dropLast(name.count), page = ["html", "htm"].contains(suffix) ? "; 'deepvid report' makes a page" : ""
            throw CLIError.unusable(
                "\(command) writes no .\(suffix); name it \(folder)\(name[..<dot]).csv, which spreadsheets open\(page)")
        }
        try checkOutputFile(path, inputs: inputs)
    }

    /// Prints the rows, or writes them to the file.
    func give(_ text: String) throws -> ExitStatus {
        guard let path else { return printToStandardOutput(text) }
        try writeWholeFile(Array((text.hasSuffix("\n") ? text : text + "\n").utf8), to: path)
        return .done
    }

    func validate() throws {
        if output?.isEmpty == true { throw ValidationError("--output needs the name of a file, or - for standard output.") }
        if json, format ?? .json != .json {
            throw ValidationError("--json and --format \(format!.rawValue) contradict each other; give one.")
        }
    }
}
