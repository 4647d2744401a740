import Concurrency
import DeepVid
import Glibc
import Synchronization

/// Turns the first SIGINT, SIGTERM or SIGHUP into an orderly end and lets the second one kill.
///
/// The signals are blocked in every thread and taken by one that does nothing else, so that what runs on arrival is
/// ordinary code and not a signal handler. Must be installed before other threads start, for they inherit the mask.
final class Interruption: Sendable {
    private let received = Atomic<Int32>(0)
    private let isArmed = Atomic<Bool>(false)
    /// Stopped by the signal, on the signal thread.
    let control = RunControl()

    /// How the process ends after the signal that came, if one did.
    var status: ExitStatus? {
        let signal = received.load(ordering: .acquiring)
        return signal == 0 ? nil : .interrupted(signal: signal)
    }

    /// Until `arm()`, a signal kills as usual: there is nothing to finish yet.
    static func install() -> Interruption {
        let interruption = Interruption()
        var set = signals
        pthread_sigmask(SIG_BLOCK, &set, nil)
        // The thread lives as long as the process. Where nobody takes them, signals kill as usual.
        if !startThread(named: "deepvid signals", { interruption.wait() }) { pthread_sigmask(SIG_UNBLOCK, &set, nil) }
        return interruption
    }

    /// From now on, the first signal stops `control`.
    func arm() { isArmed.store(true, ordering: .releasing) }

    private func wait() {
        var set = Self.signals
        var number: Int32 = 0
        guard sigwait(&set, &number) == 0 else { return }
        received.store(number, ordering: .releasing)
        // From now on this thread takes the signals by default, which is to die.
        pthread_sigmask(SIG_UNBLOCK, &set, nil)
        if isArmed.load(ordering: .acquiring) { control.stop() } else { raise(number) }
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
