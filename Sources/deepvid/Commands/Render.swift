import ArgumentParser
import DeepVid
import Models
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
        try checkResults(results)
        try checkOutputFile(flags.output, inputs: [clip, results] + (flags.zones.map { [$0] } ?? []))
        return try render()
    }

    private func render() throws(CLIError) -> ExitStatus {
        let console = Console.shared
        (console.isQuiet, console.isVerbose) = (flags.console.quiet, flags.console.verbose)
        let control = RunControl()
        // Before any other thread starts: the encoder's workers inherit the mask.
        let interruption = Interruption.install { control.stop() }
        let renderer: VideoRenderer
        do throws(DeepVidError) {
            renderer = try VideoRenderer(clip, try flags.options(results: results), control: control)
        } catch { throw .unusable(error.message) }
        interruption.arm()
        let progress = flags.console.showsProgress(besideOutput: false) ? ProgressLine(input: clip, index: 0, of: 1) : nil
        let began = ContinuousClock.now
        let outcome = renderer.run { progress?.update($0) }
        console.eraseStatus()
        for warning in outcome.warnings { console.warning(warning) }
        if let error = outcome.error { console.error(error.message) }
        if outcome.isWritten, console.isTerminal || console.isVerbose, !console.isQuiet { summarize(outcome, since: began) }
        if let signal = interruption.signal { return .interrupted(signal: signal) }
        guard let error = outcome.error else { return .done }
        return outcome.isWritten || error.code == .unwritable && outcome.frames > 0 ? .failed : .unusable
    }

    private func summarize(_ outcome: VideoRenderer.Outcome, since began: ContinuousClock.Instant) {
        let seconds = began.duration(to: .now) / .seconds(1)
        Console.shared.plain(
            "\(flags.output): \(Formatting.count(outcome.frames, "frame")) in \(Formatting.fixed(seconds, 1)) s "
                + "(\(Formatting.fixed(Double(outcome.frames) / max(seconds, 1e-3), 1)) fps), \(Formatting.magnitude(outcome.bytes))B")
    }
}
