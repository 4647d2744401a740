import Models
import Results
import Video

/// One input on its way from frames to records, and its counts.
final class InputRun {
    private let source: String
    private let tag: String?
    private let model: AnalyzerSource
    private let options: InferenceOptions
    private let control: RunControl
    /// Nil where the input cannot be read, or `lanes` share its frames.
    private var analyzer: (any FrameAnalyzing)?
    private var lanes: Lanes?
    private var feed: FrameFeed?
    private var failure: DeepVidError?
    private var recording: Recording
    private var tally = Tally()
    /// Read already, when the run was resumed.
    private var first: Frame?
    /// Frame records at the last checkpoint; nil where none can be made.
    private var lastCheckpoint: Int? = 0
    private let isResumed: Bool

    /// An input from its beginning. That it cannot be opened is for its records to say.
    ///
    /// - Parameter analyzers: nil makes a new one.
    init(
        _ input: String, tagged: Bool, model: AnalyzerSource, options: InferenceOptions, analyzers: Analyzers? = nil, control: RunControl
    ) {
        (source, self.model, self.options, self.control) = (displayName(of: input), model, options, control)
        (tag, isResumed) = (tagged ? source : nil, false)
        recording = Recording(options.recording, score: model.profile.score)
        do throws(DeepVidError) {
            feed = try FrameFeed(input, options: options.video, control: control)
            guard let feed else { return }
            try options.cache.check(feed.info, source)
            try options.recording.check(feed.info, source)
            switch try analyzers?.choose(for: feed.info) {
            case .one(let analyzer): self.analyzer = analyzer
            case .lanes(let lanes): self.lanes = lanes
            case nil: analyzer = try model.makeAnalyzer(options)
            }
        } catch {
            failure = error
        }
    }

    /// An input from a checkpoint.
    ///
    /// - Throws: when it cannot be taken up there; the input then has to be run from its beginning.
    init(
        _ input: String, from checkpoint: Checkpoint, model: AnalyzerSource, options: InferenceOptions, control: RunControl
    ) throws(DeepVidError) {
        (source, self.model, self.options, self.control) = (displayName(of: input), model, options, control)
        (tag, isResumed) = (nil, true)
        analyzer = try model.makeAnalyzer(options, resuming: checkpoint.analyzer)
        recording = Recording(options.recording, score: model.profile.score, state: checkpoint.recording)
        tally = checkpoint.tally
        var video = options.video
        video.resume = checkpoint.point
        feed = try FrameFeed(input, options: video, control: control)
        first = try feed?.next()
        guard let first, try first.fingerprint() == checkpoint.fingerprint else {
            throw DeepVidError(.cannotResume, "\(source): is another picture at the checkpoint")
        }
        lastCheckpoint = tally.frames
    }

    /// Writes `begin` (not if resumed), what `Recording` makes of each frame, and `end`, whatever happens to the input.
    ///
    /// - Returns: the `end` record, as written.
    /// - Throws: `OutputError` when the records cannot be written; the input is then given up.
    func run(
        into sink: some RecordSink, checkpoints: Checkpointing? = nil, onProgress: (Progress) -> Void
    ) throws(OutputError) -> EndRecord {
        if !isResumed { try sink.write(BeginRecord(source: source, model: model.profile, routing: model.routing, info: feed?.info, options: options)) }
        if let feed, failure == nil {
            func write(_ answered: AnsweredFrame) throws(OutputError) {
                let frame = answered.facts, record = FrameRecord(frame, source: tag, answered.analysis)
                tally.add(record)
                for line in recording.add(record, width: frame.width, height: frame.height) { try sink.write(line) }
                onProgress(Progress(frames: tally.frames, reused: tally.meanReuse, at: frame, of: feed.info, options.video))
            }
            if let lanes {
                let run = LaneRun(lanes, feed: feed, control: control)
                while let answered = attempt({ () throws(DeepVidError) in try run.next() }) { try write(answered) }
                run.end()
            } else {
                while var frame = attempt({ () throws(DeepVidError) in try next(feed) }) {
                    if let checkpoints { try makeCheckpoint(checkpoints, at: &frame, of: feed) }
                    let analysis = attempt { () throws(DeepVidError) in try analyzer!.analyze(frame) }
                    guard let analysis else { break }
                    try write(AnsweredFrame(facts: FrameFacts(frame), analysis: analysis))
                }
            }
        }
        for line in recording.finish() { try sink.write(line) }
        let end = endRecord
        try sink.write(end)
        return end
    }

    /// What `body` gives; nil also when it fails, which is then how the run ends.
    private func attempt<Value>(_ body: () throws(DeepVidError) -> Value?) -> Value? {
        do throws(DeepVidError) { return try body() } catch {
            failure = error
            return nil
        }
    }

    private func next(_ feed: FrameFeed) throws(DeepVidError) -> Frame? {
        if let first {
            self.first = nil
            return first
        }
        return try feed.next()
    }

    private var endRecord: EndRecord {
        let reason: EndRecord.Reason = control.isStopped ? .interrupted : failure == nil ? .finished : .failed
        var end = tally.end(source, reason, queue: feed?.summary, error: reason == .failed ? failure : nil)
        analyzer?.complete(&end)
        lanes?.complete(&end)
        recording.complete(&end)
        return end
    }

    /// Makes a checkpoint before `frame` if one is due and `frame` allows it; then the analyzer is another, as a resumed run
    /// would have it.
    private func makeCheckpoint(_ checkpoints: Checkpointing, at frame: inout Frame, of feed: FrameFeed) throws(OutputError) {
        guard let last = lastCheckpoint, tally.frames - last >= checkpoints.interval, let point = frame.resumePoint else { return }
        // What failed once would fail again, and a resumed run would fail at the same place.
        guard let again = feed.reopen(at: frame), let fingerprint = try? again.fingerprint(),
            let state = analyzer?.state, let fresh = try? model.makeAnalyzer(options, resuming: state)
        else {
            lastCheckpoint = nil
            return
        }
        (frame, lastCheckpoint) = (again, tally.frames)
        try checkpoints.keep(
            Checkpoint(
                point: point, fingerprint: fingerprint, analyzer: state, recording: recording.state, tally: tally.paused))
        analyzer = fresh
    }
}
