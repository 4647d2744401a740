import Glibc

/// Speed against agreement: a point for each comparison, with its 95 % interval as a whisker; a larger one for the mean of each policy with several inputs.
/// Above it stands what was compared; lines are the agreements that policies are to keep, and, of one input, the floor.
package struct AgreementPlot {
    private let points: [Point]
    private let policies: [String]
    /// What was compared.
    private let title: String
    /// Agreements across the plot, with their names, without doubles.
    private let levels: [(name: String, agreement: Double)]

    private struct Point {
        var policy: Int
        var name: String
        var speedup, agreement: Double
        /// 95 % of the agreement; nil where that is not known.
        var interval: [Double]?
        var isMean = false
    }

    /// Pixels: of the plot, and around it, where ticks and names are. The names of the policies have as much room as the longest needs.
    private static let (width, height) = (506.0, 364.0)
    private static let (left, top, bottom) = (64.0, 64.0, 52.0)
    /// Width of a letter, on average, at the most.
    private static let letter = 7.2
    /// Between the plot and the names of policies, their marks included; and of the names of lines.
    private static let (marks, levelNames) = (32.0, 78.0)
    /// Distinguishable for the color-blind (Okabe and Ito); after the last one they begin anew, with another mark.
    private static let colors = ["#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000"]

    /// Comparisons in which nothing was seen have no place.
    package init(_ rows: [ComparisonRow]) {
        let sums = PolicySum.all(rows), policies = sums.map(\.policy)
        self.policies = policies
        let single = rows.compactMap { row -> Point? in
            guard let speedup = row.record.speedup, let agreement = row.record.agreement else { return nil }
            return Point(
                policy: policies.firstIndex(of: row.policy)!, name: row.record.source, speedup: speedup, agreement: agreement,
                interval: row.record.agreementInterval)
        }
        let means = sums.enumerated().compactMap { index, sum -> Point? in
            guard sum.inputs > 1, let speedup = sum.speedup, let agreement = sum.agreement else { return nil }
            return Point(policy: index, name: "mean of \(sum.inputs) inputs", speedup: speedup, agreement: agreement, isMean: true)
        }
        points = single + means
        title = Self.title(rows)
        var levels = rows.compactMap(\.record.options.targetAgreement).reduce(into: [Double]()) { if !$0.contains($1) { $0.append($1) } }
            .map { (name: "target \($0)", agreement: $0) }
        if Set(rows.map(\.record.source)).count == 1, let floor = rows.first?.record.floor?.estimate {
            levels.append(("floor \(Format.decimal(floor, 3))", floor))
        }
        self.levels = levels
    }

    private static func title(_ rows: [ComparisonRow]) -> String {
        guard let record = rows.first?.record else { return "" }
        let sources = Set(rows.map(\.record.source)), size = record.model.input
        let frames = rows.filter { $0.policy == rows[0].policy }.reduce(0) { $0 + $1.record.frames }
        let name = record.source.split(separator: "/").last.map(String.init) ?? record.source
        let input = sources.count == 1 ? name : "\(sources.count) inputs"
        return "\(input), \(Format.count(frames, "frame")); \(record.model.name) at \(size.width)×\(size.height), "
            + Format.count(record.options.threads, "thread")
    }

    package var svg: String {
        let speeds = points.map(\.speedup)
        // Powers of two around all points, 1 among them.
        let low = exp2(floor(log2(min(1, speeds.min() ?? 1)))), high = exp2(ceil(log2(max(2, speeds.max() ?? 2))))
        let lowest = (points.map { $0.interval?[0] ?? $0.agreement } + levels.map(\.agreement)).min()
        let step = lowest.map { $0 >= 0.9 ? 0.02 : $0 >= 0.5 ? 0.1 : 0.2 } ?? 0.1
        // From a tick on, a tenth at least: agreements that are all near 1 look so.
        let least = min(0.9, max(0, ((lowest ?? 1) / step).rounded(.down) * step))
        let right = Self.left + Self.width, bottom = Self.top + Self.height
        let names = right + Self.levelNames, longest = Double(policies.map(\.count).max() ?? 0)
        let whole = (
            width: max(names + Self.marks + longest * Self.letter, Self.left + Double(title.count) * Self.letter) + 12,
            height: max(bottom + Self.bottom, Self.top + 20 * Double(policies.count) + 12)
        )
        func x(_ speed: Double) -> Double { Self.left + (log2(speed) - log2(low)) / (log2(high) - log2(low)) * (right - Self.left) }
        func y(_ agreement: Double) -> Double { bottom - (agreement - least) / (1 - least) * (bottom - Self.top) }
        var drawn: HTML = """
            <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 \(number(whole.width)) \(number(whole.height))" font-family="sans-serif" font-size="12">
            <rect width="100%" height="100%" fill="#ffffff"/>

            """
        func line(_ x1: Double, _ y1: Double, _ x2: Double, _ y2: Double, _ color: String, isDashed: Bool = false) {
            drawn += "<path d=\"M\(number(x1)) \(number(y1))L\(number(x2)) \(number(y2))\" stroke=\"\(color)\""
            if isDashed { drawn += " stroke-dasharray=\"5 4\"" }
            drawn += "/>\n"
        }
        func text(_ x: Double, _ y: Double, _ anchor: String, _ text: String) {
            drawn += "<text x=\"\(number(x))\" y=\"\(number(y))\" text-anchor=\"\(anchor)\" fill=\"#222222\">\(text)</text>\n"
        }
        /// Circles, then squares, triangles and diamonds where there are more policies than colors.
        func mark(_ x: Double, _ y: Double, _ radius: Double, _ policy: Int, opacity: Double = 1, _ title: String) {
            let corners: [(Double, Double)] =
                switch policy / Self.colors.count % 4 {
                case 1: [(-1, -1), (1, -1), (1, 1), (-1, 1)]
                case 2: [(0, -1.3), (1.2, 1), (-1.2, 1)]
                case 3: [(0, -1.4), (1.4, 0), (0, 1.4), (-1.4, 0)]
                default: []
                }
            if corners.isEmpty {
                drawn += "<circle cx=\"\(number(x))\" cy=\"\(number(y))\" r=\"\(number(radius))\""
            } else {
                let path = corners.map { "\(number(x + $0.0 * radius)) \(number(y + $0.1 * radius))" }.joined(separator: "L")
                drawn += "<path d=\"M\(path)Z\""
            }
            let element = corners.isEmpty ? "circle" : "path"
            drawn += """
                 fill="\(Self.colors[policy % Self.colors.count])" fill-opacity="\(Format.short(opacity))"><title>\(title)</title></\(element)>

                """
        }
        for power in Int(log2(low))...Int(log2(high)) {
            let speed = exp2(Double(power))
            line(x(speed), Self.top, x(speed), bottom, power == 0 ? "#777777" : "#dddddd")
            text(x(speed), bottom + 18, "middle", "\(Format.short(speed))×")
        }
        for tick in stride(from: 0, through: 1.0001, by: step).filter({ $0 >= least }) {
            line(Self.left, y(tick), right, y(tick), "#dddddd")
            text(Self.left - 8, y(tick) + 4, "end", Format.short(tick))
        }
        text(Self.left, 20, "start", title)
        text((Self.left + right) / 2, bottom + 40, "middle", "speed-up over dense inference")
        text(Self.left, Self.top - 8, "start", "agreement with dense inference")
        // Names that would lie on each other move down.
        var lastName = -Double.infinity
        for level in levels.sorted(by: { $0.agreement > $1.agreement }) {
            line(Self.left, y(level.agreement), right, y(level.agreement), "#777777", isDashed: true)
            lastName = max(lastName + 14, y(level.agreement) + 4)
            text(right + 6, lastName, "start", level.name)
        }
        for point in points {
            var figures = "\(Format.decimal(point.speedup, 2))×, \(Format.decimal(point.agreement, 4))"
            if let interval = point.interval {
                figures += ", 95 %: \(Format.decimal(interval[0], 4))–\(Format.decimal(interval[1], 4))"
                line(x(point.speedup), y(interval[0]), x(point.speedup), y(interval[1]), Self.colors[point.policy % Self.colors.count])
            }
            mark(
                x(point.speedup), y(point.agreement), point.isMean ? 8 : 4, point.policy, opacity: point.isMean ? 1 : 0.55,
                "\(policies[point.policy]), \(point.name): \(figures)")
        }
        for (index, policy) in policies.enumerated() {
            let row = Self.top + 10 + Double(index) * 20
            mark(names + 16, row, 5, index, policy)
            text(names + Self.marks, row + 4, "start", policy)
        }
        return drawn.text + "</svg>\n"
    }

    private func number(_ value: Double) -> String { Format.decimal(value, 1) }
}
