import ArgumentParser
import DeepVid
import FileNames
import Glibc
import Models
import Reports
import Results
import Tuning

struct Tune: DeepvidCommand {
    static let configuration = CommandConfiguration(
        commandName: "tune", abstract: "Make a model faster on your clips, without the data that it was trained on.",
        discussion: """
            Smaller inputs, fewer channels, thinner layers and shorter numbers are tried together, on this machine and on frames of the clips, \
            and the fastest model that agrees with the untouched one is written into a folder, which is a model for --model.
            """)

    @Argument(
        help: ArgumentHelp("Clips, as 'infer' takes them, of what the model is going to see.", valueName: "clip"), completion: .file())
    var clips: [String]

    @Option(name: [.short, .long], help: ArgumentHelp("The folder to write.", valueName: "folder"), completion: .directory)
    var output: String

    @Option(
        help: ArgumentHelp(
            "The agreement with the untouched model to keep, 0.5 to 1. (default: 0.98)", valueName: "share"))
    var targetAgreement: AgreementTarget?

    @Option(
        help: ArgumentHelp(
            "What the network may take a frame: of the models within that, the one that agrees most. (default: the fastest)",
            valueName: "ms"))
    var maxMs: Double?

    @Option(help: ArgumentHelp("What activations and weights may take. (default: no limit)", valueName: "mb"))
    var maxMemoryMb: Int?

    @Option(help: ArgumentHelp("Models that are tried at most, 1 to 1000. (default: 40)", valueName: "n"))
    var trials: Int?

    @Option(
        help: ArgumentHelp("Frames of all clips that are looked at, half of them while tuning; 32 to 2000. (default: 160)", valueName: "n"))
    var frames: Int?

    @Option(
        help: ArgumentHelp(
            "What models are computed in that are tried: 'fp32' alone, or besides it 'bf16' or 'int8'. (default: all that this CPU has)",
            valueName: "precision"))
    var precision: Precision?

    @OptionGroup(title: "Model") var model: ModelFlags
    @OptionGroup(title: "Frames of clips") var chosen: FrameFlags
    @OptionGroup var threads: ThreadFlags
    @OptionGroup(title: "Progress") var console: ConsoleFlags

    func validate() throws {
        if clips.isEmpty { throw ValidationError("there is nothing to tune on: name clips.") }
        if let maxMs, !(maxMs > 0 && maxMs.isFinite) { throw ValidationError("--max-ms must be more than 0, not \(maxMs).") }
        if let maxMemoryMb, maxMemoryMb < 1 { throw ValidationError("--max-memory-mb must be 1 or more, not \(maxMemoryMb).") }
        if let precision, !precision.isAvailable {
            throw ValidationError("--precision \(precision.rawValue) needs instructions that this CPU lacks (\(precision.instructions)).")
        }
        if let trials, !(1...1000).contains(trials) { throw ValidationError("--trials must be 1 to 1000, not \(trials).") }
        if let frames, !(32...2000).contains(frames) { throw ValidationError("--frames must be 32 to 2000, not \(frames).") }
    }

    mutating func perform() throws -> ExitStatus {
        console.apply()
        for clip in clips { try checkInput(clip, for: "tune") }
        try checkHoldsTuned(output)
        var options = Tuning.Options()
        (options.model, options.clips, options.video, options.threads) = (model.options, clips, chosen.options, threads.count)
        options.limits.agreement = targetAgreement?.value ?? options.limits.agreement
        (options.limits.milliseconds, options.limits.memoryBytes) = (maxMs, maxMemoryMb.map { $0 << 20 })
        options.precision = precision
        (options.trials, options.frames) = (trials ?? options.trials, frames ?? options.frames)
        let interruption = Interruption.install(), shows = console.showsProgress()
        defer { Console.eraseStatus() }
        do {
            let tuning = try Tuning(options, control: interruption.control) { step in if shows { Console.showStatus([step]) } }
            Console.note("model \(tuning.summary)")
            let folder = try OutputFolder(output, flag: "--output")
            interruption.arm()
            let outcome = try tuning.run()
            Console.eraseStatus()
            try write(outcome, into: folder)
            tell(outcome.report)
            return interruption.status ?? .done
        } catch let error as DeepVidError where error.code == .cancelled {
            guard let status = interruption.status else { throw error }
            return status
        }
    }

    /// The manifest comes last: without it, the folder is no model.
    private func write(_ outcome: Tuning.Outcome, into folder: OutputFolder) throws {
        unlink(folder.path(of: TunedFolder.manifest).fileName)
        var report = outcome.report
        report.modelSHA256 = outcome.sha256
        try folder.write(as: TunedFolder.model) { Array(outcome.bytes) }
        try folder.write(as: TunedFolder.card) { Array(outcome.card.utf8) }
        try folder.write(as: TunedFolder.page) { Array(TuningPage(report).text.utf8) }
        try folder.write(as: TunedFolder.manifest) { Array((jsonText(of: report) + "\n").utf8) }
    }

    private func tell(_ report: TuneReport) {
        guard !console.quiet else { return }
        for line in TuneTable.lines(report) { Console.plain(line) }
        if report.chosen.techniques.isEmpty {
            Console.warning(
                "no model that was tried is faster and agrees as much: \(output) holds the model as it was; see the front in its report")
        }
        Console.plain(
            "next: deepvid infer \(quoted(clips[0])) --model \(quoted(output)); what was tried is in \(output)/\(TunedFolder.page)")
    }
}

/// Refuses a folder that has something else in it than what 'tune' wrote.
private func checkHoldsTuned(_ folder: String) throws {
    guard let status = fileStatus(folder) else { return }
    guard status.isFolder else { throw CLIError.unusable("\(folder): is a file; --output needs the name of a folder") }
    if TunedFolder.exists(at: folder) { return }
    if let other = namesInFolder(folder)?.first(where: { !$0.hasPrefix(".") }) {
        throw CLIError.unusable(
            "\(folder): has other files in it ('\(other)'), and is no folder that 'tune' wrote: name another one for --output")
    }
}
