import Synchronization

/// Ends a run from another thread, in order: the frame in work is finished and the end is written.
public final class RunControl: Sendable {
    private struct State {
        var isStopped = false
        var wake: (@Sendable () -> Void)?
    }

    private let state = Mutex(State())

    public init() {}

    /// Stops the run; also wakes a reader that waits for a camera or a pipe. Safe to call from any thread, more than once.
    public func stop() {
        let wake = state.withLock { state in
            state.isStopped = true
            return state.wake
        }
        wake?()
    }

    public var isStopped: Bool { state.withLock { $0.isStopped } }

    /// Makes `wake` what `stop()` calls to end a wait; nil when nothing waits any more. Called at once after a stop.
    package func onStop(_ wake: (@Sendable () -> Void)?) {
        let isStopped = state.withLock { state in
            state.wake = wake
            return state.isStopped
        }
        if isStopped { wake?() }
    }
}
