import Concurrency
import Models
import Foundation
import Results
import Synchronization
import Video

/// Runs one model over live inputs, all at once.
///
/// ```
/// LiveFeed ──▶ FrameAnalyzer ──▶ Recording ──┐
/// LiveFeed ──▶ FrameAnalyzer ──▶ Recording ──┴▶ SharedSink
/// ```
/// Each input has a thread, an analyzer and a state of its own; the model's threads are shared out. An input that fails leaves
/// the others alone.
public final class LiveSession {
    private let runs: [LiveRun]

    /// - Parameter options: with the threads of all inputs together.
    /// - Throws: `DeepVidError` when the model cannot be planned for its input size.
    public init(
        _ inputs: [String], model: AnalyzerSource, options: InferenceOptions, reconnection: Reconnection, control: RunControl
    ) throws(DeepVidError) {
        FreeMemory.keepTogether()
        var runs: [LiveRun] = []
        for (index, input) in inputs.enumerated() {
            var options = options
            let (share, rest) = options.threads.quotientAndRemainder(dividingBy: inputs.count)
            options.threads = max(share + (index < rest ? 1 : 0), 1)
            runs.append(try LiveRun(input, model: model, options: options, reconnection: reconnection))
        }
        self.runs = runs
        let controls = runs.map(\.control)
        control.watch { for control in controls { control.stop() } }
    }

    /// Returns when all inputs have ended.
    ///
    /// - Parameter report: called from the inputs' threads, one at a time.
    /// - Returns: the `end` records, in the order of the inputs.
    /// - Throws: `OutputError` when the records cannot be written; all inputs are then given up.
    public func run(into sink: SharedSink, report: @escaping @Sendable (LiveNews) -> Void) throws(OutputError) -> [EndRecord] {
        let state = State(count: runs.count)
        let controls = runs.map(\.control)
        let isTagged = runs.count > 1
        let group = DispatchGroup()
        for (index, run) in runs.enumerated() {
            let cargo = UncheckedTransfer(run)
            group.enter()
            let isStarted = startThread(named: "deepvid live") {
                do throws(OutputError) {
                    let end = try cargo.value.process(tagged: isTagged, into: sink) { news in state.tell(news, to: report) }
                    state.content.withLock { $0.ends[index] = end }
                } catch {
                    state.content.withLock { $0.failure = $0.failure ?? error }
                    for control in controls { control.stop() }
                }
                group.leave()
            }
            guard isStarted else {
                state.content.withLock { $0.failure = $0.failure ?? OutputError(code: .failed, message: threadShortage) }
                for control in controls { control.stop() }
                group.leave()
                break
            }
        }
        while group.wait(timeout: .now() + 1) == .timedOut {
            // Who waits for a file gets it also while all inputs are silent.
            do throws(OutputError) { try sink.completeDue() } catch {
                state.content.withLock { $0.failure = $0.failure ?? error }
                for control in controls { control.stop() }
            }
        }
        let content = state.content.withLock { $0 }
        if let failure = content.failure { throw failure }
        return content.ends.compactMap(\.self)
    }

    /// What the threads have in common.
    private final class State: Sendable {
        struct Content {
            var ends: [EndRecord?]
            var frames = 0
            var failure: OutputError?
        }
        let content: Mutex<Content>

        init(count: Int) { content = Mutex(Content(ends: Array(repeating: nil, count: count))) }

        /// Passes news on, one at a time, with the frames of all inputs together.
        func tell(_ news: LiveNews, to report: (LiveNews) -> Void) {
            content.withLock { content in
                guard case .progress = news else { return report(news) }
                content.frames += 1
                report(.progress(Progress(frames: content.frames)))
            }
        }
    }
}
