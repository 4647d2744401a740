import FoundationEssentials
import Glibc

/// Instants as text, in UTC. Foundation's formatters cost more than the rest of a record.
public enum UTCTime {
    /// RFC 3339 with milliseconds: `2026-11-21T08:15:00.250Z`.
    /// - Parameter seconds: since 1970.
    public static func text(_ seconds: Double) -> String {
        // What no clock shows: a file may contain any number.
        let milliseconds = Int((min(max(seconds.isNaN ? 0 : seconds, -6e10), 2.5e11) * 1000).rounded())
        let whole = milliseconds >= 0 ? milliseconds / 1000 : (milliseconds - 999) / 1000
        let rest = String(milliseconds - whole * 1000)
        return format(whole, "%Y-%m-%dT%H:%M:%S") + "." + String(repeating: "0", count: 3 - rest.count) + rest + "Z"
    }

    /// Seconds since 1970 of an instant as RFC 3339 writes it, in UTC or with an offset, with parts of a second or without; nil for
    /// anything else.
    public static func seconds(of text: String) -> Double? {
        let date = (try? Date(text, strategy: withFractions)) ?? (try? Date(text, strategy: .iso8601))
        return date?.timeIntervalSince1970
    }

    private static let withFractions = Date.ISO8601FormatStyle(includingFractionalSeconds: true)

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
