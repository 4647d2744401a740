/// A point of time as people write it: a time of day, a date, a date with a time of day, or an instant.
public enum ClockTime: Sendable, Equatable {
    /// `22:00`, `22:00:30`, `24:00`: of every day, in seconds since midnight, 0…86,400.
    case daily(Double)
    /// `2026-11-28 22:00`, `2026-11-28T22:00:30`: what clocks show, in seconds since 1970 of a clock that shows UTC.
    case shown(Double)
    /// `2026-11-28`: the day's beginning, likewise.
    case day(Double)
    /// `2026-11-28T21:00:00Z`, `2026-11-28T22:00:00+01:00`: seconds since 1970.
    case instant(Double)

    /// - Returns: nil for anything else, and for days and times that there are not.
    public init?(_ text: String) {
        if let match = text.wholeMatch(of: /([0-9]{1,2}):([0-9]{2})(?::([0-9]{2}))?/) {
            guard let seconds = Self.seconds(match.1, match.2, match.3) else { return nil }
            self = .daily(seconds)
        } else if let match = text.wholeMatch(of: /([0-9]{4})-([0-9]{2})-([0-9]{2})(?:[T ]([0-9]{1,2}):([0-9]{2})(?::([0-9]{2}))?)?/) {
            guard let day = CalendarDay.seconds(year: Int(match.1)!, month: Int(match.2)!, day: Int(match.3)!) else { return nil }
            guard let hour = match.4 else {
                self = .day(day)
                return
            }
            guard let seconds = Self.seconds(hour, match.5!, match.6 ?? nil) else { return nil }
            self = .shown(day + seconds)
        } else if let seconds = UTCTime.seconds(of: text) {
            self = .instant(seconds)
        } else {
            return nil
        }
    }

    /// `22:00` for `10pm`, `22:30` for `10:30 PM`, `22:00` for `22` and `22h`: what is meant by a time of day that is written otherwise; nil
    /// where that cannot be told.
    public static func meant(by text: String) -> String? {
        let pattern = /([0-9]{1,2})(?:[:.h]([0-9]{2}))? ?(?:([AaPp])\.?[Mm]\.?|[Hh]|o'clock)?/
        guard let match = text.wholeMatch(of: pattern), var hour = Int(match.1), let minute = Int(match.2 ?? "0") else { return nil }
        if let half = match.3?.lowercased() {
            guard (1...12).contains(hour) else { return nil }
            hour = hour % 12 + (half == "p" ? 12 : 0)
        }
        guard hour < 24, minute < 60 else { return nil }
        func two(_ value: Int) -> String { value < 10 ? "0\(value)" : "\(value)" }
        return "\(two(hour)):\(two(minute))"
    }

    private static func seconds(_ hour: Substring, _ minute: Substring, _ second: Substring?) -> Double? {
        let parts = [hour, minute, second ?? "0"].map { Double($0)! }
        let seconds = parts[0] * 3600 + parts[1] * 60 + parts[2]
        return parts[1] < 60 && parts[2] < 60 && seconds <= 86400 ? seconds : nil
    }
}
