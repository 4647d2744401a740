/// A stream's own time: ticks since the input's beginning, in which jumps of the clock are closed.
///
/// Clocks jump where recordings were joined, where a sender restarted, and where a single time stamp is wrong. Then the frame comes one
/// interval after the one before it, and time goes on from there, as ffmpeg has it.
struct Timeline {
    /// The time stamp at which the input begins.
    let origin: Int64
    /// Ticks that a frame lasts where time stamps do not say it.
    let interval: Int64
    /// A longer step forwards is a jump, as is any step backwards.
    private let longest: Int64
    /// What is taken off time stamps now, and what was before the last jump: a single wrong stamp ends no clock.
    private var (offset, earlier): (Int64, Int64?)
    private(set) var last: Int64?
    private(set) var hasJumped = false

    init(origin: Int64, interval: Int64, longest: Int64) {
        (self.origin, self.interval, self.longest) = (origin, max(interval, 1), max(longest, 1))
        (offset, earlier) = (origin, nil)
    }

    /// Where the next frame is; `pts` is its time stamp, if it has one.
    mutating func position(of pts: Int64?) -> Int64 {
        guard let pts else { return move(to: last.map { $0 &+ interval } ?? 0) }
        guard let last else { return move(to: pts &- offset) }
        let now = step(to: pts, offset, last), before = earlier.flatMap { step(to: pts, $0, last) }
        if let now, now <= before ?? .max { return move(to: last &+ now) }
        let next = last &+ (before ?? interval)
        if before == nil { hasJumped = true }
        (offset, earlier) = (pts &- next, offset)
        return move(to: next)
    }

    /// Forgets the last frame: the next one is placed by its time stamp.
    mutating func reset() { (offset, earlier, last, hasJumped) = (origin, nil, nil, false) }

    /// Goes on after the frame with time stamp `pts`, which was at `position`.
    mutating func resume(pts: Int64, at position: Int64) { (offset, earlier, last) = (pts &- position, nil, position) }

    private mutating func move(to position: Int64) -> Int64 {
        last = position
        return position
    }

    /// Ticks from `last` to `pts` if they are no jump.
    private func step(to pts: Int64, _ offset: Int64, _ last: Int64) -> Int64? {
        let (step, overflows) = (pts &- offset).subtractingReportingOverflow(last)
        return !overflows && (0...longest).contains(step) ? step : nil
    }
}
