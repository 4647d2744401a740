import Glibc

/// A time zone: how far its clocks are ahead of UTC, and when.
///
/// glibc knows the rules of one zone in a process, that of `TZ` or of the system: `named(_:)` chooses it, once, before there are threads.
public struct Zone: Sendable {
    /// As in the time zone database, `UTC`, or an offset such as `+01:00`.
    public let name: String
    /// Seconds ahead of UTC at an instant, in seconds since 1970.
    private let rule: @Sendable (Double) -> Int

    public init(name: String, rule: @escaping @Sendable (Double) -> Int) { (self.name, self.rule) = (name, rule) }

    public static let utc = Zone(name: "UTC") { _ in 0 }

    /// - Parameter seconds: ahead of UTC.
    public init(offset seconds: Int) { self.init(name: Self.text(offset: seconds)) { _ in seconds } }

    /// The one that this process lives in.
    public static var local: Zone { Zone(name: localName, rule: offsetHere) }

    /// Makes a zone the one that this process lives in. Not while other threads run: it is a variable of the environment.
    ///
    /// - Parameter name: `UTC`, `local`, or as in the time zone database: `Europe/Berlin`.
    /// - Returns: nil if the system's database does not have it. (glibc would take UTC for it, without a word.)
    public static func named(_ name: String) -> Zone? {
        if name == "local" { return local }
        if name == "UTC" { return utc }
        let folder = getenv("TZDIR").map { String(cString: $0) } ?? "/usr/share/zoneinfo"
        var status = stat()
        guard name.wholeMatch(of: /[A-Za-z][A-Za-z0-9_+\-]*(\/[A-Za-z][A-Za-z0-9_+\-]*)*/) != nil,
            stat("\(folder)/\(name)", &status) == 0, status.st_mode & S_IFMT == S_IFREG
        else { return nil }
        setenv("TZ", ":\(name)", 1)
        tzset()
        return Zone(name: name, rule: offsetHere)
    }

    public func offset(at seconds: Double) -> Int { rule(seconds) }

    /// What its clocks show to the second: `18:05:00`, with the date `2026-11-21 18:05:00`.
    /// - Parameter seconds: since 1970.
    public func timeOfDay(_ seconds: Double, hasDate: Bool = false) -> String {
        guard seconds.isFinite, abs(seconds) < 1e11 else { return "–" }
        let seconds = seconds.rounded()
        let text = UTCTime.text(seconds + Double(offset(at: seconds))).prefix(19)
        return String(hasDate ? text.prefix(10) + " " + text.suffix(8) : text.suffix(8))
    }

    /// For names of files: `20261128T220007+0100`, what its clocks show, and how far they are ahead of UTC.
    /// - Parameter seconds: since 1970.
    public func compact(_ seconds: Double) -> String {
        let offset = offset(at: seconds)
        return UTCTime.compact(seconds + Double(offset)).dropLast() + Self.text(offset: offset).replacing(":", with: "")
    }

    /// `+01:00`
    public static func text(offset: Int) -> String {
        let minutes = abs(offset) / 60
        func two(_ value: Int) -> String { value < 10 ? "0\(value)" : "\(value)" }
        return "\(offset < 0 ? "-" : "+")\(two(minutes / 60)):\(two(minutes % 60))"
    }

    /// The instant at which clocks show a time.
    ///
    /// - Parameter shown: the time that they show, in seconds since 1970 of a clock that shows UTC.
    /// - Returns: of the two times at which they show it, when they are set back, the first; of a time that is left out, when they are
    ///   set forward, what a clock shows that was not set yet.
    public func instant(shown: Double) -> (seconds: Double, isAmbiguous: Bool) {
        let day = 86400.0
        let before = rule(shown - day), after = rule(shown + day)
        let fits = Set([before, after]).filter { rule(shown - Double($0)) == $0 }
        let offset = fits.max() ?? before
        return (shown - Double(offset), fits.count > 1)
    }

    private static func offsetHere(_ seconds: Double) -> Int {
        guard abs(seconds) < 1e11 else { return 0 }
        var time = time_t(seconds.rounded(.down)), parts = tm()
        return localtime_r(&time, &parts) == nil ? 0 : parts.tm_gmtoff
    }

    /// By `TZ`, or by what the system's zone is a link to; else the offset of today.
    private static var localName: String {
        if let name = getenv("TZ").map({ String(cString: $0) }), !name.isEmpty {
            return name.hasPrefix(":") ? String(name.dropFirst()) : name
        }
        if let path = realpath("/etc/localtime", nil) {
            defer { free(path) }
            let parts = String(cString: path).split(separator: "/")
            if let at = parts.lastIndex(of: "zoneinfo"), at + 1 < parts.count { return parts[(at + 1)...].joined(separator: "/") }
        }
        return text(offset: offsetHere(Double(time(nil))))
    }
}
