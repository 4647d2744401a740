import Clocks

/// Numbers as people read them. Foundation's formats are slow to load, and JSON's writers are not for people.
package enum Format {
    package static func decimal(_ value: Double, _ places: Int) -> String {
        guard value.isFinite, abs(value) < 1e12 else { return "\(value)" }
        let scale = (0..<places).reduce(1) { scale, _ in scale * 10 }
        let units = Int((abs(value) * Double(scale)).rounded())
        let sign = value < 0 && units > 0 ? "-" : ""
        return places == 0 ? "\(sign)\(units)" : "\(sign)\(units / scale).\(padded(units % scale, places))"
    }

    /// With zeros before the number, so that names sort by it.
    package static func padded(_ number: Int, _ digits: Int) -> String {
        let text = "\(number)"
        return String(repeating: "0", count: max(0, digits - text.count)) + text
    }

    /// `12 345`, with narrow spaces that do not break.
    static func count(_ value: Int) -> String {
        value.magnitude < 1000 ? "\(value)" : "\(count(value / 1000))\u{202F}\(padded(abs(value % 1000), 3))"
    }

    static func count(_ value: Int, _ noun: String) -> String { "\(count(value)) \(noun)\(value == 1 ? "" : "s")" }

    /// At most two decimals: `25`, `12.5`, `29.97`.
    static func short(_ value: Double) -> String {
        let text = decimal(value, 2)
        return text.hasSuffix(".00") ? String(text.dropLast(3)) : text.hasSuffix("0") && text.contains(".") ? String(text.dropLast()) : text
    }

    package static func percent(_ share: Double, _ places: Int = 0) -> String { share.isFinite ? "\(decimal(100 * share, places)) %" : "–" }

    static func milliseconds(_ value: Double) -> String { "\(decimal(value, value > 0 && value < 10 ? 1 : 0)) ms" }

    /// `1:02:03`, `2:03`; in a span of less than 100 seconds `2:03.4`.
    package static func time(_ seconds: Double, within span: Double = .infinity) -> String {
        guard seconds.isFinite, abs(seconds) < 1e9 else { return "–" }
        return span < 100 && abs(seconds) < 1e6 ? tenths(seconds) : clock(seconds.rounded(), withMilliseconds: false)
    }

    /// `18:05:00`, with the date `2026-11-21 18:05:00`, on the clock of `zone`.
    /// - Parameter seconds: since 1970.
    package static func timeOfDay(_ seconds: Double, _ zone: Zone, hasDate: Bool) -> String {
        zone.timeOfDay(seconds, hasDate: hasDate)
    }

    private static func tenths(_ seconds: Double) -> String {
        let tenths = Int((abs(seconds) * 10).rounded())
        return "\(seconds < 0 && tenths > 0 ? "-" : "")\(tenths / 600):\(padded(tenths / 10 % 60, 2)).\(tenths % 10)"
    }

    /// `1:02:03.456`, `2:03.456`.
    package static func clock(_ seconds: Double, withMilliseconds: Bool = true) -> String {
        guard seconds.isFinite, abs(seconds) < 1e9 else { return "\(seconds) s" }
        let milliseconds = Int((abs(seconds) * 1000).rounded())
        let (hours, minutes) = (milliseconds / 3_600_000, milliseconds / 60_000 % 60)
        let tail = padded(milliseconds / 1000 % 60, 2) + (withMilliseconds ? ".\(padded(milliseconds % 1000, 3))" : "")
        let sign = seconds < 0 && milliseconds > 0 ? "-" : ""
        return hours > 0 ? "\(sign)\(hours):\(padded(minutes, 2)):\(tail)" : "\(sign)\(minutes):\(tail)"
    }
}
