import Concurrency
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
        let model = try usable { () throws(DeepVidError) in try Model(options.model, routing: self.configuration.routing) }
        console.note("model \(model.summary)")
        var live: LiveRuns?, runs: Runs?
        if let reconnection = configuration.reconnection {
            live = try usable { () throws(DeepVidError) in
                try LiveRuns(
                    self.configuration.inputs, model: model, options: options, reconnection: reconnection, control: control)
            }
        } else {
            runs = try usable { () throws(DeepVidError) in try Runs(model, options: options, control: control) }
        }
        let records = RunRecords(try openOutput(), model: model, options: options, isTagged: configuration.inputs.count > 1)
        interruption.arm()
        var ends: [EndRecord] = []
        do throws(OutputError) {
            if let runs { try process(runs, interruption, into: records, &ends) }
            if let live { ends = try process(live, into: records) }
            console.eraseStatus()
        } catch {
            console.eraseStatus()
            if error.code == .closed { return .done }
            throw .failed("cannot write to \(configuration.output ?? "standard output"): \(error.message)")
        }
        do throws(DeepVidError) { try runs?.saveMemory() } catch { throw .failed(error.message) }
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
        _ runs: Runs, _ interruption: Interruption, into records: RunRecords, _ ends: inout [EndRecord]
    ) throws(OutputError) {
        let inputs = configuration.inputs
        for (index, input) in inputs.enumerated() where interruption.signal == nil {
            let progress =
                configuration.showsProgress
                ? ProgressLine(input: displayName(of: input), index: index, of: inputs.count) : nil
            let summary = try runs.run(
                input, into: { (source, output) throws(OutputError) in try records.write(source, output) },
                onProgress: { progress?.update($0) })
            ends.append(EndRecord(summary, configuration.options.output))
            console.eraseStatus()
            summarize(ends[index])
        }
        try records.close()
    }

    private func process(_ live: LiveRuns, into records: RunRecords) throws(OutputError) -> [EndRecord] {
        let inputs = configuration.inputs
        let title = inputs.count == 1 ? displayName(of: inputs[0]) : "\(inputs.count) inputs"
        let screen = Screen(runner: self, progress: configuration.showsProgress ? ProgressLine(input: title, index: 0, of: 1) : nil)
        let output = UncheckedTransfer(records), options = configuration.options.output
        let summaries = try live.run(
            into: { (source, given) throws(OutputError) in
                try output.value.write(source, given)
                screen.show(given, of: source)
            },
            shortage: { OutputError(code: .failed, message: $0) }, onProgress: { screen.update($0) },
            // Who waits for a file gets it also while all inputs are silent.
            whileWaiting: { () throws(OutputError) in try output.value.completeDue() })
        try records.close()
        return summaries.map { EndRecord($0, options) }
    }

    /// What people see of a live run.
    ///
    /// `@unchecked Sendable`: it is told one thing at a time, and the main thread waits meanwhile.
    private struct Screen: @unchecked Sendable {
        let runner: InferRunner
        let progress: ProgressLine?

        func update(_ state: RunProgress) { progress?.update(state) }

        func show(_ output: RunOutput, of source: String) {
            switch output {
            case .lost(let outage): runner.console.warning("\(outage.cause.message); trying again")
            case .back(let outage, _):
                let away = Formatting.fixed(outage.since.age / 1000, 1)
                if !runner.console.isQuiet { runner.console.plain("deepvid: \(source): back after \(away) s without frames") }
            case .end(let summary): runner.summarize(EndRecord(summary, runner.configuration.options.output))
            default: break
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
        if let timing = end.timingMs { line += ", \(Formatting.fixed(timing.total - timing.decode, 1)) ms a frame for the model" }
        line += ", peak memory \(Formatting.fixed(end.peakMemoryMB, 0)) MB)"
        if end.corruptPackets > 0 { line += "; \(Formatting.count(end.corruptPackets, "corrupt packet")) skipped" }
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
