/// A value over time, as an area or a line.
struct LineChart {
    struct Series {
        let name: String
        /// A class of the style sheet.
        let style: String
        let isArea: Bool
        let value: (TimeBin) -> Double?
    }

    let title: String
    /// What stands beside the title.
    let note: String
    let axis: TimeAxis
    let series: [Series]
    /// The value at the top edge.
    let top: Double
    let unit: (Double) -> String
    /// How a time is shown, in a span.
    var shown: (Double, Double) -> String = { Format.time($0, within: $1) }

    private static let height = 120.0

    func html(_ bins: [TimeBin]) -> HTML {
        let stretches = axis.stretches(bins)
        let lines = series.map { path($0, stretches) }.joined()
        let keys = series.count > 1 ? series.map { "<span class=\"key \($0.style)\">\($0.name)</span>" as HTML }.joined() : HTML.none
        let (middle, width) = (coordinate(Self.height / 2), coordinate(TimeAxis.width))
        return """
            <figure class="chart"><figcaption><b>\(title)</b> <span class="note">\(note)</span> \(keys)</figcaption>
            <div class="plot"><div class="scale" aria-hidden="true"><span>\(unit(top))</span><span>\(unit(top / 2))</span><span>\(unit(0))</span></div>
            <svg viewBox="0 0 \(width) \(coordinate(Self.height))" preserveAspectRatio="none" role="img" aria-label="\(title): \(note)">
            <path class="grid" d="M0 0H\(width)M0 \(middle)H\(width)M0 \(coordinate(Self.height))H\(width)"/>\(lines)</svg></div>
            <div class="plot"><div class="scale"></div>\(axis.labels(shown))</div></figure>

            """
    }

    /// Steps: a bin's value holds over its stretch, and a stretch without a value is a gap.
    private func path(_ series: Series, _ stretches: [(bin: TimeBin, from: Double, to: Double)]) -> HTML {
        func y(_ value: Double) -> Double { Self.height * (1 - min(1, max(0, value / max(top, 1e-9)))) }
        var d = ""
        /// Where the drawn part ends.
        var end: Double?
        func close() {
            if series.isArea, end != nil { d += "V\(coordinate(Self.height))Z" }
            end = nil
        }
        for (bin, from, to) in stretches {
            guard let value = series.value(bin) else {
                close()
                continue
            }
            if let end, from - end < 0.2 {
                d += "V\(coordinate(y(value)))"
            } else {
                close()
                d += "M\(coordinate(from)) \(coordinate(series.isArea ? Self.height : y(value)))"
                if series.isArea { d += "V\(coordinate(y(value)))" }
            }
            d += "H\(coordinate(max(to, from + 0.5)))"
            end = to
        }
        close()
        // Letters and digits only: nothing to escape, and no limit of length.
        return "<path class=\"\(series.isArea ? "area" : "line") \(series.style)\" d=\"\(HTML(stringLiteral: d))\"/>"
    }
}

/// Where a time lies in a chart: 0 at its left, 1000 at its right edge.
struct TimeAxis {
    static let width = 1000.0
    let first: Double
    let last: Double

    var length: Double { max(last - first, 1e-6) }

    func x(_ time: Double) -> Double { Self.width * min(1, max(0, (time - first) / length)) }

    /// The part of the axis that each bin's frames cover: where there are no frames, nothing is drawn.
    func stretches(_ bins: [TimeBin]) -> [(bin: TimeBin, from: Double, to: Double)] {
        bins.enumerated().map { index, bin in
            // A frame lasts until the next one, if that comes about as soon as frames do in this bin.
            let step = bin.frames > 1 ? (bin.last - bin.first) / Double(bin.frames - 1) : bin.last - bin.first
            let next = index + 1 < bins.count ? bins[index + 1].first : bin.last + step
            let usual = step > 0 ? 4 * step : length / 50
            let end = next > bin.last && next - bin.last <= max(usual, 1) ? next : bin.last + step
            return (bin, x(bin.first), max(x(end), x(bin.first)))
        }
    }

    /// The times below a chart.
    /// - Parameter shown: how the section shows a time, in a span.
    func labels(_ shown: (Double, Double) -> String) -> HTML {
        let marks = [0, 0.25, 0.5, 0.75, 1].map { "<span>\(shown(first + $0 * length, length))</span>" as HTML }
        return "<div class=\"axis\" aria-hidden=\"true\">\(marks.joined())</div>"
    }
}

/// A coordinate with one decimal, which is a fraction of a pixel.
func coordinate(_ value: Double) -> String {
    let tenths = Int((value * 10).rounded())
    return tenths % 10 == 0 ? "\(tenths / 10)" : "\(tenths / 10).\(abs(tenths % 10))"
}
