import Results

/// What was counted: a row for each combination of the keys that there is.
public struct Counts: Sendable {
    public struct Row: Sendable, Equatable {
        /// In the order of `Counts.keys`; empty where there is none, as the hour of records without a time of day.
        public var names: [String]
        public var figures: CountFigures
        /// Minutes of that time that were recorded; nil without times, and where it is not known.
        public var recordedMinutes: Double?
    }

    public let keys: [CountKey]
    /// Sorted by their names.
    public let rows: [Row]
    public let inputs: Int
    /// Of what was counted.
    public let labels: Set<String>
    /// Objects that are not counted because they never moved, by label.
    public let neverMoved: [String: Int]
    public let warnings: [String]
    /// Files that were not read to their end.
    public let problems: [String]

    /// The figures that some row has.
    public var columns: [(name: String, value: KeyPath<CountFigures, Int?> & Sendable)] {
        CountFigures.columns.filter { column in rows.contains { $0.figures[keyPath: column.value] != nil } }
    }

    /// Whether it is known of some row how much was recorded.
    public var hasRecorded: Bool { rows.contains { $0.recordedMinutes != nil } }

    /// The hour in which the most was counted, as rows name it, of days and classes together; nil without hours, and of frames.
    public var busiestHour: (name: String, count: Int)? {
        guard let column = keys.firstIndex(of: .hour), rows.count > 1, !rows.contains(where: { $0.figures.frames != nil }) else {
            return nil
        }
        var sums: [String: Int] = [:]
        for row in rows where !row.names[column].isEmpty {
            let figures = row.figures
            sums[row.names[column], default: 0] +=
                [figures.objects, figures.entries, figures.leftToRight, figures.rightToLeft].compactMap(\.self).reduce(0, +)
        }
        // Of equals, the first.
        guard let most = sums.max(by: { ($0.value, $1.key) < ($1.value, $0.key) }), most.value > 0 else { return nil }
        return (most.key, most.value)
    }

    public var total: CountFigures { rows.reduce(into: CountFigures()) { $0 += $1.figures } }

    /// For spreadsheets: the hour of a date is two columns, `2026-11-21` and `18`.
    public var csv: String {
        let isOfDate = !keys.contains(.day) && !keys.contains(.weekday)
        let titles =
            keys.flatMap { $0 == .hour && isOfDate ? ["date", "hour"] : [$0.rawValue] } + columns.map(\.name)
            + (hasRecorded ? ["recorded_min"] : [])
        let lines = rows.map { row in
            zip(keys, row.names).flatMap { key, name -> [String] in
                guard key == .hour else { return [name] }
                // `18:00`, or `2026-11-21T18:00+01:00`.
                let hour = name.isEmpty ? "" : numberText(Double(name.dropFirst(isOfDate ? 11 : 0).prefix(2)) ?? 0, decimals: 0)
                return isOfDate ? [String(name.prefix(10)), hour] : [hour]
            } + columns.map { row.figures[keyPath: $0.value].map(String.init) ?? "" }
                + (hasRecorded ? [row.recordedMinutes.map { numberText($0, decimals: 1) } ?? ""] : [])
        }
        return ([titles] + lines).map(csvLine).joined()
    }

    /// One object: `by`, and `counts` with an object for each row.
    public var json: String {
        let objects = rows.map { row in
            JSONObject(
                zip(keys, row.names).map { ($0.rawValue, $1.isEmpty ? nil : $1) }
                    + columns.map { ($0.name, row.figures[keyPath: $0.value]) }
                    + [("recorded_min", row.recordedMinutes.map { ($0 * 10).rounded() / 10 })])
        }
        return jsonText(of: ["by": keys.map(\.rawValue), "counts": objects] as JSONObject)
    }
}
