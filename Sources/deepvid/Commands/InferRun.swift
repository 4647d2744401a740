import CacheNet
import Concurrency
import DeepVid
import Glibc
import RunMetrics
import Reports
import Results

extension Infer {
    /// Loads the model once, then goes through the inputs, or through all at once if they are live.
    /// - Parameter routing: nil for a single model.
    func run(_ options: RunOptions, routing: RouteOptions?) throws -> ExitStatus {
        var options = options
        // What is done when a live input breaks off.
        let reconnection = live.isLive(inputs) ? live.reconnect ?? .forever : nil
        try AddressSpace.check(
            inputs: inputs, models: options.models, threads: options.threads, jobs: reconnection == nil ? 1 : inputs.count)
        let interruption = Interruption.install(), control = interruption.control
        // Opened while the model is loaded: each takes milliseconds, and a short clip hardly more.
        let begun = reconnection == nil && inputs.count == 1 ? InputOpening(ahead: inputs[0], for: options) : nil
        defer { begun?.end() }
        let model = try Model(options.models, routing: routing)
        options.follow(model)
        let startUp = StartUp()
        try memory.warnOfNoExits()
        Console.note("model \(model.summary)")
        for then in options.output.then { Console.note("then \(then.summary)") }
        advisePrecision(model)
        adviseLabels(model, then: options.output.then)
        if let reid = options.output.reid { Console.note("reid \(reid.summary)") }
        let outlets = try Outlets(snapshots, notices, clips, options)
        let kept = try KeptAnswers(&options.output, entries: options.output.resultCache == nil ? nil : edge.entries())
        let all = try reconnection.map {
            try LiveRuns(inputs, model: model, options: options, reconnection: $0, control: control, ring: outlets.ring)
        }
        let runs = try all == nil ? Runs(model, options: options, begun: begun, control: control) : nil
        let maps = try output.maps.map { try MapFolder($0, model) }
        let records = RunRecords(try openOutput(isLive: all != nil), model: model, options: options, isTagged: inputs.count > 1)
        // Not before it is known that no other run has this output, whose figures these would be.
        let metrics = camera.makeMetrics(of: MetricsSubject(inputs: inputs, areLive: all != nil, options))
        interruption.arm()
        camera.tellReady()
        defer { metrics?.close() }
        var ends: [EndRecord] = []
        do throws(OutputError) {
            if let runs { ends = try process(runs, interruption, into: records, maps, outlets, metrics, options, startUp) }
            if let all { ends = try process(all, into: records, maps, outlets, metrics, options, startUp) }
            try records.close()
            Console.eraseStatus()
            adviseNext(ends)
        } catch {
            Console.eraseStatus()
            if error.code == .closed { return .done }
            camera.tellOutputIsBad()
            let place = output.path.map { output.segment == nil ? $0 : "a segment of \($0)" } ?? "standard output"
            throw CLIError.failed("cannot write to \(place): \(error.message)")
        }
        kept?.finish()
        do { try runs?.saveMemory() } catch { throw CLIError.failed("\(error)") }
        let isMissing = outlets.finish()
        return interruption.status
            ?? ExitStatus(of: ends.map { status(of: $0, start: options.video.start) } + (isMissing ? [.failed] : []))
    }

    private func openOutput(isLive: Bool) throws -> sending any RecordSink {
        if output.showsSummaryOnly { return RecordDiscard() }
        guard let path = output.path else { return RecordWriter(descriptor: STDOUT_FILENO) }
        do throws(OutputError) {
            if let segment = output.segment { return try SegmentedWriter(path: path, length: segment.seconds) }
            if !isLive { warnOfReplaced(path, inputs: inputs) }
            // A camera's records of before a restart stay.
            return try RecordFile(path: path, isLive ? .append : .replace, isCompressed: path.hasSuffix(".zst"))
        } catch {
            if error.code == .locked { throw CLIError.busy("\(path): \(error.message)") }
            camera.tellOutputIsBad()
            throw CLIError.cannotWrite("\(path): cannot be written: \(error.message)", error)
        }
    }

