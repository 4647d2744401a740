import Models
import Glibc
import DeepVid
import Results

/// Runs a checked configuration: loads the model once, then goes through the inputs.
struct InferRunner {
    let configuration: InferConfiguration
    let console = Console.shared

    init(_ configuration: InferConfiguration) { self.configuration = configuration }

    func run() throws(Complaint) -> ExitStatus {
        (console.isQuiet, console.isVerbose) = (configuration.isQuiet, configuration.isVerbose)
        let control = RunControl()
        // Before any other thread starts: the model's workers inherit the mask.
        let interruption = Interruption.install { control.stop() }
        let model = try load()
        if let reconnection = configuration.reconnection { return try run(live: model, reconnection, control, interruption) }
        let run = try prepare(model, control)
        let writer = try openOutput()
        interruption.arm()
        var worst = ExitStatus.done
        for (index, input) in configuration.inputs.enumerated() where interruption.signal == nil {
            let progress = configuration.showsProgress ? ProgressLine(input: input, index: index, of: configuration.inputs.count) : nil
            do throws(OutputError) {
                let end = try run.process(
                    input, tagged: configuration.inputs.count > 1, into: writer, onProgress: { progress?.update($0) })
                console.eraseStatus()
                summarize(end)
                worst = worse(worst, status(of: end))
            } catch {
                console.eraseStatus()
                return try outputFailed(error)
            }
        }
        do throws(OutputError) { try writer.close() } catch { return try outputFailed(error) }
        do throws(DeepVidError) { try run.saveMemory() } catch { throw .failed(error.message) }
        if let signal = interruption.signal { return .interrupted(signal: signal) }
        return worst
    }

    private func load() throws(Complaint) -> AnalyzerSource {
        do throws(DeepVidError) {
            let model = try AnalyzerSource(configuration.options.model, configuration.routing)
            console.note("model \(model.summary)")
            return model
        } catch {
            throw .unusable(error.message)
        }
    }

    private func prepare(_ model: AnalyzerSource, _ control: RunControl) throws(Complaint) -> InferenceRun {
        do throws(DeepVidError) {
            return try InferenceRun(model: model, options: configuration.options, control: control)
        } catch {
            throw .unusable(error.message)
        }
    }

    func openOutput() throws(Complaint) -> sending any RecordSink {
        guard let path = configuration.output else { return RecordWriter(descriptor: STDOUT_FILENO) }
        do throws(OutputError) {
            if let length = configuration.segment { return try SegmentedWriter(path: path, length: length) }
            return try RecordWriter(path: path)
        } catch {
            throw .unusable("\(path): cannot be written: \(error.message)")
        }
    }

    func outputFailed(_ error: OutputError) throws(Complaint) -> ExitStatus {
        if error.code == .closed { return .done }
        throw .failed("cannot write to \(configuration.output ?? "standard output"): \(error.message)")
    }

    func status(of end: EndRecord) -> ExitStatus {
        guard end.reason == .failed else { return .done }
        // An input of which nothing came out was unusable from the start.
        return end.frames == 0 ? .unusable : .failed
    }

    func worse(_ a: ExitStatus, _ b: ExitStatus) -> ExitStatus { a.code >= b.code ? a : b }

    func summarize(_ end: EndRecord) {
        if let error = end.error { console.error(error.message) }
        guard console.isTerminal || console.isVerbose, !configuration.isQuiet else { return }
        var line = "\(end.source): \(Formatting.count(end.frames, "frame")) in \(Formatting.fixed(end.wallS, 1)) s"
        line += " (\(Formatting.fixed(end.fps, 1)) fps"
        if let timing = end.timingMs { line += ", \(Formatting.fixed(timing.infer, 1)) ms a frame for the model" }
        line += ", peak memory \(Formatting.fixed(end.peakMemoryMB, 0)) MB)"
        if end.corruptPackets > 0 { line += "; \(Formatting.count(end.corruptPackets, "corrupt packet")) skipped" }
        if end.dropped > 0 { line += "; \(Formatting.count(end.dropped, "frame")) dropped" }
        if let routes = end.routes {
            line += "; \(Formatting.fixed(100 * routes.hitRate, 0)) % by submodels"
            if routes.edgeFailures > 0 { line += "; \(Formatting.count(routes.edgeFailures, "failure")) of the edge" }
        }
        if end.reason == .interrupted { line += "; interrupted" }
        console.plain(line)
    }
}
