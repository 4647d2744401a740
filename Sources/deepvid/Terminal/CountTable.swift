import Counting
import Reports

/// `deepvid count`, for people.
enum CountTable {
    static func text(_ counts: Counts) -> String {
        let columns = counts.columns
        guard !columns.isEmpty else { return "There was nothing to count in \(Formatting.count(counts.inputs, "input"))." }
        func cells(_ figures: CountFigures) -> [String] { columns.map { figures[keyPath: $0.value].map(String.init) ?? "–" } }
        func recorded(_ minutes: Double?) -> [String] {
            counts.hasRecorded ? [minutes.map { Format.time(($0 * 60).rounded(), within: 3600) } ?? "–"] : []
        }
        var rows = counts.rows.map { row in row.names.map { $0.isEmpty ? "–" : $0 } + cells(row.figures) + recorded(row.recordedMinutes) }
        if rows.count > 1 {
            rows.append(
                ["total"] + Array(repeating: "", count: counts.keys.count - 1) + cells(counts.total) + (counts.hasRecorded ? [""] : []))
        }
        let titles =
            counts.keys.map(\.rawValue) + columns.map { $0.name.replacing("_", with: " ") } + (counts.hasRecorded ? ["recorded"] : [])
        let table = Formatting.table(titles, left: Set(counts.keys.indices), rows)
        return (table + (busiest(counts).map { ["", $0] } ?? [])).joined(separator: "\n")
    }

    /// `busiest hour: 07:00, 53 cars`
    private static func busiest(_ counts: Counts) -> String? {
        guard let (name, count) = counts.busiestHour else { return nil }
        let column = counts.keys.firstIndex(of: .hour)!
        let days = Set(counts.rows.map { $0.names[column].prefix(10) })
        // `07:00`, or `2026-11-28T07:00+01:00`.
        let isDated = name.count > 5
        let hour = isDated ? (days.count > 1 ? "\(name.prefix(10)) " : "") + name.dropFirst(11).prefix(5) : name
        let what =
            if counts.keys.contains(.zone) { Formatting.count(count, "entry", "entries") } else if counts.keys.contains(.line) {
                Formatting.count(count, "crossing")
            } else if counts.labels.count == 1 { SeenText.count(count, counts.labels.first!) } else { Formatting.count(count, "object") }
        return "busiest hour: \(hour), \(what)"
    }
}
