import Counting

/// `deepvid count`, for people.
enum CountTable {
    static func text(_ counts: Counts) -> String {
        let columns = counts.columns
        guard !columns.isEmpty else { return "There was nothing to count in \(Formatting.count(counts.inputs, "input"))." }
        func cells(_ figures: CountFigures) -> [String] { columns.map { figures[keyPath: $0.value].map(String.init) ?? "–" } }
        var rows = counts.rows.map { row in row.names.map { $0.isEmpty ? "–" : $0 } + cells(row.figures) }
        if rows.count > 1 { rows.append(["total"] + Array(repeating: "", count: counts.keys.count - 1) + cells(counts.total)) }
        let titles = counts.keys.map(\.rawValue) + columns.map { $0.name.replacing("_", with: " ") }
        return Formatting.table(titles, left: Set(counts.keys.indices), rows).joined(separator: "\n")
    }
}
