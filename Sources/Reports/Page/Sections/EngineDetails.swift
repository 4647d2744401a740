import Clocks
import DeepVid
import Results

/// How it was computed: models, speed, reuse and agreement of each input. For who runs deepvid, and folded away from all others.
struct EngineDetails {
    let content: ReportContent
    /// Bins of all charts together: more inputs have coarser charts.
    private static let mostBins = 4000
    /// Inputs with charts of their own.
    private static let mostCharts = 50

    var html: HTML {
        let inputs = content.inputs
        let columns = ["input", "state", "frames", "video", "fps", "speed", "work a frame", "reuse", "agreement"]
        let rows = inputs.enumerated().map { index, input -> [HTML] in
            let link: HTML = "<a href=\"#input-\(index + 1)\">\(String(baseName(input.source)), limit: 80)</a>"
            let name: HTML = index < Self.mostCharts ? link : HTML.cell(String(baseName(input.source)))
            let figures = [
                Format.count(input.framesSeen), input.videoSeconds.map { Format.time($0) }, input.end.map { Format.decimal($0.fps, 0) },
                input.speed.map { "\(Format.decimal($0, 1))×" }, input.milliseconds.map(Format.milliseconds),
                input.reused.map { Format.percent($0) }, input.agreement.map { Format.decimal($0, 3) },
            ]
            return [name, "<span class=\"badge \(input.state.style)\">\(input.state.name)</span>"] + figures.map { HTML.cell($0) }
        }
        let bins = min(400, Self.mostBins / max(1, inputs.count))
        let each = inputs.prefix(Self.mostCharts).enumerated().map { InputDetails(input: $1, number: $0 + 1, bins: bins).html }.joined()
        return """
            <details class="card" id="engine"><summary>How it was computed: models, speed, reuse, agreement</summary>
            \(HTML.table(columns, rows))\(each)</details>

            """
    }
}

/// What is told of one input: what ran, charts of reuse and work, where reuse agreed least.
private struct InputDetails {
    let input: ReportInput
    let number: Int
    /// The most of a chart.
    let bins: Int

    var html: HTML {
        """
        <section class="input" id="input-\(number)"><h3>\(String(baseName(input.source)), limit: 80)</h3>
        <p class="note">\(origin)</p><p class="note">\(figures)</p>
        \(charts)\(worst)\(agreementByClass)</section>

        """
    }

    /// What was analyzed, with which model and options.
    private var origin: HTML {
        var parts: [String] = []
        if String(baseName(input.source)) != input.source { parts.append(input.source) }
        if let clock = input.begin?.clock, let start = input.begin?.startTime.flatMap(UTCTime.seconds) {
            let origins = ["name": "the file's name", "metadata": "the container", "mtime": "when the file was last changed"]
            let origin = origins[clock].map { ", by \($0)" } ?? ""
            let read = input.begin?.timeZone.map { ", read as \($0)" } ?? ""
            parts.append("began \(Format.timeOfDay(start, input.zone, hasDate: true)) (\(input.zone.name))\(origin)\(read)")
        }
        if let video = input.video {
            parts.append("\(video.width)×\(video.height) \(video.codec)\(video.fps.map { ", \(Format.short($0)) fps" } ?? "")")
        }
        if let model = input.model { parts.append("model \(model.name) at \(model.input.width)×\(model.input.height)") }
        if let options = input.options {
            parts.append("reuse: \(options.cache)")
            if let every = options.every { parts.append("one frame in \(every)") }
            if let fps = options.fps { parts.append("at most \(Format.short(fps)) frames a second") }
            if let start = options.startS { parts.append("from \(Format.time(start))") }
            if let classes = options.classes { parts.append("only \(classes.prefix(20).joined(separator: ", "))") }
        }
        if input.file != input.source { parts.append("from \(input.file)") }
        return "\(parts.joined(separator: " · "), limit: 600)"
    }

    /// What the table of all inputs has no room for.
    private var figures: HTML {
        var parts: [String] = []
        if let agreement = input.end?.cache?.agreement {
            parts.append(
                "agreement 95 %: \(Format.decimal(agreement.interval[0], 3)) to \(Format.decimal(agreement.interval[1], 3)), "
                    + "by \(Format.count(agreement.objects)) objects in \(Format.count(agreement.frames)) drawn frames")
        }
        if let speedup = input.comparison?.speedup { parts.append("faster than dense \(Format.decimal(speedup, 2))×, on the same frames") }
        return "\(parts.joined(separator: " · "), limit: 600)"
    }

    private var charts: HTML {
        // Records of changes or events say nothing about the frames between them.
        guard let span = input.span, input.frames > 0, !input.hasChangesOnly, !input.hasEventsOnly else { return .none }
        let axis = TimeAxis(first: input.pageTime(span.first), last: input.pageTime(span.last), isClock: input.clockStart != nil)
        let bins = input.bins.reduced(to: bins).map { bin -> TimeBin in
            var bin = bin
            (bin.first, bin.last) = (input.pageTime(bin.first), input.pageTime(bin.last))
            return bin
        }
        var parts = HTML.none
        if bins.contains(where: { $0.reusing > 0 }) {
            let reuse = LineChart.Series(name: "reuse", style: "c1", isArea: true) { $0.reusing > 0 ? $0.reused / Double($0.reusing) : nil }
            parts += LineChart(
                title: "Reuse", note: "share of the computation that was avoided; mean \(Format.percent(input.reused ?? 0))", axis: axis,
                series: [reuse], top: 1, unit: { Format.percent($0) }
            ).html(bins)
        }
        if let slowest = bins.map(\.slowest).max(), slowest > 0 {
            let mean = LineChart.Series(name: "mean", style: "c2", isArea: true) { $0.total / Double($0.frames) }
            let worst = LineChart.Series(name: "slowest", style: "c3", isArea: false) { $0.slowest }
            parts += LineChart(
                title: "Work a frame", note: "decoding, comparing, inference; slowest \(Format.milliseconds(slowest))", axis: axis,
                series: [mean, worst], top: slowest, unit: { Format.milliseconds($0) }
            ).html(bins)
        }
        return parts
    }

    private var worst: HTML {
        guard let comparison = input.comparison, !comparison.worst.isEmpty else { return .none }
        let items = comparison.worst.prefix(12).map { frame -> HTML in
            let time = frame.ptsS.map { Format.time($0, within: 0) + " · " } ?? ""
            let reason = frame.reason.map { "in full: \($0)" } ?? "reused \(Format.percent(frame.reused))"
            let image: HTML =
                input.worstFrames[frame.frame].map { "<img alt=\"frame \(frame.frame)\" src=\"\(HTML(jpeg: $0))\"/>" } ?? .none
            return """
                <li>\(image)<b>agreement \(Format.decimal(frame.agreement, 3))</b>\
                <span class="note">\("\(time)frame \(Format.count(frame.frame)) · \(reason)", limit: 120)</span></li>

                """
        }
        return "<h4>Frames that agree least with dense inference</h4><ol class=\"events\">\(items.joined())</ol>"
    }

    private var agreementByClass: HTML {
        guard let classes = input.comparison?.classes, !classes.isEmpty else { return .none }
        let rows = classes.prefix(50).map { row in
            [row.label, Format.count(row.dense), Format.count(row.cached), Format.decimal(row.agreement, 3)].map { HTML.cell($0) }
        }
        return "<h4>Agreement by class</h4>\(HTML.table(["class", "dense", "with reuse", "agreement"], rows))"
    }
}
