import Models
import Video

/// One input from its frames to its results: the one loop that every tool runs.
///
/// ```
/// source ──event──▶ analyzer, or workers that share the frames ──FrameResult──▶ output stages ──RunOutput──▶ sink
/// ```
/// Decoding overlaps with everything after it. What is kept does not grow with the number of frames.
package final class Run {
    /// Who answers frames.
    package enum Engine {
        /// One after the other.
        case one(any FrameProcessor)
        /// Analyzers that share the frames.
        case workers(FrameWorkers)
    }

    private let name: String
    /// As it is opened.
    private let input: String
    private let source: any FrameSource
    private let options: RunOptions
    private let control: RunControl
    /// Chooses the engine once the input is known.
    private let choose: (StreamInfo) throws(DeepVidError) -> Engine
    private var engine: Engine?
    private var info: StreamInfo?
    private var failure: DeepVidError?
    private var stages: OutputStages
    private var tally = Tally()
    private var latencies = Latencies()
    /// Nil for input that cannot break off.
    private var outages: Int?
    /// Read already: the first frame of a resumed run, or of the leg after a checkpoint.
    private var held: (frame: Frame, index: Int)?
    /// The next frame is the first after an outage.
    private var isBack = false
    private var isResumed = false
    /// Frames at the last checkpoint; nil where none can be made.
    private var lastCheckpoint: Int? = 0

    /// An input from its beginning. That it cannot be opened is for its summary to say.
    ///
    /// - Parameters:
    ///   - source: nil reads the input as a file, a pipe or a URL.
    ///   - score: least score of an object that is reported without having an id.
    ///   - model: of the analyzers; nil decodes all of the input.
    ///   - begun: the input, where it is opened already.
    ///   - outages: 0 for input that may break off.
    package init(
        _ input: String, _ source: (any FrameSource)? = nil, options: RunOptions, score: Float, model: Model? = nil,
        begun: InputOpening? = nil, outages: Int? = nil, control: RunControl,
        engine choose: @escaping (StreamInfo) throws(DeepVidError) -> Engine
    ) {
        (self.input, name) = (input, displayName(of: input))
        self.source = source ?? FileSource(input, options: options.video, control: control, activeFor: options, model, begun: begun)
        (self.options, self.control, self.choose, self.outages) = (options, control, choose, outages)
        stages = OutputStages(options.output, score: score, threads: options.threads)
    }

    /// An input from a checkpoint.
    ///
    /// - Throws: when it cannot be taken up there; the input then has to be run from its beginning.
    package convenience init(
        _ input: String, from checkpoint: Checkpoint, model: Model, options: RunOptions, control: RunControl
    ) throws(DeepVidError) {
        var video = options.video
        video.resume = checkpoint.point
        self.init(
            input, FileSource(input, options: video, control: control, activeFor: options, model, resuming: checkpoint.decoding),
            options: options, score: model.profile.score, control: control
        ) { (_) throws(DeepVidError) in preconditionFailure("a resumed run has its engine") }
        stages = OutputStages(options.output, score: model.profile.score, threads: options.threads, state: checkpoint.stages)
        (tally, lastCheckpoint, isResumed) = (checkpoint.tally, checkpoint.frames, true)
        guard case .opened(let info) = try source.next() else { return }
        engine = try Self.makeEngine(
            model.suited(to: info, of: input, options, control), options, for: info, of: input, resuming: checkpoint.analyzers)
        guard case .frame(let frame, let index) = try source.next() else { return }
        guard try frame.fingerprint() == checkpoint.fingerprint else {
            throw DeepVidError(.cannotResume, "\(name): is another picture at the checkpoint")
        }
        (self.info, held) = (info, (frame, index))
        _ = beginClock(info)
    }

    /// Gives `begin` (not if resumed), what the output stages make of each frame, and `end`, whatever happens to the input.
    ///
    /// - Returns: the summary, as given with `end`.
    /// - Throws: what the sink throws; the input is then given up.
    @discardableResult
    package func run<Failure: Error>(
        into sink: RunSink<Failure>, checkpoints: Checkpointing<Failure>? = nil, onProgress: (RunProgress) -> Void = { _ in }
    ) throws(Failure) -> RunSummary {
        // Also when the sink throws.
        defer { source.close() }
        var event: SourceEvent?
        if !isResumed {
            event = attempt { () throws(DeepVidError) in try source.next() }
            if case .opened(let info) = event { start(info) }
            try sink(name, .begin(info, info.flatMap(beginClock)))
        }
        // One leg without checkpoints; else one from each to the next.
        while failure == nil, !control.isStopped {
            if case .workers(let workers) = engine {
                try runLeg(workers, checkpoints, sink, onProgress)
            } else {
                try runLeg(first: event, checkpoints, sink, onProgress)
            }
            event = nil
            guard failure == nil, let held, let checkpoints else { break }
            try makeCheckpoint(checkpoints, at: held)
        }
        // What was stopped and has checkpoints goes on later, and has it then.
        if checkpoints == nil || !control.isStopped { stages.teach() }
        for output in stages.finish() { try sink(name, output) }
        let summary = makeSummary()
        try sink(name, .end(summary))
        return summary
    }

    private func start(_ info: StreamInfo) {
        self.info = info
        _ = attempt { () throws(DeepVidError) in
            try options.reuse.check(info, name)
            try options.output.check(info, name)
            if options.output.holdsViews(of: input, info, isLive: outages != nil) { stages.holdViews() }
            engine = try choose(info)
        }
    }

    /// When the input began, as far as that is known.
    private func beginClock(_ info: StreamInfo) -> StartTime? {
        if outages != nil { return StartTime(seconds: Arrival.now.wall, clock: .arrival) }
        let start = options.clock.start(of: input, info)
        stages.begin(start, origin: info.startSeconds ?? 0)
        return start
    }

    // MARK: Legs

    /// One analyzer. Ends at the source's end, or with the first frame held that a checkpoint can be made at.
    private func runLeg<Failure: Error>(
        first: SourceEvent?, _ checkpoints: Checkpointing<Failure>?, _ sink: RunSink<Failure>,
        _ onProgress: (RunProgress) -> Void
    ) throws(Failure) {
        var event = first
        if case .opened = event { event = nil }
        while failure == nil {
            if let held {
                (event, self.held) = (.frame(held.frame, index: held.index), nil)
            } else {
                event = event ?? attempt { () throws(DeepVidError) in try source.next() }
            }
            guard let now = event else { return }
            event = nil
            switch now {
            case .opened(let info): start(info)
            case .frame(let frame, let index):
                if isDue(checkpoints, at: frame, after: tally.frames) {
                    held = (frame, index)
                    return
                }
                guard let result = attempt({ () throws(DeepVidError) in try process(frame, index) }) else { return }
                try give(result, of: frame, sink, onProgress)
            case .passed(let frame, let result):
                if isDue(checkpoints, at: frame, after: tally.frames) {
                    held = (frame, frame.index)
                    return
                }
                try give(stamp(result, frame), of: frame, sink, onProgress)
            case .lost(let outage):
                outages = (outages ?? 0) + 1
                if case .one(let processor) = engine { processor.reset() }
                stages.breakOff()
                try sink(name, .lost(outage))
            case .back(let outage, let info):
                isBack = true
                self.info = info
                if engine == nil { start(info) }
                try sink(name, .back(outage, info))
            }
        }
    }

    private func process(_ frame: Frame, _ index: Int) throws(DeepVidError) -> FrameResult {
        guard case .one(let processor) = engine else { preconditionFailure("workers run legs of their own") }
        var result = try processor.process(frame, index: index)
        if isBack, result.reuse?.reason == .firstFrame { result.reuse?.reason = .reconnected }
        isBack = false
        return stamp(result, frame)
    }

    /// When it was received and how long ago that is, of live input.
    private func stamp(_ result: FrameResult, _ frame: Frame) -> FrameResult {
        guard outages != nil else { return result }
        var result = result
        result.latencyMilliseconds = max((frame.arrival ?? .now).age, 0)
        result.frame.time = frame.arrival?.wall
        return result
    }

    /// Several analyzers that share the frames.
    private func runLeg<Failure: Error>(
        _ workers: FrameWorkers, _ checkpoints: Checkpointing<Failure>?, _ sink: RunSink<Failure>,
        _ onProgress: (RunProgress) -> Void
    ) throws(Failure) {
        let first = held, done = tally.frames
        held = nil
        let leg = WorkerLeg(workers, source: source, first: first?.frame, control: control) { [self] frame, number in
            number > 0 && isDue(checkpoints, at: frame, after: done + number)
        }
        while failure == nil, let (result, frame) = attempt({ () throws(DeepVidError) in try leg.next() }) {
            try give(result, of: frame, sink, onProgress)
        }
        held = leg.end().map { ($0, $0.index) }
    }

    private func give<Failure: Error>(
        _ result: FrameResult, of frame: Frame?, _ sink: RunSink<Failure>, _ onProgress: (RunProgress) -> Void
    ) throws(Failure) {
        source.note(result)
        tally.add(result)
        guard let outputs = attempt({ () throws(DeepVidError) in try stages.add(result, frame) }) else { return }
        for output in outputs { try sink(name, output) }
        if let latency = result.latencyMilliseconds { latencies.add(latency) }
        guard let info else { return }
        onProgress(
            outages == nil
                ? RunProgress(frames: tally.frames, reused: tally.meanReuse, at: result.frame, of: info, options.video)
                : RunProgress(frames: tally.frames))
    }

    /// What `body` gives; nil also when it fails, which is then how the run ends.
    private func attempt<Value>(_ body: () throws(DeepVidError) -> Value?) -> Value? {
        do throws(DeepVidError) { return try body() } catch {
            failure = error
            return nil
        }
    }

    // MARK: Checkpoints

    private func isDue<Failure: Error>(_ checkpoints: Checkpointing<Failure>?, at frame: Frame, after frames: Int) -> Bool {
        guard let checkpoints, let last = lastCheckpoint else { return false }
        return frames - last >= checkpoints.interval && frame.resumePoint != nil
    }

    /// Makes a checkpoint before the held frame; then the analyzers are others, as a resumed run would have them.
    private func makeCheckpoint<Failure: Error>(
        _ checkpoints: Checkpointing<Failure>, at held: (frame: Frame, index: Int)
    ) throws(Failure) {
        let states: [AnalyzerState]
        switch engine {
        case .one(let processor): states = (processor as? any FrameAnalyzer).map { [$0.state] } ?? []
        case .workers(let workers): states = workers.states
        case nil: states = []
        }
        // What failed once would fail again, and a resumed run would fail at the same place.
        let file = source as? FileSource, decoding = file?.state(before: held.frame)
        guard let info, let point = held.frame.resumePoint, let file, let again = file.reopen(at: held.frame),
            let fingerprint = try? again.fingerprint(),
            let fresh = try? Self.makeEngine(
                checkpoints.model.suited(to: info, of: input, options, control), options, for: info, of: input, resuming: states)
        else {
            lastCheckpoint = nil
            return
        }
        (self.held, lastCheckpoint) = ((again, held.index), tally.frames)
        try checkpoints.keep(
            Checkpoint(
                point: point, fingerprint: fingerprint, analyzers: states, stages: stages.state, tally: tally.paused,
                decoding: decoding))
        engine = fresh
    }

    private static func makeEngine(
        _ model: Model, _ options: RunOptions, for info: StreamInfo, of input: String, resuming states: [AnalyzerState]
    ) throws(DeepVidError) -> Engine {
        if let workers = try FrameWorkers(model, options, resuming: states), workers.count == states.count,
            states.count > 1 || workers.suit(info, of: input)
        {
            return .workers(workers)
        }
        guard states.count <= 1 else {
            throw DeepVidError(.cannotResume, "the checkpoint is of \(states.count) workers; give the same --threads")
        }
        guard let state = states.first else { throw DeepVidError(.cannotResume, "the checkpoint has no analyzer") }
        return .one(try model.makeAnalyzer(options, resuming: state))
    }

    private func makeSummary() -> RunSummary {
        var summary = RunSummary(source: name)
        summary.reason = control.isStopped ? .interrupted : failure == nil ? .finished : .failed
        if summary.reason == .failed { summary.error = failure }
        summary.reading = source.summary
        summary.decode = source.decoding
        tally.fill(&summary)
        switch engine {
        case .one(let processor): processor.complete(&summary)
        case .workers(let workers): workers.complete(&summary)
        case nil: break
        }
        (summary.latency, summary.outages) = (latencies.figures, outages)
        stages.complete(&summary)
        return summary
    }
}
