import Synchronization
import Video

/// Ends a run from another thread, in order: the frame in work is finished and `end` is written.
public final class RunControl: Sendable {
    private struct State {
        var isStopped = false
        var queue: FrameQueue?
    }

    private let state = Mutex(State())

    public init() {}

    /// Stops the run; also wakes a reader that waits for a camera or a pipe. Safe to call from any thread, more than once.
    public func stop() {
        let queue = state.withLock { state in
            state.isStopped = true
            return state.queue
        }
        queue?.cancel()
    }

    public var isStopped: Bool { state.withLock { $0.isStopped } }

    /// Makes `queue` the one that `stop()` wakes; nil when there is none any more.
    func watch(_ queue: FrameQueue?) {
        let stopped = state.withLock { state in
            state.queue = queue
            return state.isStopped
        }
        if stopped { queue?.cancel() }
    }
}
