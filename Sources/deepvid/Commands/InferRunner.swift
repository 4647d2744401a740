import DeepVid
import Glibc
import Models
import Results

/// Runs a checked configuration: loads the model once, then goes through the inputs, or through all at once if they are live.
struct InferRunner {
    private let configuration: InferConfiguration
    private let console: Console

    init(_ configuration: InferConfiguration) { (self.configuration, console) = (configuration, configuration.console) }

    func run() throws(CLIError) -> ExitStatus {
        let options = configuration.options, control = RunControl()
        try AddressSpace.check(
            inputs: configuration.inputs, model: options.model.model, threads: options.threads,
            jobs: configuration.reconnection == nil ? 1 : configuration.inputs.count)
        // Before any other thread starts: the model's workers inherit the mask.
        let interruption = Interruption.install { control.stop() }
        let model = try usable { () throws(DeepVidError) in try AnalyzerSource(options.model, self.configuration.routing) }
        console.note("model \(model.summary)")
        var live: LiveSession?, run: InferenceRun?
        if let reconnection = configuration.reconnection {
            live = try usable { () throws(DeepVidError) in
                try LiveSession(
                    self.configuration.inputs, model: model, options: options, reconnection: reconnection, control: control)
            }
        } else {
            run = try usable { () throws(DeepVidError) in try InferenceRun(model: model, options: options, control: control) }
        }
        let sink = SharedSink(try openOutput())
        interruption.arm()
        var ends: [EndRecord] = []
        do throws(OutputError) {
            if let run { try process(run, interruption, into: sink, &ends) }
            if let live { ends = try process(live, into: sink) }
            console.eraseStatus()
        } catch {
            console.eraseStatus()
            if error.code == .closed { return .done }
            throw .failed("cannot write to \(configuration.output ?? "standard output"): \(error.message)")
        }
        do throws(DeepVidError) { try run?.saveMemory() } catch { throw .failed(error.message) }
        if let signal = interruption.signal { return .interrupted(signal: signal) }
        return ExitStatus(of: ends.map(status))
    }

    private func openOutput() throws(CLIError) -> sending any RecordSink {
        guard let path = configuration.output else { return RecordWriter(descriptor: STDOUT_FILENO) }
        do throws(OutputError) {
            if let length = configuration.segment { return try SegmentedWriter(path: path, length: length) }
            // A camera's records of before a restart stay.
            let opening: RecordFile.Opening = configuration.reconnection == nil ? .replace : .append
            return try RecordFile(path: path, opening, isCompressed: path.hasSuffix(".zst"))
        } catch {
            throw .unusable("\(path): cannot be written: \(error.message)")
        }
    }

    private func process(
        _ run: InferenceRun, _ interruption: Interruption, into sink: SharedSink, _ ends: inout [EndRecord]
    ) throws(OutputError) {
        let inputs = configuration.inputs
        for (index, input) in inputs.enumerated() where interruption.signal == nil {
            let progress =
                configuration.showsProgress
                ? ProgressLine(input: displayName(of: input), index: index, of: inputs.count) : nil
            ends.append(try run.process(input, tagged: inputs.count > 1, into: sink, onProgress: { progress?.update($0) }))
            console.eraseStatus()
            summarize(ends[index])
        }
        try sink.close()
    }

    private func process(_ live: LiveSession, into sink: SharedSink) throws(OutputError) -> [EndRecord] {
        let inputs = configuration.inputs
        let title = inputs.count == 1 ? displayName(of: inputs[0]) : "\(inputs.count) inputs"
        let screen = Screen(runner: self, progress: configuration.showsProgress ? ProgressLine(input: title, index: 0, of: 1) : nil)
        let ends = try live.run(into: sink, report: { screen.show($0) })
        try sink.close()
        return ends
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
            case .lost(let gap): runner.console.warning("\(gap.message); trying again")
            case .back(let gap):
                let away = Formatting.fixed(gap.durationS ?? 0, 1)
                if !runner.console.isQuiet { runner.console.plain("deepvid: \(gap.source): back after \(away) s without pictures") }
            case .ended(let end): runner.summarize(end)
            }
        }
    }

    private func status(of end: EndRecord) -> ExitStatus {
        guard end.reason == .failed else { return .done }
        // The input is good, but has nothing there.
        let isBehindEnd = configuration.options.video.start > 0 && end.decoded == 0 && end.error?.code == "invalid_options"
        // Any other of which nothing came out was unusable from the start.
        return end.frames == 0 && !isBehindEnd ? .unusable : .failed
    }

    private func summarize(_ end: EndRecord) {
        if let error = end.error { console.error(error.message) }
        guard console.isTerminal || console.isVerbose, !console.isQuiet else { return }
        var line = "\(end.source): \(Formatting.count(end.frames, "frame")) in \(Formatting.fixed(end.wallS, 1)) s"
        line += " (\(Formatting.fixed(end.fps, 1)) fps"
        if let timing = end.timingMs { line += ", \(Formatting.fixed(timing.infer, 1)) ms a frame for the model" }
        line += ", peak memory \(Formatting.fixed(end.peakMemoryMB, 0)) MB)"
        if end.damaged > 0 { line += "; \(Formatting.count(end.damaged, "damaged packet")) skipped" }
        if end.dropped > 0 { line += "; \(Formatting.count(end.dropped, "frame")) dropped" }
        if let routes = end.routes {
            line += "; \(Formatting.fixed(100 * routes.hitRate, 0)) % by submodels"
            if routes.edgeFailures > 0 { line += "; \(Formatting.count(routes.edgeFailures, "failure")) of the edge" }
        }
        if end.reason == .interrupted { line += "; interrupted" }
        if let output = configuration.output { line += "; records in \(output)" }
        console.plain(line)
    }
}
