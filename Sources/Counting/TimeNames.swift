import Clocks

/// What hours, days and weekdays are called on the clock of a time zone.
///
/// An hour is `2026-11-21T18:00+01:00`: with the offset, the two hours that are both called 2 o'clock when summer time ends have names of
/// their own. Beside a day or weekday it is `18:00`.
struct TimeNames {
    static let weekdays = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"]

    private let zone: Zone
    private let keys: [CountKey]
    private let isHourOfDay: Bool
    /// By quarter of an hour since 1970: no zone is off by less.
    private var names: [Int: [CountKey: String]] = [:]

    init(_ zone: Zone, _ keys: [CountKey]) {
        (self.zone, self.keys) = (zone, keys.filter(\.isTime))
        isHourOfDay = keys.contains(.day) || keys.contains(.weekday)
    }

    /// - Parameter seconds: since 1970.
    /// - Returns: a name for each key that is of time; nil where that is no time.
    mutating func names(at seconds: Double) -> [CountKey: String]? {
        guard abs(seconds) < 1e11 else { return nil }
        let quarter = Int((seconds / 900).rounded(.down))
        if let known = names[quarter] { return known }
        // A bound on memory: a year has 35,000.
        if names.count > 100_000 { names.removeAll() }
        let offset = zone.offset(at: Double(quarter) * 900), shown = Double(quarter * 900 + offset)
        let text = UTCTime.text(shown)
        let made = keys.reduce(into: [CountKey: String]()) { made, key in
            switch key {
            case .hour: made[key] = isHourOfDay ? "\(text.dropFirst(11).prefix(2)):00" : "\(text.prefix(13)):00\(Zone.text(offset: offset))"
            case .day: made[key] = String(text.prefix(10))
            // 1 January 1970 was a Thursday.
            default: made[key] = Self.weekdays[((Int((shown / 86400).rounded(.down)) + 3) % 7 + 7) % 7]
            }
        }
        names[quarter] = made
        return made
    }

    /// What names are sorted by.
    static func rank(_ name: String, of key: CountKey) -> String {
        key == .weekday ? weekdays.firstIndex(of: name).map { "\($0)" } ?? "" : name
    }
}
