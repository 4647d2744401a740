/// Where a time lies in a chart: 0 at its left, 1000 at its right edge.
struct TimeAxis {
    static let width = 1000.0
    let first: Double
    let last: Double

    init(_ span: (first: Double, last: Double)) { (first, last) = span }

    var length: Double { max(last - first, 1e-6) }

    func x(_ time: Double) -> Double { Self.width * min(1, max(0, (time - first) / length)) }

    /// Bins as stretches of the axis, with no more room than their frames take: where there is none, nothing is drawn.
    func stretches(_ bins: [TimeBin]) -> [(bin: TimeBin, from: Double, to: Double)] {
        bins.enumerated().map { index, bin in
            // A frame lasts until the next, if that comes as soon as frames do here.
            let step = bin.frames > 1 ? (bin.last - bin.first) / Double(bin.frames - 1) : bin.last - bin.first
            let next = index + 1 < bins.count ? bins[index + 1].first : bin.last + step
            let usual = step > 0 ? 4 * step : length / 50
            let end = next > bin.last && next - bin.last <= max(usual, 1) ? next : bin.last + step
            return (bin, x(bin.first), max(x(end), x(bin.first)))
        }
    }

    /// The times below a chart.
    var labels: Markup {
        let marks = [0, 0.25, 0.5, 0.75, 1].map { share -> Markup in
            "<span>\(Figures.time(first + share * length, within: length))</span>"
        }
        return "<div class=\"axis\" aria-hidden=\"true\">\(marks.joined())</div>"
    }
}

/// A coordinate: one decimal is a fraction of a pixel.
func coordinate(_ value: Double) -> String {
    let tenths = Int((value * 10).rounded())
    return tenths % 10 == 0 ? "\(tenths / 10)" : "\(tenths / 10).\(abs(tenths % 10))"
}
