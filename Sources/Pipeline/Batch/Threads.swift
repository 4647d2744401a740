import Foundation
import Synchronization
import Video

/// Starts `count` threads that run `body`, which takes their number from 0. Where the system has fewer threads left, there are
/// fewer; where it has none, `body(0)` runs on this one.
///
/// - Parameter whenDone: called once, on one of them, when all have ended; at once if there are none.
func startThreads(_ count: Int, whenDone: @escaping @Sendable () -> Void, _ body: @escaping @Sendable (Int) -> Void) {
    // Whoever starts them counts as one, so that it is not over before all have begun.
    let running = Running()
    let end: @Sendable () -> Void = { if running.leave() { whenDone() } }
    for number in 0..<count {
        running.enter()
        let isStarted = startThread(named: "deepvid job \(number + 1)") {
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

private final class Running: Sendable {
    private let count = Atomic<Int>(1)
    func enter() { count.add(1, ordering: .relaxed) }
    /// Whether that was the last.
    func leave() -> Bool { count.subtract(1, ordering: .acquiringAndReleasing).newValue == 0 }
}

/// Runs `body` on `count` threads at once and waits for all.
func onThreads(_ count: Int, _ body: @escaping @Sendable (Int) -> Void) {
    let done = DispatchSemaphore(value: 0)
    startThreads(count, whenDone: { done.signal() }, body)
    done.wait()
}
