import Tuning

/// Time against agreement: a point for each combination that was tried, and a line through those that none beats in both.
struct TuningPlot {
    private let report: TuneReport
    private let times: ClosedRange<Double>
    private let agreements: ClosedRange<Double>

    /// Pixels.
    private static let (width, height) = (760.0, 380.0)
    private static let (left, right, top, bottom) = (64.0, 24.0, 30.0, 48.0)
    /// Distinguishable for the color-blind (Okabe and Ito), by technique; what several did together is black.
    private static let colors: [Technique: String] = [
        .inputSize: "#0072B2", .channelPruning: "#D55E00", .lowRank: "#009E73", .precision: "#E69F00",
    ]
    private static let (untouched, several, chosen) = ("#888888", "#000000", "#CC79A7")

    init(_ report: TuneReport) {
        self.report = report
        let milliseconds = report.trials.map(\.milliseconds), slowest = milliseconds.max() ?? 1
        times = 0...max(slowest * 1.05, 1e-3)
        // What agrees less than that is at the bottom edge: nobody chooses among it.
        let least = max(report.trials.map(\.agreement).min() ?? 0, min(report.limits.agreement - 0.25, 0.6))
        agreements = min(least, 0.95)...1
    }

    private func x(_ milliseconds: Double) -> Double {
        Self.left + milliseconds / times.upperBound * (Self.width - Self.left - Self.right)
    }

    private func y(_ agreement: Double) -> Double {
        let share = (max(agreement, agreements.lowerBound) - agreements.lowerBound) / (agreements.upperBound - agreements.lowerBound)
        return Self.height - Self.bottom - share * (Self.height - Self.top - Self.bottom)
    }

    var svg: HTML {
        """
        <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 \(coordinate(Self.width)) \(coordinate(Self.height))" role="img" \
        aria-label="Time against agreement" font-family="sans-serif" font-size="12" style="max-width:100%;background:#ffffff">
        <rect width="100%" height="100%" fill="#ffffff"/>
        \(axes)\(front)\(points)\(legend)</svg>

        """
    }

    private var axes: HTML {
        var drawn: HTML = .none
        for tick in Self.ticks(times, most: 8) {
            drawn += line("M\(coordinate(x(tick))) \(coordinate(Self.top))V\(coordinate(Self.height - Self.bottom))", "#e4e4e4")
            drawn += text(x(tick), Self.height - Self.bottom + 18, "middle", Format.short(tick))
        }
        for tick in Self.ticks(agreements, most: 8) {
            drawn += line("M\(coordinate(Self.left)) \(coordinate(y(tick)))H\(coordinate(Self.width - Self.right))", "#e4e4e4")
            drawn += text(Self.left - 8, y(tick) + 4, "end", Format.short(tick))
        }
        let target = y(report.limits.agreement)
        drawn += line("M\(coordinate(Self.left)) \(coordinate(target))H\(coordinate(Self.width - Self.right))", "#D55E00", dash: true)
        if let most = report.limits.milliseconds, most < times.upperBound {
            drawn += line("M\(coordinate(x(most))) \(coordinate(Self.top))V\(coordinate(Self.height - Self.bottom))", "#D55E00", dash: true)
        }
        drawn += text((Self.left + Self.width - Self.right) / 2, Self.height - 10, "middle", "milliseconds of the network for a frame")
        drawn += text(Self.left, Self.top - 12, "start", "agreement with the untouched model, on the frames to tune on")
        return drawn
    }

    private var front: HTML {
        let points = Trial.front(report.trials)
        guard points.count > 1 else { return .none }
        return line(
            "M" + points.map { "\(coordinate(x($0.milliseconds))) \(coordinate(y($0.agreement)))" }.joined(separator: "L"), "#444444")
    }

    private var points: HTML {
        var drawn: HTML = .none
        for trial in report.trials {
            let isChosen = trial.combination == report.chosen.combination
            let name = "\(TuningPage.name(trial)): \(Format.decimal(trial.milliseconds, 1)) ms, \(Format.decimal(trial.agreement, 3))"
            drawn += """
                <circle cx="\(coordinate(x(trial.milliseconds)))" cy="\(coordinate(y(trial.agreement)))" r="\(isChosen ? 8 : 4)" \
                fill="\(color(trial.techniques))" stroke="\(isChosen ? Self.chosen : "none")" stroke-width="3"><title>\(name)</title></circle>

                """
        }
        return drawn
    }

    private func color(_ techniques: [Technique]) -> String {
        switch techniques.count {
        case 0: Self.untouched
        case 1: Self.colors[techniques[0]]!
        default: Self.several
        }
    }

    private var legend: HTML {
        var marks = [("untouched", Self.untouched)]
        marks += Technique.allCases.map { ($0.title, Self.colors[$0]!) }
        marks.append(("several", Self.several))
        var drawn: HTML = .none
        for (index, mark) in marks.enumerated() {
            let place = Self.height - Self.bottom - 14 - Double(marks.count - 1 - index) * 17
            drawn += "<circle cx=\"\(coordinate(Self.width - 140))\" cy=\"\(coordinate(place - 4))\" r=\"4\" fill=\"\(mark.1)\"/>\n"
            drawn += text(Self.width - 130, place, "start", mark.0)
        }
        return drawn
    }

    /// Round numbers in a range.
    private static func ticks(_ range: ClosedRange<Double>, most: Double) -> [Double] {
        let steps = [0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100, 200, 500, 1000]
        let length = range.upperBound - range.lowerBound
        let step = steps.first { length / $0 <= most } ?? length / most
        let first = (range.lowerBound / step - 1e-9).rounded(.up)
        return (0...Int(most)).map { (first + Double($0)) * step }.filter { $0 <= range.upperBound + 1e-9 }
    }

    private func line(_ d: String, _ color: String, dash: Bool = false) -> HTML {
        "<path d=\"\(HTML(stringLiteral: d))\" fill=\"none\" stroke=\"\(color)\"\(dash ? " stroke-dasharray=\"6 4\"" as HTML : .none)/>\n"
    }

    private func text(_ x: Double, _ y: Double, _ anchor: String, _ text: String) -> HTML {
        "<text x=\"\(coordinate(x))\" y=\"\(coordinate(y))\" text-anchor=\"\(anchor)\" fill=\"#222222\">\(text, limit: 90)</text>\n"
    }
}
