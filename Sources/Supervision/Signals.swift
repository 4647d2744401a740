import Concurrency
import Glibc

/// SIGHUP, SIGINT and SIGTERM as bytes of a pipe, for a loop that waits for other things as well.
public final class Signals: Sendable {
    /// Where the numbers of the signals come, a byte each.
    public let descriptor: Int32

    /// From now on the signals end nothing by themselves. To be called before other threads start, for they inherit that.
    ///
    /// - Returns: nil where the system has no pipe or thread left.
    public init?() {
        guard let ends = makePipe() else { return nil }
        descriptor = ends.read
        var set = sigset_t()
        sigemptyset(&set)
        for number in [SIGHUP, SIGINT, SIGTERM] { sigaddset(&set, number) }
        pthread_sigmask(SIG_BLOCK, &set, nil)
        let isStarted = startThread(named: "deepvid signals") {
            var waited = sigset_t(), number: Int32 = 0
            sigemptyset(&waited)
            for number in [SIGHUP, SIGINT, SIGTERM] { sigaddset(&waited, number) }
            while true {
                guard sigwait(&waited, &number) == 0 else { continue }
                var byte = UInt8(number)
                _ = Glibc.write(ends.write, &byte, 1)
            }
        }
        guard isStarted else { return nil }
    }
}

/// A pipe that programs which this process starts do not inherit.
func makePipe() -> (read: Int32, write: Int32)? {
    var ends: [Int32] = [-1, -1]
    guard pipe(&ends) == 0 else { return nil }
    for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
    return (ends[0], ends[1])
}
