import Models
import DeepVid

/// Renders, and says how it went.
struct RenderRunner {
    let clip: String
    let results: String
    let flags: RenderFlags
    private let console = Console.shared

    init(clip: String, results: String, flags: RenderFlags) { (self.clip, self.results, self.flags) = (clip, results, flags) }

    func run() throws(Complaint) -> ExitStatus {
        (console.isQuiet, console.isVerbose) = (flags.console.quiet, flags.console.verbose)
        let control = RunControl()
        // Before any other thread starts: the encoder's workers inherit the mask.
        let interruption = Interruption.install { control.stop() }
        let rendering: Rendering
        do throws(DeepVidError) {
            rendering = try Rendering(clip, try flags.options(results: results), control: control)
        } catch { throw .unusable(error.message) }
        interruption.arm()
        let progress = flags.console.showsProgress(besideOutput: false) ? ProgressLine(input: clip, index: 0, of: 1) : nil
        let began = ContinuousClock.now
        let outcome = rendering.run { progress?.update($0) }
        console.eraseStatus()
        for warning in outcome.warnings { console.warning(warning) }
        if let error = outcome.error { console.error(error.message) }
        if outcome.isWritten, console.isTerminal || console.isVerbose, !console.isQuiet { summarize(outcome, since: began) }
        if let signal = interruption.signal { return .interrupted(signal: signal) }
        guard let error = outcome.error else { return .done }
        return outcome.isWritten || error.code == .unwritable && outcome.frames > 0 ? .failed : .unusable
    }

    private func summarize(_ outcome: Rendering.Outcome, since began: ContinuousClock.Instant) {
        let time = began.duration(to: .now).components
        let seconds = Double(time.seconds) + Double(time.attoseconds) * 1e-18
        var line = "\(flags.output): \(Formatting.count(outcome.frames, "frame")) in \(Formatting.fixed(seconds, 1)) s"
        line += " (\(Formatting.fixed(Double(outcome.frames) / max(seconds, 1e-3), 1)) fps)"
        line += ", \(Formatting.magnitude(outcome.bytes))B"
        console.plain(line)
    }
}
