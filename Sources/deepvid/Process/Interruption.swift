import Concurrency
import Glibc
import Synchronization

/// Turns the first SIGINT, SIGTERM or SIGHUP into an orderly end and lets the second one kill.
///
/// The signals are blocked in every thread and taken by one that does nothing else, so that what runs on arrival is
/// ordinary code and not a signal handler. Must be installed before other threads start, for they inherit the mask.
final class Interruption: Sendable {
    private let received = Atomic<Int32>(0)
    private let isArmed = Atomic<Bool>(false)
    private let onSignal: @Sendable () -> Void

    /// The signal that came, if one did.
    var signal: Int32? {
        let value = received.load(ordering: .acquiring)
        return value == 0 ? nil : value
    }

    /// Until `arm()`, a signal kills as usual: there is nothing to finish yet.
    /// - Parameter onSignal: called once, on the signal thread.
    static func install(onSignal: @escaping @Sendable () -> Void) -> Interruption {
        let interruption = Interruption(onSignal: onSignal)
        var set = signals
        pthread_sigmask(SIG_BLOCK, &set, nil)
        // The thread lives as long as the process. Where nobody takes them, signals kill as usual.
        if !startThread(named: "deepvid signals", { interruption.wait() }) { pthread_sigmask(SIG_UNBLOCK, &set, nil) }
        return interruption
    }

    /// From now on, the first signal is for `onSignal`.
    func arm() { isArmed.store(true, ordering: .releasing) }

    private init(onSignal: @escaping @Sendable () -> Void) { self.onSignal = onSignal }

    private func wait() {
        var set = Self.signals
        var number: Int32 = 0
        guard sigwait(&set, &number) == 0 else { return }
        received.store(number, ordering: .releasing)
        // From now on this thread takes the signals by default, which is to die.
        pthread_sigmask(SIG_UNBLOCK, &set, nil)
        if isArmed.load(ordering: .acquiring) { onSignal() } else { raise(number) }
        while true { pause() }
    }

    /// A signal that the parent ignores (`nohup`) stays ignored.
    private static var signals: sigset_t {
        var set = sigset_t()
        sigemptyset(&set)
        for number in [SIGINT, SIGTERM, SIGHUP] {
            var action = sigaction()
            sigaction(number, nil, &action)
            if unsafeBitCast(action.__sigaction_handler.sa_handler, to: Int.self) != unsafeBitCast(SIG_IGN, to: Int.self) {
                sigaddset(&set, number)
            }
        }
        return set
    }
}
