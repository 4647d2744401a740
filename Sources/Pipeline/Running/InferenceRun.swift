import Results
import Video

/// Runs one model over inputs, one after the other.
///
/// ```
/// decode thread ──▶ FrameFeed ──▶ FrameAnalyzer ──▶ Recording ──▶ RecordSink
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
        analyzer = try FrameAnalyzer(model, threads: options.threads, cache: options.cache, memory: options.memory)
    }

    /// Writes `begin`, what `Recording` makes of each frame, and `end`, whatever happens to the input.
    ///
    /// - Parameter tagged: whether frame records name the input.
    /// - Returns: the `end` record, as written.
    /// - Throws: `OutputError` when the records cannot be written; the input is then given up.
    public func process(
        _ input: String, tagged: Bool, into sink: some RecordSink, onProgress: (Progress) -> Void = { _ in }
    ) throws(OutputError) -> EndRecord {
        var tally = Tally()
        let source = displayName(of: input)
        var feed: FrameFeed?
        var failure: PipelineError?
        do throws(PipelineError) {
            feed = try FrameFeed(input, options: options.video, control: control)
            if let feed { try options.cache.check(feed.info, source) }
        } catch {
            failure = error
        }
        try sink.write(BeginRecord(source: source, model: model, info: feed?.info, options: options))
        var recording = Recording()
        analyzer.reset()
        while let feed, failure == nil {
            let record: FrameRecord
            let frame: Frame
            do throws(PipelineError) {
                guard let next = try feed.next() else { break }
                frame = next
                record = FrameRecord(frame, source: tagged ? source : nil, try analyzer.analyze(frame))
            } catch {
                failure = error
                break
            }
            tally.add(record)
            for line in recording.add(record) { try sink.write(line) }
            onProgress(Progress(frames: tally.frames, at: frame, of: feed.info, options.video))
        }
        for line in recording.finish() { try sink.write(line) }
        let reason: EndRecord.Reason = control.isStopped ? .interrupted : failure == nil ? .finished : .failed
        var end = tally.end(source, reason, queue: feed?.summary, error: reason == .failed ? failure : nil)
        if let audit = analyzer.audit {
            end.cache?.agreement = audit.agreement
            end.cache?.audits = audit.frames
        }
        end.exits = analyzer.memory?.summary
        try sink.write(end)
        return end
    }

    /// Writes what was learnt of classes, if that was asked for.
    public func saveMemory() throws(PipelineError) { try analyzer.memory?.save() }
}

/// The input without the password of a URL: records and logs travel.
func displayName(of input: String) -> String {
    input.replacing(/^([A-Za-z][A-Za-z0-9+.\-]*:\/\/[^\/@:]*):[^\/@]*@/) { "\($0.1):***@" }
}
