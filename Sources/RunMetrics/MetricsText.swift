/// Text in Prometheus' exposition format.
struct MetricsText {
    enum Kind: String { case counter, gauge, summary }

    /// A value of a series.
    struct Value {
        let number: Double
        var labels: [(name: String, value: String)] = []
        /// Of the name, for the parts of a summary.
        var suffix = ""

        init(_ number: Double, _ labels: [(name: String, value: String)] = [], suffix: String = "") {
            (self.number, self.labels, self.suffix) = (number, labels, suffix)
        }

        init(_ number: Int, _ labels: [(name: String, value: String)] = []) { self.init(Double(number), labels) }
    }

    private(set) var text = ""

    /// Adds a series; nothing where it has no values.
    mutating func add(_ name: String, _ kind: Kind, _ help: String, _ values: [Value]) {
        guard !values.isEmpty else { return }
        text += "# HELP \(name) \(help)\n# TYPE \(name) \(kind.rawValue)\n"
        for value in values {
            let labels = value.labels.map { "\($0)=\"\(Self.escaped($1))\"" }.joined(separator: ",")
            // Whole numbers as such: a count of frames is no 1e+06.
            let isWhole = value.number == value.number.rounded() && abs(value.number) < 1e15
            let number = isWhole ? "\(Int(value.number))" : "\(value.number)"
            text += "\(name)\(value.suffix)\(labels.isEmpty ? "" : "{\(labels)}") \(number)\n"
        }
    }

    private static func escaped(_ label: String) -> String {
        label.replacing("\\", with: #"\\"#).replacing("\"", with: #"\""#).replacing("\n", with: #"\n"#)
    }
}
