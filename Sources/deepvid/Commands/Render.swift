import ArgumentParser

struct Render: DeepvidCommand {
    static let configuration = CommandConfiguration(
        commandName: "render", abstract: "Draw results over their clip and write that as a video.",
        discussion: """
            Boxes have the colour of their class, or of their track where objects are tracked. Where the results skip \
            frames, boxes hold until the next record and are drawn faintly meanwhile.
            """)

    @Argument(help: ArgumentHelp("The clip that the results were made from.", valueName: "clip"), completion: .file())
    var clip: String

    @Argument(
        help: ArgumentHelp("What 'infer' wrote: a file of records, or -.", valueName: "results"), completion: .file(extensions: ["jsonl"]))
    var results: String

    @OptionGroup(title: "Output") var flags: RenderFlags

    func validate() throws {
        if clip == "-", results == "-" { throw ValidationError("standard input (-) can be read only once.") }
    }

    mutating func perform() throws -> ExitStatus {
        try checkInput(clip)
        try checkResults(results)
        try checkOutputFile(flags.output, inputs: [clip, results])
        return try RenderRunner(clip: clip, results: results, flags: flags).run()
    }
}
