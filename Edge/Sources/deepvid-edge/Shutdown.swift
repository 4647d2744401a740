import Concurrency
import EdgeServer
import Glibc
import Logging
import Synchronization

/// Turns the first SIGTERM or SIGINT into an orderly end, and lets the second one kill.
final class Shutdown: Sendable {
    private let armed = Mutex<(host: EdgeHost, drainTime: Duration, logger: Logger)?>(nil)

    /// Blocks the signals in this thread and those that it starts; a thread of its own takes them.
    static func install() -> Shutdown {
        let shutdown = Shutdown()
        var set = signals
        pthread_sigmask(SIG_BLOCK, &set, nil)
        guard startThread(named: "signals", { shutdown.wait() }) else {
            say("deepvid-edge: error: \(threadShortage)", on: STDERR_FILENO)
            exit(2)
        }
        return shutdown
    }

    /// From now on, the first signal ends `host`: by `drainTime` at the latest, with status 0. Before, there is nothing to finish.
    func arm(_ host: EdgeHost, drainTime: Duration, _ logger: Logger) {
        armed.withLock { $0 = (host, drainTime, logger) }
    }

    private func wait() {
        var set = Self.signals
        var number: Int32 = 0
        guard sigwait(&set, &number) == 0 else { return }
        pthread_sigmask(SIG_UNBLOCK, &set, nil)
        guard let armed = armed.withLock({ $0 }) else { _exit(128 + number) }
        armed.logger.info("ending", metadata: ["signal": "\(number)", "unfinished": "\(armed.host.unfinished)"])
        Task { await armed.host.drain() }
        let end = ContinuousClock.now + armed.drainTime
        while ContinuousClock.now < end { usleep(10_000) }
        // If all requests end in time, the main thread ends the process before.
        armed.logger.warning("cut off", metadata: ["unfinished": "\(armed.host.unfinished)"])
        _exit(0)
    }

    private static var signals: sigset_t {
        var set = sigset_t()
        sigemptyset(&set)
        sigaddset(&set, SIGTERM)
        sigaddset(&set, SIGINT)
        return set
    }
}
