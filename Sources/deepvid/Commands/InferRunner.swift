import CacheNet
import DeepVid
import Glibc
import Concurrency
import Reports
import Results

/// Runs `infer`: checks all that was asked for, loads the model once, then goes through the inputs, or through all at once if they
/// are live.
struct InferRunner {
    private let inputs: [String]
    private let options: RunOptions
    /// Nil for a single model.
    private let routing: RouteOptions?
    private let output: OutputFlags
    /// What is done when a live input breaks off; nil unless the run is live.
    private let reconnection: Reconnection?

    /// - Throws: for inputs or an output that cannot work, before anything slow starts.
    init(_ command: Infer) throws {
        (inputs, output) = (command.inputs, command.output)
        output.console.apply()
        var options = RunOptions(
            model: command.results.options(command.model), video: command.live.options(command.frames), threads: command.threads.count,
            reuse: command.reuse.options, memory: command.memory.options(target: command.reuse.targetAgreement))
        options.output = try command.tracking.options()
        self.options = options
        reconnection = command.live.isLive(inputs) ? command.live.reconnect ?? .forever : nil
        try Self.check(inputs)
        routing = try command.edge.options(command.bundle) ?? command.bundle.options
        if let path = output.path, output.segment == nil {
            try checkOutputFile(path, inputs: inputs)
            try checkHoldsRecords(path)
        }
    }

    /// Refuses inputs of which none can be used. One that cannot among others fails at its turn: the others are done.
    private static func check(_ inputs: [String]) throws {
        for input in inputs { try checkIsNoModel(input) }
        var first: (any Error)?
        for input in inputs {
            do { return try checkInput(input) } catch { first = first ?? error }
        }
        if let first { throw first }
    }

    func run() throws -> ExitStatus {
        try AddressSpace.check(
            inputs: inputs, model: options.model.model, threads: options.threads, jobs: reconnection == nil ? 1 : inputs.count)
        let interruption = Interruption.install(), control = interruption.control
        let model = try Model(options.model, routing: routing)
        Console.note("model \(model.summary)")
        let live = try reconnection.map { try LiveRuns(inputs, model: model, options: options, reconnection: $0, control: control) }
        let runs = try live == nil ? Runs(model, options: options, control: control) : nil
        let records = RunRecords(try openOutput(), model: model, options: options, isTagged: inputs.count > 1)
        interruption.arm()
        var ends: [EndRecord] = []
        do throws(OutputError) {
            if let runs { try process(runs, interruption, into: records, &ends) }
            if let live { ends = try process(live, into: records) }
            try records.close()
            Console.eraseStatus()
        } catch {
            Console.eraseStatus()
            if error.code == .closed { return .done }
            throw CLIError.failed("cannot write to \(output.path ?? "standard output"): \(error.message)")
        }
        do { try runs?.saveMemory() } catch { throw CLIError.failed("\(error)") }
        return interruption.status ?? ExitStatus(of: ends.map(status))
    }

    private func openOutput() throws -> sending any RecordSink {
        guard let path = output.path else { return RecordWriter(descriptor: STDOUT_FILENO) }
        do throws(OutputError) {
            if let segment = output.segment { return try SegmentedWriter(path: path, length: segment.seconds) }
            // A camera's records of before a restart stay.
            return try RecordFile(path: path, reconnection == nil ? .replace : .append, isCompressed: path.hasSuffix(".zst"))
        } catch {
            throw CLIError.unusable("\(path): cannot be written: \(error.message)")
        }
    }

    private func process(
        _ runs: Runs, _ interruption: Interruption, into records: RunRecords, _ ends: inout [EndRecord]
    ) throws(OutputError) {
        for (index, input) in inputs.enumerated() where interruption.status == nil {
            let summary = try runs.run(
                input, into: { (source, output) throws(OutputError) in try records.write(source, output) },
                onProgress: progress(of: input, prefix: inputs.count > 1 ? "[\(index + 1)/\(inputs.count)] " : ""))
            ends.append(EndRecord(summary, options.output))
            Console.eraseStatus()
            summarize(ends[index])
        }
    }

    private func process(_ live: LiveRuns, into records: RunRecords) throws(OutputError) -> [EndRecord] {
        // Told one thing at a time, while the main thread waits.
        let records = UncheckedTransfer(records)
        let progress = UncheckedTransfer(progress(of: inputs.count == 1 ? inputs[0] : "\(inputs.count) inputs"))
        let summaries = try live.run(
            into: { (source, output) throws(OutputError) in
                try records.value.write(source, output)
                show(output, of: source)
            },
            shortage: { OutputError(code: .failed, message: $0) }, onProgress: { progress.value($0) },
            // Who waits for a file gets it also while all inputs are silent.
            whileWaiting: { () throws(OutputError) in try records.value.completeDue() })
        return summaries.map { EndRecord($0, options.output) }
    }

    private func progress(of input: String, prefix: String = "") -> (RunProgress) -> Void {
        output.console.progress(of: input, prefix: prefix, besideOutput: output.path == nil && isatty(STDOUT_FILENO) == 1)
    }

    /// What people see of a live run.
    private func show(_ given: RunOutput, of source: String) {
        switch given {
        case .lost(let outage): Console.warning("\(outage.cause.message); trying again")
        case .back(let outage, _):
            let away = Format.decimal(outage.since.age / 1000, 1)
            if !Console.isQuiet { Console.plain("deepvid: \(source): back after \(away) s without frames") }
        case .end(let summary): summarize(EndRecord(summary, options.output))
        default: break
        }
    }

    private func status(of end: EndRecord) -> ExitStatus {
        guard end.reason == .failed else { return .done }
        // The input is good, but has nothing there.
        let isBehindEnd = options.video.start > 0 && end.decoded == 0 && end.error?.code == "invalid_options"
        // Any other of which nothing came out was unusable from the start.
        return end.frames == 0 && !isBehindEnd ? .unusable : .failed
    }

    private func summarize(_ end: EndRecord) {
        if let error = end.error { Console.error(error.message) }
        var line = "\(end.source): \(Formatting.count(end.frames, "frame")) in \(Format.decimal(end.wallS, 1)) s"
        line += " (\(Format.decimal(end.fps, 1)) fps"
        if let timing = end.timingMs { line += ", \(Format.decimal(timing.total - timing.decode, 1)) ms a frame for the model" }
        line += ", peak memory \(Format.decimal(end.peakMemoryMB, 0)) MB)"
        if end.corruptPackets > 0 { line += "; \(Formatting.count(end.corruptPackets, "corrupt packet")) skipped" }
        if end.dropped > 0 { line += "; \(Formatting.count(end.dropped, "frame")) dropped" }
        if let routes = end.routes {
            line += "; \(Format.percent(routes.hitRate)) by submodels"
            if routes.edgeFailures > 0 { line += "; \(Formatting.count(routes.edgeFailures, "failure")) of the edge" }
        }
        if end.reason == .interrupted { line += "; interrupted" }
        if let path = output.path { line += "; records in \(path)" }
        Console.summary(line)
    }
}
