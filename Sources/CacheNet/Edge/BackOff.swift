/// When the edge is asked again after it gave no answer: later from time to time, so that a device does not wait for it at every frame.
public struct BackOff: Sendable, Equatable {
    public static let shortest = Duration.milliseconds(250)
    public static let longest = Duration.seconds(30)

    private var failures = 0
    private var until: ContinuousClock.Instant?

    public init() {}

    /// Whether it is time to ask.
    public func isOver(_ now: ContinuousClock.Instant = .now) -> Bool { until.map { now >= $0 } ?? true }

    public mutating func succeeded() { self = BackOff() }

    /// - Parameter retryAfter: what the edge asked for, if anything; more than `longest` is not believed.
    public mutating func failed(_ now: ContinuousClock.Instant = .now, retryAfter: Duration? = nil) {
        let usual = min(Self.shortest * (1 << min(failures, 10)), Self.longest)
        failures += 1
        until = now + min(max(usual, retryAfter ?? .zero), Self.longest)
    }
}
