import CFFmpeg
import Glibc
import Synchronization

/// Stops FFmpeg's blocking calls: on cancellation, or when a deadline has passed.
///
/// FFmpeg polls it from its network code; ``ByteSource`` polls it while waiting for a pipe.
final class Interrupt: Sendable {
    private let flag = Atomic<Bool>(false)
    /// Monotonic nanoseconds; `UInt64.max` for none.
    private let deadline = Atomic<UInt64>(.max)

    func cancel() { flag.store(true, ordering: .releasing) }
    var isCancelled: Bool { flag.load(ordering: .acquiring) }

    /// Gives the calls that follow `seconds` from now; `nil` gives them for ever.
    func allow(seconds: Double?) {
        let value = seconds.map { monotonicNanoseconds() &+ UInt64($0 * 1e9) } ?? .max
        deadline.store(value, ordering: .releasing)
    }

    var hasTimedOut: Bool {
        let value = deadline.load(ordering: .acquiring)
        return value != .max && monotonicNanoseconds() > value
    }

    var shouldStop: Bool { isCancelled || hasTimedOut }
}

/// `CLOCK_MONOTONIC` in nanoseconds.
func monotonicNanoseconds() -> UInt64 {
    var now = timespec()
    clock_gettime(CLOCK_MONOTONIC, &now)
    return UInt64(now.tv_sec) * 1_000_000_000 + UInt64(now.tv_nsec)
}
