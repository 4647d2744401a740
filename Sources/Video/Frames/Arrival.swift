import Glibc

/// When something was received, by both clocks.
public struct Arrival: Sendable, Hashable {
    /// `CLOCK_MONOTONIC`, in nanoseconds: for differences.
    public let monotonic: UInt64
    /// Seconds since 1970, UTC: for people.
    public let wall: Double

    /// - Parameter monotonic: may lie in the past or future; the wall clock is taken back or forth by as much.
    init(monotonic: UInt64 = monotonicNanoseconds()) {
        self.monotonic = monotonic
        wall = wallSeconds() + (Double(monotonic) - Double(monotonicNanoseconds())) / 1e9
    }

    public static var now: Arrival { Arrival() }

    /// Milliseconds since then.
    public var age: Double { (Double(monotonicNanoseconds()) - Double(monotonic)) / 1e6 }
}

/// `CLOCK_REALTIME` in seconds.
private func wallSeconds() -> Double {
    var now = timespec()
    clock_gettime(CLOCK_REALTIME, &now)
    return Double(now.tv_sec) + Double(now.tv_nsec) / 1e9
}
