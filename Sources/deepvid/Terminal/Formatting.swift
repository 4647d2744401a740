import Reports

/// Numbers as people read them, and columns; numbers with decimals are those of `Format`.
enum Formatting {
    /// `3.7 M`, `1.2 G`; below a thousand as it is.
    static func magnitude(_ value: Int) -> String {
        switch abs(value) {
        case 1_000_000_000...: "\(Format.decimal(Double(value) / 1e9, 2)) G"
        case 1_000_000...: "\(Format.decimal(Double(value) / 1e6, 2)) M"
        case 1000...: "\(Format.decimal(Double(value) / 1e3, 1)) k"
        default: "\(value)"
        }
    }

    /// `1 frame`, `2 frames`; of nouns whose plural is another, that as well.
    static func count(_ value: Int, _ noun: String, _ plural: String? = nil) -> String {
        "\(value) \(value == 1 ? noun : plural ?? noun + "s")"
    }

    /// What a recording's corrupt packets mean; nil without any.
    static func corruption(_ packets: Int, of source: String) -> String? {
        guard packets > 0 else { return nil }
        return "\(source): is damaged: \(count(packets, "corrupt packet")) skipped, and what was in them was not seen"
    }

    /// A name, and what there is to say of it.
    typealias Row = (name: String, text: String?)

    /// Rows in two columns, without those of which there is nothing to say.
    static func list(_ rows: [Row]) -> [String] {
        let width = rows.map { $0.text == nil ? 0 : $0.name.count }.max() ?? 0
        return rows.compactMap { name, text in text.map { "\(name.padded(to: width))  \($0)" } }
    }

    /// Columns under titles: those of `left` to the left, the others to the right, what has no title at the end as it is.
    static func table(_ titles: [String], left: Set<Int>, _ rows: [[String]]) -> [String] {
        let lines = [titles] + rows
        let widths = titles.indices.map { column in lines.map { $0[column].count }.max() ?? 0 }
        return lines.map { line in
            let cells = line.enumerated().map { column, cell in
                column >= widths.count ? cell : left.contains(column) ? cell.padded(to: widths[column]) : cell.aligned(to: widths[column])
            }
            return String(cells.joined(separator: "  ").reversed().drop { $0 == " " }.reversed())
        }
    }
}

extension String {
    /// The text with spaces after it, for columns.
    func padded(to width: Int) -> String { self + String(repeating: " ", count: max(0, width - count)) }

    /// The text with spaces before it, for columns of numbers.
    func aligned(to width: Int) -> String { String(repeating: " ", count: max(0, width - count)) + self }
}
