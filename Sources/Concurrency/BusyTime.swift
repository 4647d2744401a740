import Glibc

/// Measures how long the calling thread had a processor: less than a `Stopwatch` says where others wanted it too.
package struct BusyTime {
    private let began = Self.now

    package init() {}

    /// To be asked on the thread that began.
    package var milliseconds: Double { Self.now - began }

    private static var now: Double {
        var time = timespec()
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
        return Double(time.tv_sec) * 1e3 + Double(time.tv_nsec) / 1e6
    }
}
