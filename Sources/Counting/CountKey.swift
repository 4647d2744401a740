/// What counts are told apart by.
public enum CountKey: String, CaseIterable, Sendable {
    /// On the clock of a time zone: of a date, or, with `day` or `weekday`, of the day.
    case hour
    /// The date.
    case day
    /// Monday to Sunday.
    case weekday
    /// The label.
    case `class`
    /// Counts the times that somebody came into a zone.
    case zone
    /// Counts the times that a line was crossed.
    case line
    /// The input; of recordings, what their names have besides the time.
    case camera

    /// Whether it needs a time of day.
    public var isTime: Bool { self == .hour || self == .day || self == .weekday }
}
