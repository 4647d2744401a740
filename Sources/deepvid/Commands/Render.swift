import ArgumentParser
import Concurrency
import Reports

struct Render: DeepvidCommand {
    static let configuration = CommandConfiguration(
        commandName: "render", abstract: "Draw results over their clip and write that as a video.",
        discussion: """
            Boxes have the color of their class, or of their track where objects are tracked. Where the results skip \
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
        try checkIsNoRecords(
            clip, advice: "the clip comes first: deepvid render \(quoted(results)) \(quoted(clip)) -o \(quoted(flags.output))")
        try checkResults(results)
        try checkOutputFile(flags.output, inputs: [clip, results] + (flags.zones.map { [$0] } ?? []))
        try checkHoldsDrawing(flags.output)
        flags.console.apply()
        let interruption = Interruption.install()
        let renderer = try VideoRenderer(clip, try flags.options(results: results), control: interruption.control)
        interruption.arm()
        let watch = Stopwatch()
        let outcome = renderer.run(onProgress: flags.console.progress(of: clip))
        Console.eraseStatus()
        for warning in outcome.warnings { Console.warning(warning) }
        if let error = outcome.error { Console.error(error.message) }
        if outcome.isWritten {
            let seconds = watch.seconds
            Console.summary(
                "\(flags.output): \(Formatting.count(outcome.frames, "frame")) in \(Format.decimal(seconds, 1)) s "
                    + "(\(Format.decimal(Double(outcome.frames) / max(seconds, 1e-3), 1)) fps), \(Formatting.magnitude(outcome.bytes))B")
        }
        if let status = interruption.status { return status }
        guard let error = outcome.error else { return .done }
        return outcome.isWritten || error.code == .unwritable && outcome.frames > 0 ? .failed : .unusable
    }
}
