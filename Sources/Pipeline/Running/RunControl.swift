import Synchronization
import Video

/// Ends a run from another thread, in order: the frame in work is finished and `end` is written.
public final class RunControl: Sendable {
    private struct State {
        var isStopped = false
        var reader: VideoReader?
    }

    private let state = Mutex(State())

    public init() {}

    /// Stops the run; also wakes a reader that waits for a camera or a pipe. Safe to call from any thread, more than once.
    public func stop() {
        let reader = state.withLock { state in
            state.isStopped = true
            return state.reader
        }
        reader?.cancel()
    }

    var isStopped: Bool { state.withLock { $0.isStopped } }

    /// Makes `reader` the one that `stop()` wakes.
    func watch(_ reader: VideoReader?) {
        let stopped = state.withLock { state in
            state.reader = reader
            return state.isStopped
        }
        if stopped { reader?.cancel() }
    }
}
