import Concurrency
import Glibc

/// Ends this process when the one that supervises it has ended, however that came about: the supervisor holds the other end of the pipe
/// that is this process's standard input, and the system closes it when the supervisor is gone.
public enum Lifeline {
    /// Set for processes whose standard input is such a pipe.
    static let variable = "DEEPVID_LIFELINE"
    /// Whether `deepvid run` started this process. Set before other threads start.
    nonisolated(unsafe) public private(set) static var isSupervised = false
    /// Seconds that the orderly end may take.
    private static let patience: UInt32 = 20

    /// To be called before other threads start. Does nothing in a process that nobody supervises.
    public static func watch() {
        guard getenv(variable) != nil else { return }
        unsetenv(variable)
        isSupervised = true
        // Signals are for other threads; this one must not even be asked.
        var all = sigset_t(), before = sigset_t()
        sigfillset(&all)
        pthread_sigmask(SIG_BLOCK, &all, &before)
        _ = startThread(named: "deepvid lifeline") {
            var end = pollfd(fd: STDIN_FILENO, events: 0, revents: 0)
            while poll(&end, 1, -1) < 0, errno == EINTR {}
            kill(getpid(), SIGTERM)
            sleep(patience)
            _exit(1)
        }
        pthread_sigmask(SIG_SETMASK, &before, nil)
    }
}
