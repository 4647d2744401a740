import Clocks
import Results

/// The part of the page about one input: figures, problems, charts, zones, images.
extension ReportSection {
    func html(number: Int) -> HTML {
        """
        <section class="input" id="input-\(number)">
        <h2>\(String(baseName(source))) <span class="badge \(state.style)">\(state.name)</span></h2>
        <p class="note">\(origin)</p>
        \(HTML.problems(problems))<dl class="figures">\(figures)</dl>
        \(charts)\(zones)\(lines)\(newObjectsGallery)\(worstGallery)\(agreementByClass)</section>

        """
    }

    /// What was analyzed, with which model and options.
    private var origin: HTML {
        var parts: [String] = []
        if String(baseName(source)) != source { parts.append(source) }
        if let clock = begin?.clock, let start = begin?.startTime.flatMap(UTCTime.seconds) {
            let origins = ["name": "the file's name", "metadata": "the container", "mtime": "when the file was last changed"]
            let origin = origins[clock].map { ", by \($0)" } ?? ""
            let read = begin?.timeZone.map { ", read as \($0)" } ?? ""
            parts.append("began \(Format.timeOfDay(start, zone, hasDate: true)) (\(zone.name))\(origin)\(read)")
        }
        if let video {
            parts.append("\(video.width)×\(video.height) \(video.codec)\(video.fps.map { ", \(Format.short($0)) fps" } ?? "")")
        }
        if let model { parts.append("model \(model.name) at \(model.input.width)×\(model.input.height)") }
        if let options {
            parts.append("reuse: \(options.cache)")
            if let every = options.every { parts.append("one frame in \(every)") }
            if let fps = options.fps { parts.append("at most \(Format.short(fps)) frames a second") }
            if let start = options.startS { parts.append("from \(Format.time(start))") }
            if let classes = options.classes { parts.append("only \(classes.prefix(20).joined(separator: ", "))") }
        }
        if file != source { parts.append("from \(file)") }
        return "\(parts.joined(separator: " · "), limit: 600)"
    }

    /// Failures, outages and losses.
    private var problems: [String] {
        var lines: [String] = []
        if let error = end?.error ?? comparison?.error { lines.append(error.message) }
        if let reason = incompleteReason { lines.append(reason) }
        for outage in outages.prefix(10) {
            let length = outage.durationS.map { " for \(Format.decimal($0, 1)) s" } ?? ""
            lines.append("\(outage.time): no frames\(length): \(outage.reason)")
        }
        if outageCount > 10 { lines.append("and \(Format.count(outageCount - 10, "more outage"))") }
        if let end {
            if end.dropped > 0 { lines.append("\(Format.count(end.dropped, "frame")) dropped, because the model was behind") }
            if end.corruptPackets > 0 { lines.append("\(Format.count(end.corruptPackets, "corrupt packet")) skipped") }
        }
        if objects.isIncomplete { lines.append("there are more classes or tracks than a report counts") }
        return lines
    }

    private var figures: HTML {
        var all: [HTML] = []
        func add(_ name: String, _ value: String, _ note: String) {
            all.append("<div><dt>\(name)</dt><dd>\(value) <span class=\"note\">\(note)</span></dd></div>\n")
        }
        add("Frames", Format.count(framesSeen), videoSeconds.map { "\(Format.time($0)) of video" } ?? "")
        if let end, end.fps > 0 {
            let times = speed.map { "\(Format.decimal($0, $0 < 10 ? 1 : 0))× real time" }
            add("Speed", "\(Format.decimal(end.fps, end.fps < 10 ? 1 : 0)) fps", times ?? "")
        }
        if let milliseconds { add("Work a frame", Format.milliseconds(milliseconds), "mean") }
        if let reused { add("Reuse", Format.percent(reused), "of the computation avoided") }
        if let agreement {
            let drawn = end?.cache?.agreement.map { agreement in
                "95 %: \(Format.decimal(agreement.interval[0], 3)) to \(Format.decimal(agreement.interval[1], 3)), "
                    + "by \(Format.count(agreement.objects)) objects in \(Format.count(agreement.frames)) drawn frames"
            }
            add("Agreement", Format.decimal(agreement, 3), drawn ?? "with dense inference")
        }
        if let speedup = comparison?.speedup {
            add("Faster than dense", "\(Format.decimal(speedup, 2))×", "compared on the same frames")
        }
        if newObjects.count > 0 {
            let classes = objects.classes.count
            add("New objects", Format.count(newObjects.count), classes == 1 ? "of one class" : "of \(classes) classes")
        }
        return all.joined()
    }

