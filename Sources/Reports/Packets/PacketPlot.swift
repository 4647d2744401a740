import DeepVid
import Glibc

/// Packet sizes of a clip over its time, how far they are from those of a quiet scene, and beneath it what a run decoded and found.
package struct PacketPlot {
    private let report: PacketReport
    private let answers: PacketAnswers?
    private let axis: TimeAxis

    /// Pixels.
    private static let (width, left, right, top) = (1000.0, 72.0, 24.0, 34.0)
    private static let (sizesHeight, deviationHeight, rowHeight, gap) = (200.0, 90.0, 14.0, 34.0)
    /// Rows of labels; what is found less is left out.
    private static let mostLabels = 6
    /// Distinguishable for the color-blind (Okabe and Ito).
    private static let (blue, orange, green, red) = ("#0072B2", "#E69F00", "#009E73", "#D55E00")
    /// Deviations are drawn from this power of two up to that.
    private static let deviations = -2.0...6.0

    /// - Parameter answers: of a run over the clip; nil draws packets alone.
    package init(_ report: PacketReport, _ answers: PacketAnswers?) {
        (self.report, self.answers) = (report, answers)
        let end = report.groups.map { $0.start + $0.seconds }.max() ?? 1
        axis = TimeAxis(first: report.groups.first?.start ?? 0, last: max(end, (report.groups.first?.start ?? 0) + 1e-3))
    }

    private func x(_ time: Double) -> Double { Self.left + axis.x(time) / TimeAxis.width * (Self.width - Self.left - Self.right) }

    package var svg: String {
        let sizes = Panel(top: Self.top, height: Self.sizesHeight, range: sizeRange)
        let deviation = Panel(top: sizes.bottom + Self.gap, height: Self.deviationHeight, range: Self.deviations)
        var rows: [(name: String, color: String, stretches: [PacketAnswers.Stretch])] = []
        if let answers {
            rows.append(("decoded", Self.blue, answers.decoded))
            rows += answers.found.prefix(Self.mostLabels).map { ($0.label, Self.green, $0.stretches) }
        }
        let rowsTop = deviation.bottom + Self.gap, bottom = rowsTop + Double(rows.count) * 1.5 * Self.rowHeight
        let axisPlace = rows.isEmpty ? deviation.bottom : bottom
        var drawn: HTML = """
            <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 \(coordinate(Self.width)) \(coordinate(axisPlace + 40))" font-family="sans-serif" font-size="12">
            <rect width="100%" height="100%" fill="#ffffff"/>

            """
        for tick in axis.ticks {
            drawn += path("M\(coordinate(x(tick))) \(coordinate(Self.top))V\(coordinate(axisPlace))", stroke: "#e4e4e4")
            drawn += text(x(tick), axisPlace + 18, "middle", Format.time(tick, within: axis.length))
        }
        drawn += text((Self.left + Self.width - Self.right) / 2, axisPlace + 35, "middle", "time in the clip")
        drawn += grid(sizes, every: 1) { bytes($0) }
        drawn += text(Self.left, sizes.top - 8, "start", "bytes of a picture: key frames")
        drawn += legend(Self.left + 190, sizes.top - 12, Self.orange)
        drawn += text(Self.left + 220, sizes.top - 8, "start", "others, in the mean")
        drawn += legend(Self.left + 345, sizes.top - 12, Self.blue)
        drawn += path(steps(report.groups.map { ($0.start, $0.seconds, $0.keyBytes.map(Double.init)) }, sizes), stroke: Self.orange)
        drawn += path(steps(report.stretches.map { ($0.start, $0.seconds, $0.meanBytes) }, sizes), stroke: Self.blue)
        drawn += grid(deviation, every: 2) { Format.short(exp2($0)) }
        drawn += text(
            Self.left, deviation.top - 8, "start", "how unlike quiet groups, in standard deviations; from the line on, groups are decoded")
        let limit = deviation.y(report.limit)
        drawn += path("M\(coordinate(Self.left)) \(coordinate(limit))H\(coordinate(Self.width - Self.right))", stroke: Self.red, dash: true)
        drawn += path(steps(report.groups.map { ($0.start, $0.seconds, $0.deviation) }, deviation), stroke: "#444444")
        for (index, row) in rows.enumerated() {
            let y = rowsTop + Double(index) * 1.5 * Self.rowHeight
            drawn += text(Self.left - 8, y + Self.rowHeight - 3, "end", row.name)
            let bars = row.stretches.map { stretch -> String in
                let from = x(stretch.lowerBound), to = max(x(stretch.upperBound), from + 0.7)
                return "M\(coordinate(from)) \(coordinate(y))H\(coordinate(to))V\(coordinate(y + Self.rowHeight))H\(coordinate(from))Z"
            }.joined()
            drawn += path(bars, fill: row.color)
        }
        return drawn.text + "</svg>\n"
    }

    // MARK: Parts

    /// A field of the plot with a logarithmic scale.
    private struct Panel {
        let top, height: Double
        /// Binary logarithms of the values at the bottom and the top edge.
        let range: ClosedRange<Double>
        var bottom: Double { top + height }

        func y(_ value: Double) -> Double {
            let power = min(max(log2(max(value, 1e-9)), range.lowerBound), range.upperBound)
            return bottom - (power - range.lowerBound) / (range.upperBound - range.lowerBound) * height
        }
    }

    private var sizeRange: ClosedRange<Double> {
        let all = report.stretches.compactMap(\.meanBytes) + report.groups.compactMap { $0.keyBytes.map(Double.init) }
        let low = log2(max(all.min() ?? 1, 1)).rounded(.down), high = log2(max(all.max() ?? 2, 1)).rounded(.up)
        return low...max(high, low + 1)
    }

    private func bytes(_ power: Double) -> String {
        let value = exp2(power)
        if value >= 1_048_576 { return "\(Format.short(value / 1_048_576)) MiB" }
        return value >= 1024 ? "\(Format.short(value / 1024)) KiB" : Format.short(value)
    }

    private func grid(_ panel: Panel, every least: Double, _ name: (Double) -> String) -> HTML {
        var drawn: HTML = .none
        // Names need some room.
        let step = max(least, ((panel.range.upperBound - panel.range.lowerBound) * 18 / panel.height).rounded(.up))
        for power in stride(from: panel.range.lowerBound, through: panel.range.upperBound, by: step) {
            let y = panel.y(exp2(power))
            drawn += path("M\(coordinate(Self.left)) \(coordinate(y))H\(coordinate(Self.width - Self.right))", stroke: "#e4e4e4")
            drawn += text(Self.left - 8, y + 4, "end", name(power))
        }
        return drawn
    }

    /// Values that hold for a while each. Those that fall onto one column of pixels are drawn as the range that they have there.
    private func steps(_ values: [(start: Double, seconds: Double, value: Double?)], _ panel: Panel) -> String {
        var d = "", end: Double?, index = 0
        while index < values.count {
            let from = x(values[index].start)
            var (low, high, last, to) = (Double.infinity, -Double.infinity, Double?.none, from)
            while index < values.count, index == 0 || x(values[index].start) < from + 1 {
                let (start, seconds, value) = values[index]
                index += 1
                to = max(to, x(start + seconds))
                guard let value else { continue }
                (low, high, last) = (min(low, panel.y(value)), max(high, panel.y(value)), panel.y(value))
            }
            guard let last else {
                end = nil
                continue
            }
            d += end.map { from - $0 < 2 } ?? false ? "V\(coordinate(low))" : "M\(coordinate(from)) \(coordinate(low))"
            if high > low { d += "V\(coordinate(high))V\(coordinate(last))" }
            d += "H\(coordinate(to))"
            end = to
        }
        return d
    }

    /// - Parameter d: commands of a path, made of numbers and letters only.
    private func path(_ d: String, stroke: String? = nil, fill: String = "none", dash: Bool = false) -> HTML {
        guard !d.isEmpty else { return .none }
        let line: HTML = stroke.map { " stroke=\"\($0)\"" } ?? .none
        return "<path d=\"\(HTML(stringLiteral: d))\" fill=\"\(fill)\"\(line)\(dash ? " stroke-dasharray=\"6 4\"" as HTML : .none)/>\n"
    }

    private func text(_ x: Double, _ y: Double, _ anchor: String, _ text: String) -> HTML {
        "<text x=\"\(coordinate(x))\" y=\"\(coordinate(y))\" text-anchor=\"\(anchor)\" fill=\"#222222\">\(text, limit: 90)</text>\n"
    }

    private func legend(_ x: Double, _ y: Double, _ color: String) -> HTML {
        path("M\(coordinate(x)) \(coordinate(y))h22", stroke: color)
    }
}
