import Results
import Video

/// Runs one model over inputs, one after the other.
///
/// ```
/// decode thread ──▶ FrameQueue ──▶ FrameAnalyzer ──▶ RecordWriter
/// ```
/// Decoding overlaps with everything after it. What is kept does not grow with the number of frames.
public final class InferenceRun {
    private let model: LoadedModel
    private let options: InferenceOptions
    private let control: RunControl
    private let analyzer: FrameAnalyzer

    /// - Throws: `PipelineError` when the model cannot be planned for its input size.
    public init(model: LoadedModel, options: InferenceOptions, control: RunControl) throws(PipelineError) {
        (self.model, self.options, self.control) = (model, options, control)
        analyzer = try FrameAnalyzer(model, threads: options.threads, cache: options.cache)
    }

    /// Writes `begin`, a record for each frame, and `end`, whatever happens to the input.
    ///
    /// - Parameter tagged: whether frame records name the input.
    /// - Returns: the `end` record, as written.
    /// - Throws: `OutputError` when the records cannot be written; the input is then given up.
    public func process(
        _ input: String, tagged: Bool, into writer: RecordWriter, onProgress: (Progress) -> Void = { _ in }
    ) throws(OutputError) -> EndRecord {
        var tally = Tally()
        let source = displayName(of: input)
        let queue: FrameQueue?
        var failure: PipelineError?
        do throws(VideoError) { queue = try open(input) } catch { (queue, failure) = (nil, PipelineError(error)) }
        do throws(PipelineError) { if let queue { try options.cache.check(queue.info, source) } } catch { failure = error }
        try writer.write(BeginRecord(source: source, model: model, info: queue?.info, options: options))
        guard let queue, failure == nil else {
            control.watch(nil)
            queue?.cancel()
            return try finish(tally.end(source, control.isStopped ? .interrupted : .failed, error: failure), writer)
        }
        defer {
            control.watch(nil)
            queue.cancel()
        }

        analyzer.reset()
        while !control.isStopped {
            let record: FrameRecord
            let frame: Frame
            do throws(PipelineError) {
                guard let next = try next(queue) else { break }
                frame = next
                record = FrameRecord(frame, source: tagged ? source : nil, try analyzer.analyze(frame))
            } catch {
                failure = error
                break
            }
            try writer.write(record)
            tally.add(record)
            onProgress(Progress(frames: tally.frames, at: frame, of: queue.info, options.video))
        }
        let summary = queue.summary
        failure = failure ?? summary.earlyEnd.map(PipelineError.init)
        let reason: EndRecord.Reason = control.isStopped ? .interrupted : failure == nil ? .finished : .failed
        var end = tally.end(source, reason, queue: summary, error: reason == .failed ? failure : nil)
        if let audit = analyzer.audit {
            end.cache?.agreement = audit.agreement
            end.cache?.audits = audit.frames
        }
        return try finish(end, writer)
    }

    /// The input, being decoded; nil when the run was stopped while it was opened.
    private func open(_ input: String) throws(VideoError) -> FrameQueue? {
        let opening = Opening(input, options: options.video)
        control.watch { opening.cancel() }
        guard let queue = try opening.wait() else { return nil }
        control.watch { queue.cancel() }
        return queue
    }

    private func next(_ queue: FrameQueue) throws(PipelineError) -> Frame? {
        do throws(VideoError) { return try queue.next() } catch { throw PipelineError(error) }
    }

    private func finish(_ end: EndRecord, _ writer: RecordWriter) throws(OutputError) -> EndRecord {
        try writer.write(end)
        return end
    }
}

/// The input without the password of a URL: records and logs travel.
func displayName(of input: String) -> String {
    input.replacing(/^([A-Za-z][A-Za-z0-9+.\-]*:\/\/[^\/@:]*):[^\/@]*@/) { "\($0.1):***@" }
}
