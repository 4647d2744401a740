/// A stretch of time on the clock of a zone: between two instants, or between two times of every day.
public struct TimeWindow: Sendable {
    private enum Bounds: Sendable {
        /// Seconds since 1970.
        case once(from: Double, to: Double)
        /// Seconds since midnight. What begins in the evening ends in the morning: `to` is greater than `from`, and may be of the next day.
        case daily(from: Double, to: Double)
    }

    private let bounds: Bounds
    private let zone: Zone

    public enum Mistake: Error, Sendable {
        /// One end is of every day, and the other one is not.
        case mixed
        /// The end is not after the beginning.
        case empty
    }

    private static let day = 86400.0

    /// - Parameters:
    ///   - from: nil begins at midnight where `to` is of every day, else with the first record.
    ///   - to: is itself not in it; a date is, to its end. Nil likewise.
    /// - Returns: nil where neither is given.
    public init?(from: ClockTime?, to: ClockTime?, zone: Zone) throws(Mistake) {
        if from == nil, to == nil { return nil }
        self.zone = zone
        func isDaily(_ time: ClockTime?) -> Bool? { time.map { if case .daily = $0 { true } else { false } } }
        if let first = isDaily(from), let last = isDaily(to), first != last { throw .mixed }
        guard isDaily(from) ?? isDaily(to)! else {
            let first = from.map { Self.instant($0, zone, isEnd: false) } ?? -.infinity
            let last = to.map { Self.instant($0, zone, isEnd: true) } ?? .infinity
            guard first < last else { throw .empty }
            bounds = .once(from: first, to: last)
            return
        }
        func seconds(_ time: ClockTime?) -> Double? { if case .daily(let seconds) = time { seconds } else { nil } }
        let first = seconds(from) ?? 0, last = seconds(to) ?? Self.day
        bounds = .daily(from: first, to: last > first ? last : last + Self.day)
    }

    private static func instant(_ time: ClockTime, _ zone: Zone, isEnd: Bool) -> Double {
        switch time {
        case .instant(let seconds): seconds
        case .shown(let shown): zone.instant(shown: shown).seconds
        case .day(let shown): zone.instant(shown: isEnd ? shown + day : shown).seconds
        case .daily: preconditionFailure("a time of every day is no instant")
        }
    }

    /// Whether any of a stretch of time is in it.
    /// - Parameter span: in seconds since 1970; may be of no length.
    public func overlaps(_ span: ClosedRange<Double>) -> Bool {
        switch bounds {
        case .once(let from, let to): return span.lowerBound < to && span.upperBound >= from
        case .daily(let from, let to):
            let first = shown(span.lowerBound), last = shown(span.upperBound)
            // Of the days on which it has begun by the end of the span, the latest ends last.
            let latest = ((last - from) / Self.day).rounded(.down) * Self.day
            return first < latest + to
        }
    }

    public func contains(_ seconds: Double) -> Bool { overlaps(seconds...seconds) }

    private func shown(_ seconds: Double) -> Double { seconds + Double(zone.offset(at: seconds)) }

    /// The same after a verb: `between 22:00 and 06:00`, `from 2026-11-28 22:00 on`, `up to 2026-11-29 06:00`.
    public var phrase: String {
        let text = description, parts = text.split(separator: " to ", maxSplits: 1)
        return parts.count == 2 && parts[0] != "up" ? "between \(parts[0]) and \(parts[1])" : text
    }

    /// `22:00 to 06:00`, `2026-11-28 22:00 to 2026-11-29 06:00`, `from 2026-11-28 22:00 on`
    public var description: String {
        func text(_ seconds: Double, hasDate: Bool) -> String {
            let text = hasDate ? zone.timeOfDay(seconds, hasDate: true) : Zone.utc.timeOfDay(seconds)
            return text.hasSuffix(":00") ? String(text.dropLast(3)) : text
        }
        switch bounds {
        case .daily(let from, let to): return "\(text(from, hasDate: false)) to \(to == Self.day ? "24:00" : text(to, hasDate: false))"
        case .once(let from, let to):
            if to == .infinity { return "from \(text(from, hasDate: true)) on" }
            return (from == -.infinity ? "up to " : text(from, hasDate: true) + " to ") + text(to, hasDate: true)
        }
    }
}
