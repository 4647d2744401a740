import Models

/// What is done when a live input breaks off.
public enum Reconnection: Sendable, Equatable {
    /// The input ends with its first break.
    case never
    /// It is tried again until it comes back or the run is stopped.
    case forever
    /// It is given up when it has been away for so many seconds.
    case within(seconds: Double)

    /// Seconds that may still be spent on an input that has been away for `seconds`.
    func remaining(after seconds: Double) -> Double {
        switch self {
        case .never: 0
        case .forever: .infinity
        case .within(let limit): limit - seconds
        }
    }

    /// Seconds to wait before the attempt of this number, counted from 0: from half a second doubling to 30 s, of which chance
    /// takes off up to a half, so that many readers do not fall on a server that comes back at the same moment.
    static func delay(beforeAttempt attempt: Int) -> Double {
        min(0.5 * Double(1 << min(attempt, 10)), 30) * Double.random(in: 0.5...1)
    }

    /// Whether trying again cannot help.
    /// - Parameter hasPlayed: whether pictures came before; then the source is being changed rather than wrong.
    static func isHopeless(_ error: DeepVidError, hasPlayed: Bool) -> Bool {
        switch error.code {
        case .refused, .invalidOptions, .internalFailure: true
        case .unsupported, .noVideoStream: !hasPlayed
        default: false
        }
    }
}
