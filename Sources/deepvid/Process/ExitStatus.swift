/// What the process says to its caller. Documented in deepvid(1), EXIT STATUS.
enum ExitStatus: Equatable {
    /// Everything that was asked for is out; also when the reader closed the pipe.
    case done
    /// An input broke on the way, or the output could not be written.
    case failed
    /// Nothing could be done: an unusable input, model or flag.
    case unusable
    /// A signal ended the run after the frame it came in.
    case interrupted(signal: Int32)

    var code: Int32 {
        switch self {
        case .done: 0
        case .failed: 1
        case .unusable: 2
        case .interrupted(let signal): 128 + signal
        }
    }
}

/// An error for the person at the terminal: one line that says what is wrong and what to do.
struct Complaint: Error {
    let status: ExitStatus
    let message: String

    /// The exit status is 2.
    static func unusable(_ message: String) -> Complaint { Complaint(status: .unusable, message: message) }
    /// The exit status is 1.
    static func failed(_ message: String) -> Complaint { Complaint(status: .failed, message: message) }
}
