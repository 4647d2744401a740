import Clocks

/// Names of hours on the clock of a time zone: `2026-11-21T18:00+01:00`. With the offset, the two hours that are both called 2 o'clock
/// when summer time ends have names of their own.
struct HourNames {
    private let zone: Zone
    /// By quarter of an hour since 1970: no zone is off by less.
    private var names: [Int: String] = [:]

    init(_ zone: Zone) { self.zone = zone }

    /// - Parameter time: as in records.
    /// - Returns: nil where that is no time.
    mutating func name(of time: String) -> String? { UTCTime.seconds(of: time).flatMap { name(of: $0) } }

    /// - Parameter seconds: since 1970.
    mutating func name(of seconds: Double) -> String? {
        guard abs(seconds) < 1e11 else { return nil }
        let quarter = Int((seconds / 900).rounded(.down))
        if let known = names[quarter] { return known }
        // A bound on memory: a year has 35,000.
        if names.count > 100_000 { names.removeAll() }
        let offset = zone.offset(at: Double(quarter) * 900)
        let name = "\(UTCTime.text(Double(quarter * 900 + offset)).prefix(13)):00\(Zone.text(offset: offset))"
        names[quarter] = name
        return name
    }
}
