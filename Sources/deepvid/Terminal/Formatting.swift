/// Numbers as people read them.
enum Formatting {
    /// `12.3`, always with `decimals` places.
    static func fixed(_ value: Double, _ decimals: Int) -> String {
        guard value.isFinite, abs(value) < 1e15 else { return "\(value)" }
        var scale = 1
        for _ in 0..<decimals { scale *= 10 }
        let units = Int((abs(value) * Double(scale)).rounded())
        let sign = value < 0 && units > 0 ? "-" : ""
        guard decimals > 0 else { return "\(sign)\(units)" }
        let fraction = String(units % scale)
        return "\(sign)\(units / scale).\(String(repeating: "0", count: decimals - fraction.count))\(fraction)"
    }

    /// `1:02:03`, `2:03`, `0:07`.
    static func duration(_ seconds: Double) -> String {
        guard seconds.isFinite, seconds >= 0, seconds < 1e9 else { return "–" }
        let total = Int(seconds.rounded())
        let (hours, minutes, rest) = (total / 3600, total / 60 % 60, total % 60)
        let tail = rest < 10 ? "0\(rest)" : "\(rest)"
        guard hours > 0 else { return "\(minutes):\(tail)" }
        return "\(hours):\(minutes < 10 ? "0" : "")\(minutes):\(tail)"
    }

    /// `3.7 M`, `1.2 G`; below a thousand as it is.
    static func magnitude(_ value: Int) -> String {
        switch abs(value) {
        case 1_000_000_000...: "\(fixed(Double(value) / 1e9, 2)) G"
        case 1_000_000...: "\(fixed(Double(value) / 1e6, 2)) M"
        case 1000...: "\(fixed(Double(value) / 1e3, 1)) k"
        default: "\(value)"
        }
    }

    /// Lines of a name and what there is to say of it, in two columns.
    static func list(_ rows: [(String, String)]) -> [String] {
        let width = rows.map(\.0.count).max() ?? 0
        return rows.map { "\($0.0.padded(to: width))  \($0.1)" }
    }

    /// `1 frame`, `2 frames`.
    static func count(_ value: Int, _ noun: String) -> String { "\(value) \(noun)\(value == 1 ? "" : "s")" }
}

extension String {
    /// The text with spaces after it, for columns.
    func padded(to width: Int) -> String { self + String(repeating: " ", count: max(0, width - count)) }

    /// The text with spaces before it, for columns of numbers.
    func aligned(to width: Int) -> String { String(repeating: " ", count: max(0, width - count)) + self }
}
