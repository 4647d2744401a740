import Glibc
import Results

/// What the process says to its caller. Documented in deepvid(1), EXIT STATUS.
enum ExitStatus: Equatable {
    /// Everything that was asked for is out; also when the reader closed the pipe.
    case done
    /// An input broke on the way, or the output could not be written.
    case failed
    /// Nothing could be done: an unusable input, model or flag.
    case unusable
    /// Another deepvid writes the same output: later it may be done. `EX_TEMPFAIL` of sysexits(3).
    case busy
    /// A signal ended the run after the frame it came in.
    case interrupted(signal: Int32)

    /// That of several inputs, none of which keeps the others from being done.
    init(of inputs: [ExitStatus]) {
        let isUnusable = inputs.contains(.unusable) && !inputs.contains { $0 != .unusable }
        self = isUnusable ? .unusable : inputs.contains { $0 != .done } ? .failed : .done
    }

    /// Ends the process. After a signal it ends by that signal, as the shell and service managers expect of a program that was
    /// told to stop: `set -e` loops end on Ctrl-C, and systemd counts SIGTERM as a clean stop.
    func exit() -> Never {
        switch self {
        case .done: Glibc.exit(0)
        case .failed: Glibc.exit(1)
        case .unusable: Glibc.exit(2)
        case .busy: Glibc.exit(75)
        case .interrupted(let number):
            signal(number, SIG_DFL)
            var set = sigset_t()
            sigemptyset(&set)
            sigaddset(&set, number)
            pthread_sigmask(SIG_UNBLOCK, &set, nil)
            raise(number)
            // The first process of a container does not die of signals.
            Glibc.exit(128 + number)
        }
    }
}

/// An error for the person at the terminal: one line that says what is wrong and what to do.
struct CLIError: Error, CustomStringConvertible {
    let status: ExitStatus
    let description: String

    /// The exit status is 2.
    static func unusable(_ description: String) -> CLIError { CLIError(status: .unusable, description: description) }
    /// The exit status is 1.
    static func failed(_ description: String) -> CLIError { CLIError(status: .failed, description: description) }
    /// The exit status is 75: another deepvid is at work there.
    static func busy(_ description: String) -> CLIError { CLIError(status: .busy, description: description) }
    /// A full disk has room again later, so the exit status is 1: who supervises may try again soon. Else it is 2.
    static func cannotWrite(_ description: String, _ error: OutputError) -> CLIError {
        error.code == .full ? failed(description) : unusable(description)
    }
}
