import Results

/// What was counted: a row for each combination of the keys that there is.
public struct Counts: Sendable {
    public struct Row: Sendable, Equatable {
        /// In the order of `Counts.keys`; empty where there is none, as the hour of records without a time of day.
        public var names: [String]
        public var figures: CountFigures
    }

    public let keys: [CountKey]
    /// Sorted by their names.
    public let rows: [Row]
    /// Frames that show something that was counted, each once; those of rows overlap where a frame shows several classes.
    public let frames: Int
    /// Those that failed without a frame are none.
    public let inputs: Int
    /// Objects that are not counted because they never moved, by label.
    public let neverMoved: [String: Int]
    public let warnings: [String]
    /// Files that were not read to their end.
    public let problems: [String]

    /// The figures that some row has.
    public var columns: [(name: String, value: KeyPath<CountFigures, Int?> & Sendable)] {
        CountFigures.columns.filter { column in rows.contains { $0.figures[keyPath: column.value] != nil } }
    }

    public var total: CountFigures {
        var total = rows.reduce(into: CountFigures()) { $0 += $1.figures }
        if total.frames != nil { total.frames = frames }
        return total
    }

    public var csv: String {
        let titles = keys.map(\.rawValue) + columns.map(\.name)
        let lines = rows.map { row in row.names + columns.map { row.figures[keyPath: $0.value].map(String.init) ?? "" } }
        return ([titles] + lines).map(csvLine).joined()
    }

    /// One object: `by`, and `counts` with an object for each row.
    public var json: String {
        let objects = rows.map { row in
            JSONObject(
                zip(keys, row.names).map { ($0.rawValue, $1.isEmpty ? nil : $1) }
                    + columns.map { ($0.name, row.figures[keyPath: $0.value]) })
        }
        return jsonText(of: ["by": keys.map(\.rawValue), "counts": objects] as JSONObject)
    }
}
