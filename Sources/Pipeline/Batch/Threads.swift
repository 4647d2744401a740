import Foundation

/// Starts `count` threads that run `body`, which takes their number from 0.
///
/// - Parameter whenDone: called once, on one of them, when all have ended; at once if there are none.
func startThreads(_ count: Int, whenDone: @escaping @Sendable () -> Void, _ body: @escaping @Sendable (Int) -> Void) {
    let group = DispatchGroup()
    for number in 0..<count {
        group.enter()
        let thread = Thread {
            body(number)
            group.leave()
        }
        // As much as the main thread has: FFmpeg may run on it.
        thread.stackSize = 8 << 20
        thread.name = "deepvid job \(number + 1)"
        thread.start()
    }
    group.notify(queue: .global(), execute: whenDone)
}

/// Runs `body` on `count` threads at once and waits for all.
func onThreads(_ count: Int, _ body: @escaping @Sendable (Int) -> Void) {
    let done = DispatchSemaphore(value: 0)
    startThreads(count, whenDone: { done.signal() }, body)
    done.wait()
}
