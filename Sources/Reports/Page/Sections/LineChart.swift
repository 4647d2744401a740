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
            <div class="plot"><div class="scale"></div>\(axis.labels)</div></figure>

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
