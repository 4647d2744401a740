import Models
import ArgumentParser
import DeepVid

struct Report: DeepvidCommand {
    static let configuration = CommandConfiguration(
        commandName: "report", abstract: "Make one HTML page of results: what was seen, how fast, how well.",
        discussion: """
            The page needs no other file and no network. Several results files, or one of several inputs, make a section \
            for each and an overview. What 'compare --json' wrote adds the frames that agree least.
            """)

    @Argument(
        help: ArgumentHelp(
            "What 'infer', 'batch' or 'compare --json' wrote: files of records, folders of such, or -.", valueName: "results"),
        completion: .file(extensions: ["jsonl"]))
    var results: [String]

    @OptionGroup(title: "Output") var flags: ReportFlags

    func validate() throws {
        if results.filter({ $0 == "-" }).count > 1 { throw ValidationError("standard input (-) can be read only once.") }
    }

    mutating func perform() throws -> ExitStatus {
        let results: [String]
        do throws(DeepVidError) { results = try ResultFiles.expand(self.results) } catch { throw Complaint.unusable(error.message) }
        for path in results { try checkResults(path) }
        for clip in flags.clip { try checkInput(clip) }
        if flags.output != "-" { try checkOutputFile(flags.output, inputs: results + flags.clip) }
        return try ReportRunner(results: results, flags: flags).run()
    }
}
