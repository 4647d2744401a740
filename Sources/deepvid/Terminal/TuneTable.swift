import Reports
import Tuning

/// What tuning came to, for a terminal: a line for each technique that the choice is made of.
enum TuneTable {
    static func lines(_ report: TuneReport) -> [String] {
        var rows = [["", "input", "ms", "speedup", "memory", "agreement"]]
        for (index, step) in report.steps.enumerated() {
            let before = index == 0 ? [] : report.steps[index - 1].techniques
            let name =
                index == 0 ? "untouched" : "+ " + step.techniques.filter { !before.contains($0) }.map(step.title).joined(separator: ", ")
            rows.append([
                name, "\(step.combination.width)x\(step.combination.height)", Format.decimal(step.milliseconds, 1),
                Format.decimal(step.speedup, 2) + "x",
                "\(Format.decimal(Double(step.memoryBytes) / 1_048_576, 1)) MiB",
                index == 0 ? "1" : step.heldOutAgreement.map { Format.decimal($0, 3) } ?? "–",
            ])
        }
        let widths = rows[0].indices.map { column in rows.map { $0[column].count }.max()! }
        var lines = rows.map { row in
            row.enumerated().map { column, cell in
                let room = String(repeating: " ", count: widths[column] - cell.count)
                return column == 0 ? cell + room : room + cell
            }.joined(separator: "  ")
        }
        if let figures = report.figures {
            func share(_ value: Double?) -> String { value.map { Format.decimal($0, 3) } ?? "–" }
            lines.append(
                "runs: \(Format.decimal(figures.originalMilliseconds, 1)) ms a frame untouched, \(Format.decimal(figures.tunedMilliseconds, 1)) tuned "
                    + "(agreement \(share(figures.tunedAgreement))); with --cache adaptive "
                    + "\(Format.decimal(figures.adaptiveOriginalMilliseconds, 1)) and \(Format.decimal(figures.adaptiveTunedMilliseconds, 1)) "
                    + "(agreement \(share(figures.adaptiveTunedAgreement)), --target-agreement \(figures.targetAgreement))")
        }
        return lines
    }
}
