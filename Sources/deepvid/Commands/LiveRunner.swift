import Models
import DeepVid
import Results

extension InferRunner {
    /// Runs all inputs at once, until they end or a signal comes.
    func run(
        live model: AnalyzerSource, _ reconnection: Reconnection, _ control: RunControl, _ interruption: Interruption
    ) throws(Complaint) -> ExitStatus {
        let inputs = configuration.inputs
        let session: LiveSession
        do throws(DeepVidError) {
            session = try LiveSession(
                inputs, model: model, options: configuration.options, reconnection: reconnection, control: control)
        } catch {
            throw .unusable(error.message)
        }
        let sink = SharedSink(try openOutput())
        interruption.arm()
        let screen = Screen(
            runner: self,
            progress: configuration.showsProgress
                ? ProgressLine(input: inputs.count == 1 ? inputs[0] : "\(inputs.count) inputs", index: 0, of: 1) : nil)
        var worst = ExitStatus.done
        do throws(OutputError) {
            for end in try session.run(into: sink, report: { screen.show($0) }) { worst = worse(worst, status(of: end)) }
            console.eraseStatus()
            try sink.close()
        } catch {
            console.eraseStatus()
            return try outputFailed(error)
        }
        if let signal = interruption.signal { return .interrupted(signal: signal) }
        return worst
    }
}

/// What people see of a live run.
///
/// `@unchecked Sendable`: the session tells one piece of news at a time, and the main thread waits meanwhile.
private struct Screen: @unchecked Sendable {
    let runner: InferRunner
    let progress: ProgressLine?

    func show(_ news: LiveNews) {
        switch news {
        case .progress(let state): progress?.update(state)
        case .lost(let outage): runner.console.warning("\(outage.message); trying again")
        case .back(let outage):
            let away = Formatting.fixed(outage.durationS ?? 0, 1)
            if !runner.console.isQuiet { runner.console.plain("deepvid: \(outage.source): back after \(away) s without pictures") }
        case .ended(let end): runner.summarize(end)
        }
    }
}
