import Glibc

/// Instants as text, in UTC. Foundation's formatters cost more than the rest of a record.
public enum UTCTime {
    /// RFC 3339 with milliseconds: `2026-11-21T08:15:00.250Z`.
    /// - Parameter seconds: since 1970.
    public static func text(_ seconds: Double) -> String {
        let milliseconds = Int((seconds * 1000).rounded())
        let whole = milliseconds >= 0 ? milliseconds / 1000 : (milliseconds - 999) / 1000
        let rest = String(milliseconds - whole * 1000)
        return format(whole, "%Y-%m-%dT%H:%M:%S") + "." + String(repeating: "0", count: 3 - rest.count) + rest + "Z"
    }

    /// For names of files, which sort by it: `20261121T081500Z`.
    public static func compact(_ seconds: Double) -> String { format(Int(seconds.rounded(.down)), "%Y%m%dT%H%M%SZ") }

    private static func format(_ seconds: Int, _ pattern: String) -> String {
        var time = time_t(seconds)
        var parts = tm()
        gmtime_r(&time, &parts)
        return withUnsafeTemporaryAllocation(of: CChar.self, capacity: 40) { text in
            strftime(text.baseAddress!, text.count, pattern, &parts)
            return String(cString: text.baseAddress!)
        }
    }
}
