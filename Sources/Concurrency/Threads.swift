import Foundation
import Synchronization

/// Starts a thread that nobody joins, with as much stack as the main thread usually has: FFmpeg may run on it.
///
/// - Returns: false when the system has no thread left (`ulimit -u`, `ulimit -v`, a container's limit of processes). Foundation's
///   `Thread` says nothing then, and whoever waits for what it does waits for ever.
public func startThread(named name: String, _ body: @escaping @Sendable () -> Void) -> Bool {
    var attributes = pthread_attr_t()
    pthread_attr_init(&attributes)
    defer { pthread_attr_destroy(&attributes) }
    pthread_attr_setdetachstate(&attributes, Int32(PTHREAD_CREATE_DETACHED))
    pthread_attr_setstacksize(&attributes, 8 << 20)
    let start = Unmanaged.passRetained(ThreadStart(name, body))
    var thread = pthread_t()
    let failed = pthread_create(
        &thread, &attributes,
        { context in
            let start = Unmanaged<ThreadStart>.fromOpaque(context!).takeRetainedValue()
            Thread.current.name = start.name
            start.body()
            return nil
        }, start.toOpaque())
    if failed != 0 { start.release() }
    return failed == 0
}

/// What to say when `startThread` gives false.
public let threadShortage = "the system starts no more threads; raise its limits (ulimit -u, ulimit -v) or do less at a time"

private final class ThreadStart {
    let name: String
    let body: @Sendable () -> Void
    init(_ name: String, _ body: @escaping @Sendable () -> Void) { (self.name, self.body) = (name, body) }
}

/// A value that one thread hands to another and does not touch afterwards.
///
/// `@unchecked Sendable`: that it is not used by two threads at a time is the caller's promise.
package struct UncheckedTransfer<Value>: @unchecked Sendable {
    package let value: Value
    package init(_ value: Value) { self.value = value }
}

/// Starts `count` threads that run `body`, which takes their number from 0. Where the system has fewer threads left, there are
/// fewer; where it has none, `body(0)` runs on this one.
///
/// - Parameter whenDone: called once, on one of them, when all have ended; at once if there are none.
package func startThreads(
    _ count: Int, named name: String, whenDone: @escaping @Sendable () -> Void, _ body: @escaping @Sendable (Int) -> Void
) {
    // Whoever starts them counts as one, so that it is not over before all have begun.
    let running = Running()
    let end: @Sendable () -> Void = { if running.leave() { whenDone() } }
    for number in 0..<count {
        running.enter()
        let isStarted = startThread(named: "\(name) \(number + 1)") {
            body(number)
            end()
        }
        guard isStarted else {
            if number == 0 { body(0) }
            end()
            break
        }
    }
    end()
}

/// Runs `body` on `count` threads at once and waits for all; see `startThreads`.
package func onThreads(_ count: Int, named name: String, _ body: @escaping @Sendable (Int) -> Void) {
    let done = DispatchSemaphore(value: 0)
    startThreads(count, named: name, whenDone: { done.signal() }, body)
    done.wait()
}

private final class Running: Sendable {
    private let count = Atomic<Int>(1)
    func enter() { count.add(1, ordering: .relaxed) }
    /// Whether that was the last.
    func leave() -> Bool { count.subtract(1, ordering: .acquiringAndReleasing).newValue == 0 }
}