    private var charts: HTML {
        guard let span, frames > 0 || hasEventsOnly else { return .none }
        let axis = TimeAxis(first: span.first, last: span.last)
        let bins = bins.bins
        var parts: HTML =
            objects.classes.isEmpty
            ? "<p class=\"note\">No object was seen.</p>" : ObjectTimeline(axis: axis, section: self).html
        // Records of changes or events say nothing about the frames between them.
        if hasChangesOnly || hasEventsOnly { return parts }
        if bins.contains(where: { $0.reusing > 0 }) {
            let reuse = LineChart.Series(name: "reuse", style: "c1", isArea: true) { $0.reusing > 0 ? $0.reused / Double($0.reusing) : nil }
            parts += LineChart(
                title: "Reuse", note: "share of the computation that was avoided; mean \(Format.percent(reused ?? 0))", axis: axis,
                series: [reuse], top: 1, unit: { Format.percent($0) }, shown: shown
            ).html(bins)
        }
        if let slowest = bins.map(\.slowest).max(), slowest > 0 {
            // One slow frame must not flatten the rest: the axis ends at four times the 90th percentile of the bins' means.
            let means = bins.map { $0.total / Double($0.frames) }.sorted()
            let top = min(slowest, 4 * max(means[means.count * 9 / 10], 0.001))
            let mean = LineChart.Series(name: "mean", style: "c2", isArea: true) { $0.total / Double($0.frames) }
            let worst = LineChart.Series(name: "slowest", style: "c3", isArea: false) { $0.slowest }
            parts += LineChart(
                title: "Work a frame", note: "decoding, comparing, inference; slowest \(Format.milliseconds(slowest))", axis: axis,
                series: [mean, worst], top: top, unit: { Format.milliseconds($0) }, shown: shown
            ).html(bins)
        }
        return parts
    }

    private var zones: HTML {
        guard let zones = end?.zones, !zones.isEmpty else { return .none }
        let rows = zones.map { zone in
            [zone.zone, Format.count(zone.entered), Format.count(zone.left), Format.count(zone.inside)].map { HTML.cell($0) }
                + [HTML.cell(zone.meanDwellS.map { "\(Format.decimal($0, 1)) s" })]
        }
        return titled("Zones", HTML.table(["zone", "came in", "went out", "inside at the end", "mean stay"], rows))
    }

    private var lines: HTML {
        guard let lines = end?.lines, !lines.isEmpty else { return .none }
        let rows = lines.map { [$0.line, Format.count($0.leftToRight), Format.count($0.rightToLeft)].map { HTML.cell($0) } }
        return titled("Lines", HTML.table(["line", "left to right", "right to left"], rows))
    }

    func titled(_ title: HTML, _ content: HTML) -> HTML { "<section class=\"gallery\"><h3>\(title)</h3>\(content)</section>\n" }

    private var agreementByClass: HTML {
        guard let classes = comparison?.classes, !classes.isEmpty else { return .none }
        let rows = classes.prefix(50).map { row in
            [row.label, Format.count(row.dense), Format.count(row.cached), Format.decimal(row.agreement, 3)].map { HTML.cell($0) }
        }
        return HTML.details("Agreement by class", HTML.table(["class", "dense", "with reuse", "agreement"], rows))
    }
}

extension HTML {
    static func problems(_ lines: [String]) -> HTML {
        lines.isEmpty ? .none : "<ul class=\"problems\">\(lines.map { "<li>\($0, limit: 500)</li>" as HTML }.joined())</ul>\n"
    }
}
