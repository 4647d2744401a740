import Glibc

/// Delivers pictures at the rate at which they were taken, where their bytes come faster: from files, and from playlists, whose
/// segments come at once.
struct Pace {
    /// The moment at which a picture of time `seconds` is due.
    private var origin: (seconds: Double, monotonic: UInt64)?
    /// Seconds that a frame lasts where a frame has no time stamp.
    private let assumedInterval: Double
    /// Lateness after which playing goes on from there, rather than in a rush.
    private static let patience = 1.0
    /// A longer wait is a jump of the time stamps.
    private static let longest = 10.0

    init(averageFrameRate: Double?) { assumedInterval = 1 / (averageFrameRate ?? 25) }

    /// Waits until `frame` is due, which becomes its arrival.
    mutating func hold(_ frame: inout Frame, _ interrupt: Interrupt) {
        let seconds = frame.ptsSeconds ?? Double(frame.index) * assumedInterval
        let now = monotonicNanoseconds()
        let due = origin.map { Double($0.monotonic) / 1e9 + seconds - $0.seconds }
        guard let due, (-Self.patience...Self.longest).contains(due - Double(now) / 1e9) else {
            origin = (seconds, now)
            frame.arrival = .now
            return
        }
        let moment = UInt64(due * 1e9)
        while !interrupt.isCancelled {
            let now = monotonicNanoseconds()
            if now >= moment { break }
            // Short waits, so that a cancellation is noticed soon.
            usleep(UInt32(min((moment - now) / 1000 + 1, 20_000)))
        }
        frame.arrival = Arrival(monotonic: moment)
    }
}
