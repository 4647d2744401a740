import Models
import Results
import Video

/// Runs a model over one live input, once: like `InferenceRun`, with breaks, wall-clock time and latency.
final class LiveRun {
    let control = RunControl()
    private let input: String
    private let source: String
    private let model: AnalyzerSource
    private let options: InferenceOptions
    private let analyzer: any FrameAnalyzing
    private let feed: LiveFeed
    /// Seconds of wall-clock time, where time stamps may start again.
    private let longest: Double?
    private var tally = Tally()
    private var latencies = LatencyTally()
    private var outages = 0
    private var recording: Recording
    private var firstArrival: Arrival?

    /// - Throws: `DeepVidError` when the model cannot be planned for its input size.
    init(_ input: String, model: AnalyzerSource, options: InferenceOptions, reconnection: Reconnection) throws(DeepVidError) {
        var video = options.video
        (video.live, video.maxFrames) = (true, nil)
        longest = InputName(input).canReconnect ? video.duration : nil
        if longest != nil { video.duration = nil }
        (self.input, source, self.model, self.options) = (input, displayName(of: input), model, options)
        feed = LiveFeed(input, options: video, reconnection: reconnection, control: control)
        try options.recording.check(model.profile)
        recording = Recording(options.recording, score: model.profile.score)
        analyzer = try model.makeAnalyzer(options)
    }

    /// Writes `begin`, a record for each frame, two for each break, and `end`, whatever happens to the input.
    ///
    /// - Parameter tagged: whether frame records name the input.
    /// - Returns: the `end` record, as written.
    /// - Throws: `OutputError` when the records cannot be written; the input is then given up.
    func process(tagged: Bool, into sink: some RecordSink, report: (LiveNews) -> Void) throws(OutputError) -> EndRecord {
        var failure: DeepVidError?
        var hasBegun = false
        reading: while failure == nil, tally.frames != options.video.maxFrames {
            var event: LiveFeed.Event?
            do throws(DeepVidError) { event = try feed.next() } catch { failure = error }
            if !hasBegun { try begin(event, sink) }
            hasBegun = true
            switch event {
            case .opened(let info):
                do throws(DeepVidError) {
                    try options.cache.check(info, source)
                    try options.recording.check(info, source)
                } catch {
                    failure = error
                }
            case .frame(let frame, let number, let isFirstAfterBreak):
                if isBeyondEnd(frame) { break reading }
                var record: FrameRecord
                do throws(DeepVidError) {
                    record = FrameRecord(FrameFacts(frame), source: tagged ? source : nil, try analyzer.analyze(frame))
                } catch {
                    failure = error
                    break reading
                }
                if isFirstAfterBreak, record.cache?.reason == "first_frame" { record.cache?.reason = "reconnected" }
                try write(&record, of: frame, number, sink)
                report(.progress(Progress(frames: tally.frames)))
            case .lost(let outage):
                outages += 1
                analyzer.reset()
                recording.breakOff()
                let record = outage.record(.open, source: source)
                try sink.write(record)
                report(.lost(record))
            case .back(let outage, let info):
                let record = outage.record(.closed, source: source, info: info)
                try sink.write(record)
                report(.back(record))
            case nil: break reading
            }
        }
        return try end(failure, sink, report)
    }

    private func begin(_ event: LiveFeed.Event?, _ sink: some RecordSink) throws(OutputError) {
        var info: StreamInfo?
        if case .opened(let opened) = event { info = opened }
        try sink.write(BeginRecord(source: source, model: model.profile, routing: model.routing, info: info, options: options))
    }

    private func isBeyondEnd(_ frame: Frame) -> Bool {
        guard let longest, let arrival = frame.arrival else { return false }
        let first = firstArrival ?? arrival
        firstArrival = first
        return Double(arrival.monotonic - first.monotonic) / 1e9 >= longest
    }

    private func write(_ record: inout FrameRecord, of frame: Frame, _ number: Int, _ sink: some RecordSink) throws(OutputError) {
        let arrival = frame.arrival ?? .now
        (record.frame, record.time, record.dropped) = (number, UTCTime.text(arrival.wall), frame.droppedBefore)
        record.latencyMs = max(arrival.age, 0)
        tally.add(record)
        for line in recording.add(record, width: frame.width, height: frame.height) { try sink.write(line) }
        latencies.add(max(arrival.age, 0))
    }

    private func end(_ failure: DeepVidError?, _ sink: some RecordSink, _ report: (LiveNews) -> Void) throws(OutputError) -> EndRecord {
        feed.close()
        for line in recording.finish() { try sink.write(line) }
        let reason: EndRecord.Reason = control.isStopped ? .interrupted : failure == nil ? .finished : .failed
        var end = tally.end(source, reason, queue: feed.summary, error: reason == .failed ? failure : nil)
        analyzer.complete(&end)
        (end.latencyMs, end.outages) = (latencies.figures, outages)
        recording.complete(&end)
        try sink.write(end)
        report(.ended(end))
        return end
    }
}