    private func process(
        _ runs: Runs, _ interruption: Interruption, into records: RunRecords, _ maps: MapFolder?, _ outlets: Outlets,
        _ metrics: MetricsFile?,
        _ options: RunOptions, _ startUp: StartUp
    ) throws(OutputError) -> [EndRecord] {
        var ends: [EndRecord] = []
        for (index, input) in inputs.enumerated() where interruption.status == nil {
            let prefix = inputs.count > 1 ? "[\(index + 1)/\(inputs.count)] " : ""
            let summary = try runs.run(
                input,
                into: { (source, output) throws(OutputError) in
                    try records.write(source, outlets.take(source, output))
                    try maps?.write(output)
                    outlets.report()
                    metrics?.add(source, output)
                    startUp.note(output)
                    if case .begin(_?, let start) = output, let warning = clock.warning(source, start) { Console.warning(warning) }
                }, onProgress: progress(of: input, prefix: prefix))
            ends.append(EndRecord(summary, options.output))
            Console.eraseStatus()
            summarize(ends[index], target: options.reuse.targetAgreement)
            camera.tell(summary.error)
        }
        return ends
    }

    private func process(
        _ runs: LiveRuns, into records: RunRecords, _ maps: MapFolder?, _ outlets: Outlets, _ metrics: MetricsFile?,
        _ options: RunOptions, _ startUp: StartUp
    ) throws(OutputError) -> [EndRecord] {
        // Told one thing at a time, while the main thread waits.
        let records = UncheckedTransfer(records), startUp = UncheckedTransfer(startUp)
        let away = AwayInputs()
        let progress = UncheckedTransfer(progress(of: inputs.count == 1 ? inputs[0] : "\(inputs.count) inputs"))
        let summaries = try runs.run(
            into: { (source, output) throws(OutputError) in
                try records.value.write(source, outlets.take(source, output))
                try maps?.write(output)
                metrics?.add(source, output)
                startUp.value.note(output)
                away.note(source, output)
                show(output, of: source, options)
            },
            shortage: { OutputError(code: .failed, message: $0) }, onProgress: { progress.value($0) },
            // Who waits for a file gets it also while all inputs are silent.
            whileWaiting: { () throws(OutputError) in
                try records.value.completeDue()
                outlets.advance()
                metrics?.writeIfDue()
                // An input that is away gives no frames, and all is well.
                if away.areSome { camera.beat() }
                for (source, minutes) in away.due() {
                    Console.warning("\(source): no pictures for \(Formatting.count(minutes, "minute")); still trying")
                }
            })
        return summaries.map { EndRecord($0, options.output) }
    }

    private func progress(of input: String, prefix: String = "") -> (RunProgress) -> Void {
        let show = output.console.progress(
            of: input, prefix: prefix, besideOutput: output.path == nil && !output.showsSummaryOnly && isatty(STDOUT_FILENO) == 1)
        return { progress in
            show(progress)
            camera.beat()
        }
    }

    /// What people see of a live run.
    private func show(_ given: RunOutput, of source: String, _ options: RunOptions) {
        switch given {
        case .lost(let outage): Console.warning("\(outage.cause.message); trying again")
        case .back(let outage, _):
            let away = Format.decimal(outage.since.age / 1000, 1)
            Console.info("\(source): back after \(away) s without frames")
        case .end(let summary):
            summarize(EndRecord(summary, options.output), target: options.reuse.targetAgreement)
            camera.tell(summary.error)
        default: break
        }
    }

    private func status(of end: EndRecord, start: Double) -> ExitStatus {
        guard end.reason == .failed else { return .done }
        // The input is good, but has nothing there.
        let isBehindEnd = start > 0 && end.decoded == 0 && end.error?.code == "invalid_options"
        // Any other of which nothing came out was unusable from the start.
        return end.frames == 0 && !isBehindEnd ? .unusable : .failed
    }

