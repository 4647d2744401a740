/// Numbers as people read them.
enum Figures {
    static func count(_ value: Int) -> String {
        let digits = String(value.magnitude)
        var grouped = ""
        for (index, digit) in digits.enumerated() {
            // Narrow and unbreakable.
            if index > 0, (digits.count - index) % 3 == 0 { grouped += "\u{202F}" }
            grouped.append(digit)
        }
        return value < 0 ? "-" + grouped : grouped
    }

    static func count(_ value: Int, _ noun: String) -> String { "\(count(value)) \(noun)\(value == 1 ? "" : "s")" }

    /// Two decimals where they say something: `25`, `12.5`, `29.97`.
    static func short(_ value: Double) -> String {
        let text = decimal(value, 2)
        return text.hasSuffix(".00") ? String(text.dropLast(3)) : text.hasSuffix("0") && text.contains(".") ? String(text.dropLast()) : text
    }

    static func percent(_ share: Double, _ places: Int = 0) -> String { share.isFinite ? "\(decimal(100 * share, places)) %" : "–" }

    static func milliseconds(_ value: Double) -> String { "\(decimal(value, value > 0 && value < 10 ? 1 : 0)) ms" }

    /// `1:02:03`, `2:03`.
    static func time(_ seconds: Double) -> String {
        guard seconds.isFinite, abs(seconds) < 1e9 else { return "–" }
        let total = Int(abs(seconds).rounded())
        let (hours, minutes, rest) = (total / 3600, total / 60 % 60, total % 60)
        let sign = seconds < 0 && total > 0 ? "-" : ""
        return hours > 0 ? "\(sign)\(hours):\(padded(minutes, 2)):\(padded(rest, 2))" : "\(sign)\(minutes):\(padded(rest, 2))"
    }

    /// For short clips also tenths.
    static func time(_ seconds: Double, within span: Double) -> String {
        guard span < 100, seconds.isFinite, abs(seconds) < 1e6 else { return time(seconds) }
        let tenths = Int((abs(seconds) * 10).rounded())
        let sign = seconds < 0 && tenths > 0 ? "-" : ""
        return "\(sign)\(tenths / 600):\(padded(tenths / 10 % 60, 2)).\(tenths % 10)"
    }
}
