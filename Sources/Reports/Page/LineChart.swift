/// A value over time, as an area or a line.
struct LineChart {
    struct Series {
        var name: String
        /// Of the style sheet.
        var style: String
        var isArea: Bool
        var value: (TimeBin) -> Double?
    }

    let title: String
    /// What is below the title.
    let note: String
    let axis: TimeAxis
    let series: [Series]
    /// The value at the top edge.
    let top: Double
    let unit: (Double) -> String

    private static let height = 120.0

    func markup(_ bins: [TimeBin]) -> Markup {
        let stretches = axis.stretches(bins)
        let lines = series.map { path($0, stretches) }.joined()
        let keys = series.count > 1 ? series.map { "<span class=\"key \($0.style)\">\($0.name)</span>" as Markup }.joined() : Markup.none
        let (middle, width) = (coordinate(Self.height / 2), coordinate(TimeAxis.width))
        return """
            <figure class="chart"><figcaption><b>\(title)</b> <span class="note">\(note)</span> \(keys)</figcaption>
            <div class="plot"><div class="scale" aria-hidden="true"><span>\(unit(top))</span><span>\(unit(top / 2))</span><span>\(unit(0))</span></div>
            <svg viewBox="0 0 \(width) \(coordinate(Self.height))" preserveAspectRatio="none" role="img" aria-label="\(title): \(note)">
            <path class="grid" d="M0 0H\(width)M0 \(middle)H\(width)M0 \(coordinate(Self.height))H\(width)"/>\(lines)</svg></div>
            <div class="plot"><div class="scale"></div>\(axis.labels)</div></figure>

            """
    }

    private func path(_ series: Series, _ stretches: [(bin: TimeBin, from: Double, to: Double)]) -> Markup {
        func y(_ value: Double) -> Double { Self.height * (1 - min(1, max(0, value / max(top, 1e-9)))) }
        var d = ""
        var open: Double?
        func close(at x: Double) {
            if series.isArea, open != nil { d += "V\(coordinate(Self.height))Z" }
            open = nil
        }
        for (bin, from, to) in stretches {
            guard let value = series.value(bin) else {
                close(at: from)
                continue
            }
            if let end = open, from - end < 0.2 {
                d += "V\(coordinate(y(value)))"
            } else {
                close(at: from)
                d += "M\(coordinate(from)) \(coordinate(series.isArea ? Self.height : y(value)))"
                if series.isArea { d += "V\(coordinate(y(value)))" }
            }
            d += "H\(coordinate(max(to, from + 0.5)))"
            open = to
        }
        close(at: 0)
        // Letters and digits only: nothing to escape, and no limit.
        return "<path class=\"\(series.isArea ? "area" : "line") \(series.style)\" d=\"\(Markup(stringLiteral: d))\"/>"
    }
}