    /// What was seen, how fast, and what went wrong on the way.
    private func summarize(_ end: EndRecord, target: Double) {
        if let error = end.error { Console.error(error.message) }
        // Cameras lose packets every now and then; of a recording it means that it is damaged.
        if end.outages == nil, let warning = Formatting.corruption(end.corruptPackets, of: end.source) { Console.warning(warning) }
        var parts = ["\(end.source): \(seenText(end))"]
        parts.append("\(Formatting.count(end.frames, "frame")) at \(Format.decimal(end.fps, end.fps < 10 ? 1 : 0)) fps")
        if end.corruptPackets > 0 { parts.append("\(Formatting.count(end.corruptPackets, "corrupt packet")) skipped") }
        if let damaged = end.damaged { parts.append("\(Formatting.count(damaged, "damaged frame")) left out") }
        if end.dropped > 0 { parts.append("\(Formatting.count(end.dropped, "frame")) dropped") }
        if let routes = end.routes {
            parts.append("\(Format.percent(routes.hitRate)) by submodels")
            if routes.edgeFailures > 0 { parts.append("\(Formatting.count(routes.edgeFailures, "failure")) of the edge") }
        }
        if let exits = end.exits { parts.append("\(Format.percent(exits.share)) of the frames left early") }
        if end.reason == .interrupted { parts.append("interrupted") }
        if let path = output.path { parts.append("results in \(path)") }
        Console.summary(parts.joined(separator: " · "))
        var detail = "\(end.source): \(Format.decimal(end.wallS, 1)) s"
        if let timing = end.timingMs { detail += ", \(Format.decimal(timing.total - timing.decode, 1)) ms a frame for the model" }
        Console.note("\(detail), peak memory \(Format.decimal(end.peakMemoryMB, 0)) MB")
        for then in end.then ?? [] where then.crops > 0 {
            let crops = Formatting.count(then.crops, "crop"), seconds = Format.decimal(then.workS, 1)
            Console.note("\(end.source): \(then.model) was run for \(then.runs) of \(crops), in \(seconds) s")
        }
        if let reid = end.reid {
            let looks = Formatting.count(reid.runs, "crop"), seconds = Format.decimal(reid.workS, 1), times = reid.recognised
            Console.note(
                "\(end.source): objects were known again \(times == 1 ? "once" : "\(times) times"); \(reid.model) was run for \(looks), "
                    + "in \(seconds) s")
        }
        if let exits = end.exits, let verdict = exits.verdict {
            let text = "\(end.source): \(verdict)"
            if exits.isBelowTarget { Console.warning(text + memory.advice(target: reuse.targetAgreement)) } else { Console.summary(text) }
        }
        guard let agreement = end.cache?.agreement, let verdict = agreement.verdict(target: target, of: end.frames) else { return }
        let text = "\(end.source): \(verdict)"
        // Live input cannot be compared: it does not come again.
        let compare = end.outages == nil && end.source != "-" ? "; 'deepvid compare \(quoted(end.source))' measures it" : ""
        guard agreement.isBelow(target) else { return Console.summary(text + compare) }
        Console.warning("\(text). --target-agreement 1 or --cache off gives full answers\(compare)")
    }

    /// Models that give neither objects nor classes have nothing to sum up.
    private func seenText(_ end: EndRecord) -> String {
        end.seen.map { SeenText.line($0, frames: end.frames) } ?? Formatting.count(end.frames, "answer")
    }

    /// What to do with it, for whoever sees it for the first time.
    private func adviseNext(_ ends: [EndRecord]) {
        guard ends.contains(where: { $0.frames > 0 }) else { return }
        if output.showsSummaryOnly {
            Console.summary("nothing was kept: -o seen.jsonl writes a record for each frame, --json prints them here")
        } else if let path = output.path, output.segment == nil, fileStatus(path)?.isRegular == true {
            Console.summary("next: deepvid report \(quoted(path)) -o report.html")
        }
    }
}
