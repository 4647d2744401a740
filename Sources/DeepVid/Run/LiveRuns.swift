import Concurrency
import Dispatch
import Models
import Synchronization
import Video

/// Runs one model over live inputs, all at once.
///
/// Each input has a thread, an analyzer and a state of its own; the model's threads are shared out. An input that fails leaves
/// the others alone.
public final class LiveRuns {
    private let runs: [(run: Run, control: RunControl)]

    /// - Parameters:
    ///   - options: with the threads of all inputs together.
    ///   - ring: keeps the last packets of an input; nil for those of which nobody wants them.
    /// - Throws: when the model cannot be planned for its input size, or does not suit the options.
    public init(
        _ inputs: [String], model: Model, options: RunOptions, reconnection: Reconnection, control: RunControl,
        ring: (_ source: String) -> PacketRing? = { _ in nil }
    ) throws(DeepVidError) {
        try options.checkValues()
        try options.output.check(model.profile)
        try model.checkCalibration(isLive: true)
        var runs: [(run: Run, control: RunControl)] = []
        let board = CapacityBoard(model, streams: inputs.count, options)
        for (index, input) in inputs.enumerated() {
            var options = options
            let (share, rest) = options.threads.quotientAndRemainder(dividingBy: inputs.count)
            options.threads = max(share + (index < rest ? 1 : 0), 1)
            let own = RunControl(), ready = model.followsFrames(options) ? nil : try model.makeAnalyzer(options)
            if let board { (ready as? ModelSetAnalyzer)?.share(board, stream: index) }
            let source = LiveSource(
                input, options: options.video, reconnection: reconnection, control: own, ring: ring(displayName(of: input)),
                activeFor: options, model)
            let run = Run(input, source, options: options, score: model.profile.score, outages: 0, control: own) {
                (info) throws(DeepVidError) in
                if let ready { return .one(ready) }
                return .one(try model.shaped(for: (info.width, info.height), options).makeAnalyzer(options))
            }
            runs.append((run, own))
        }
        self.runs = runs
        let controls = runs.map(\.control)
        control.onStop { for control in controls { control.stop() } }
    }

    /// Returns when all inputs have ended.
    ///
    /// - Parameters:
    ///   - sink: called from the inputs' threads, one at a time.
    ///   - onProgress: with the frames of all inputs together; from the inputs' threads, one at a time.
    ///   - whileWaiting: called once a second from this thread, never at the same time as `sink`.
    /// - Throws: what the sink throws first; all inputs are then given up.
    public func run<Failure: Error & Sendable>(
        into sink: sending @escaping RunSink<Failure>, shortage: (String) -> Failure,
        onProgress: @escaping @Sendable (RunProgress) -> Void, whileWaiting: () throws(Failure) -> Void
    ) throws(Failure) -> [RunSummary] {
        let state = Shared<Failure>(sink, runs.map(\.control))
        let group = DispatchGroup()
        for (index, run) in runs.enumerated() {
            let own = UncheckedTransfer(run.run)
            group.enter()
            let isStarted = startThread(named: "deepvid live") {
                do throws(Failure) {
                    let summary = try own.value.run(
                        into: { (source, output) throws(Failure) in try state.give(source, output) }) { _ in state.tell(onProgress) }
                    state.content.withLock { $0.summaries[index] = summary }
                } catch { state.fail(error) }
                group.leave()
            }
            guard isStarted else {
                state.fail(shortage(threadShortage))
                group.leave()
                break
            }
        }
        while group.wait(timeout: .now() + 1) == .timedOut {
            do throws(Failure) { try state.exclusively(whileWaiting) } catch { state.fail(error) }
        }
        let content = state.content.withLock { $0 }
        if let failure = content.failure { throw failure }
        return content.summaries.compactMap(\.self)
    }

    /// What the threads have in common.
    private final class Shared<Failure: Error & Sendable>: Sendable {
        struct Content {
            var summaries: [RunSummary?]
            var frames = 0
            var failure: Failure?
        }
        let content: Mutex<Content>
        private let sink: Mutex<UncheckedTransfer<RunSink<Failure>>>
        private let controls: [RunControl]

        init(_ sink: @escaping RunSink<Failure>, _ controls: [RunControl]) {
            content = Mutex(Content(summaries: Array(repeating: nil, count: controls.count)))
            self.sink = Mutex(UncheckedTransfer(sink))
            self.controls = controls
        }

        func give(_ source: String, _ output: RunOutput) throws(Failure) {
            try sink.withLock { (sink) throws(Failure) in try sink.value(source, output) }
        }

        func exclusively(_ body: () throws(Failure) -> Void) throws(Failure) { try sink.withLock { (_) throws(Failure) in try body() } }

        /// The first failure is the runs', and ends all.
        func fail(_ error: Failure) {
            content.withLock { $0.failure = $0.failure ?? error }
            for control in controls { control.stop() }
        }

        func tell(_ report: (RunProgress) -> Void) {
            content.withLock { content in
                content.frames += 1
                report(RunProgress(frames: content.frames))
            }
        }
    }
}
