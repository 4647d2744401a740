import Clocks

/// Where a time lies in a chart: 0 at its left, 1000 at its right edge.
struct TimeAxis {
    static let width = 1000.0
    let first: Double
    let last: Double
    /// Whether times are what a clock shows, in seconds since 1970 of a clock that shows UTC; else they are those of a video.
    let isClock: Bool

    /// Seconds from one tick to the next, of those that people count by.
    private static let steps = [
        0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10800, 21600, 43200, 86400, 172_800, 604_800,
    ]
    private static let mostTicks = 8.0

    init(first: Double, last: Double, isClock: Bool = false) { (self.first, self.last, self.isClock) = (first, last, isClock) }

    var length: Double { max(last - first, 1e-6) }

    func x(_ time: Double) -> Double { Self.width * min(1, max(0, (time - first) / length)) }

    /// The round times of the axis, at most nine.
    var ticks: [Double] {
        let step = Self.steps.first { length / $0 <= Self.mostTicks } ?? (length / Self.mostTicks)
        let start = (first / step).rounded(.up)
        return (0...Int(Self.mostTicks)).map { (start + Double($0)) * step }.filter { $0 <= last }
    }

    /// Lines at the ticks, through a chart of this height.
    func grid(height: Double) -> HTML {
        let lines = ticks.map { "M\(coordinate(x($0))) 0V\(coordinate(height))" }.joined()
        return "<path class=\"grid\" d=\"\(HTML(stringLiteral: lines))\"/>"
    }

    /// The times below a chart, each at its place.
    var labels: HTML {
        let marks = ticks.map { tick -> HTML in
            let x = x(tick)
            // Those at the ends stay within the chart.
            let style: HTML = x < 40 ? " class=\"start\"" : x > 960 ? " class=\"end\"" : .none
            return "<span\(style) style=\"left:\(coordinate(x / 10))%\">\(text(tick))</span>"
        }
        return "<div class=\"axis\" aria-hidden=\"true\">\(marks.joined())</div>"
    }

    private func text(_ time: Double) -> String {
        guard isClock else { return Format.time(time, within: length) }
        let text = Format.timeOfDay(time, .utc, hasDate: length > 86400)
        // Seconds only where minutes do not tell ticks apart.
        return length < 480 ? text : String(length > 86400 ? text.dropFirst(5).dropLast(3) : text.dropLast(3))
    }

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
}

/// A coordinate with one decimal, which is a fraction of a pixel.
func coordinate(_ value: Double) -> String {
    let tenths = Int((value * 10).rounded())
    return tenths % 10 == 0 ? "\(tenths / 10)" : "\(tenths / 10).\(abs(tenths % 10))"
}
