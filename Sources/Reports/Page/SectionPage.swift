import Results

/// A section as markup: figures, troubles, charts, pictures.
struct SectionMarkup {
    let section: ReportSection
    let number: Int

    var markup: Markup {
        """
        <section class="input" id="input-\(number)">
        <h2>\(String(baseName(section.source))) \(badge)</h2>
        <p class="note">\(origin)</p>
        \(troubles)<dl class="figures">\(figures)</dl>
        \(charts)\(ZoneTables(end: section.end).markup)\(gallery.appearances)\(gallery.worst)\(classesOfComparison)</section>

        """
    }

    private var gallery: Gallery { Gallery(section: section, limit: 24) }

    // MARK: - What it is

    private var origin: Markup {
        var parts: [String] = []
        if String(baseName(section.source)) != section.source { parts.append(section.source) }
        if let video = section.video {
            parts.append("\(video.width)×\(video.height) \(video.codec)\(video.fps.map { ", \(Figures.short($0)) fps" } ?? "")")
        }
        if let model = section.model { parts.append("model \(model.name) at \(model.input.width)×\(model.input.height)") }
        if let options = section.options {
            parts.append("reuse: \(options.cache)")
            if let every = options.every { parts.append("one frame in \(every)") }
            if let fps = options.fps { parts.append("at most \(Figures.short(fps)) frames a second") }
            if let start = options.startS { parts.append("from \(Figures.time(start))") }
            if let classes = options.classes { parts.append("only \(classes.prefix(20).joined(separator: ", "))") }
        }
        if section.file != section.source { parts.append("from \(section.file)") }
        return "\(parts.joined(separator: " · "), limit: 600)"
    }

    /// How it ended.
    var state: (name: String, style: Markup) {
        if let reason = section.end?.reason ?? section.comparison?.reason {
            return switch reason {
            case .finished: section.breakOff == nil ? ("finished", "good") : ("damaged records", "bad")
            case .failed: ("failed", "bad")
            case .interrupted: ("interrupted", "warn")
            }
        }
        return ("no end", "warn")
    }

    private var badge: Markup { "<span class=\"badge \(state.style)\">\(state.name)</span>" }

    /// Failures and gaps, plainly.
    private var troubles: Markup {
        var lines: [String] = []
        if let error = section.end?.error ?? section.comparison?.error { lines.append(error.message) }
        if let breakOff = section.breakOff { lines.append(breakOff) }
        if section.gapCount > 0 {
            for gap in section.gaps.prefix(10) {
                let length = gap.durationS.map { " for \(decimal($0, 1)) s" } ?? ""
                lines.append("\(gap.time): no frames\(length): \(gap.reason)")
            }
            if section.gapCount > 10 { lines.append("and \(Figures.count(section.gapCount - 10, "more gap"))") }
        }
        if let end = section.end {
            if end.dropped > 0 { lines.append("\(Figures.count(end.dropped, "frame")) dropped, because the model was behind") }
            if end.damaged > 0 { lines.append("\(Figures.count(end.damaged, "damaged packet")) skipped") }
        }
        if section.seen.isIncomplete { lines.append("there are more classes or tracks than a report counts") }
        guard !lines.isEmpty else { return .none }
        return "<ul class=\"troubles\">\(lines.map { "<li>\($0, limit: 500)</li>" as Markup }.joined())</ul>\n"
    }

    // MARK: - Figures

    private var figures: Markup {
        var all: [(name: String, value: String, note: String)] = []
        all.append(("Frames", Figures.count(section.framesSeen), section.videoSeconds.map { "\(Figures.time($0)) of video" } ?? ""))
        if let end = section.end, end.fps > 0 {
            all.append(
                (
                    "Speed", "\(decimal(end.fps, end.fps < 10 ? 1 : 0)) fps",
                    section.speed.map { "\(decimal($0, $0 < 10 ? 1 : 0))× real time" } ?? ""
                ))
        }
        if let time = section.milliseconds { all.append(("Work a frame", Figures.milliseconds(time), "mean")) }
        if let reused = section.reused { all.append(("Reuse", Figures.percent(reused), "of the computation avoided")) }
        if let agreement = section.agreement {
            let audits = section.end?.cache?.audits.map { "in \(Figures.count($0, "audited frame"))" }
            all.append(("Agreement", decimal(agreement, 3), audits ?? "with dense inference"))
        }
        if let speedup = section.comparison?.speedup {
            all.append(("Faster than dense", "\(decimal(speedup, 2))×", "compared on the same frames"))
        }
        let classes = section.seen.classes.count
        if section.appearances.count > 0 {
            all.append(("New objects", Figures.count(section.appearances.count), classes == 1 ? "of one class" : "of \(classes) classes"))
        }
        return all.map { figure -> Markup in
            "<div><dt>\(figure.name)</dt><dd>\(figure.value) <span class=\"note\">\(figure.note)</span></dd></div>\n"
        }.joined()
    }

    // MARK: - Charts

    private var charts: Markup {
        guard let span = section.span, section.frames > 0 || section.isOfEvents else { return .none }
        let axis = TimeAxis(span)
        let bins = section.bins.bins
        var parts: Markup =
            section.seen.classes.isEmpty
            ? "<p class=\"note\">No object was seen.</p>" : Timeline(axis: axis, section: section).markup
        // Of frames without records nothing is known.
        if section.holds || section.isOfEvents { return parts }
        if bins.contains(where: { $0.reusing > 0 }) {
            let reuse = LineChart.Series(name: "reuse", style: "c1", isArea: true) { $0.reusing > 0 ? $0.reused / Double($0.reusing) : nil }
            parts += LineChart(
                title: "Reuse", note: "share of the computation that was avoided; mean \(Figures.percent(section.reused ?? 0))", axis: axis,
                series: [reuse], top: 1, unit: { Figures.percent($0) }
            ).markup(bins)
        }
        if let slowest = bins.map(\.slowest).max(), slowest > 0 {
            // A rare hiccup must not flatten all the rest.
            let means = bins.map { $0.total / Double($0.frames) }.sorted()
            let top = min(slowest, 4 * max(means[means.count * 9 / 10], 0.001))
            let mean = LineChart.Series(name: "mean", style: "c2", isArea: true) { $0.total / Double($0.frames) }
            let worst = LineChart.Series(name: "slowest", style: "c3", isArea: false) { $0.slowest }
            parts += LineChart(
                title: "Work a frame", note: "decoding, comparing, inference; slowest \(Figures.milliseconds(slowest))", axis: axis,
                series: [mean, worst], top: top, unit: { Figures.milliseconds($0) }
            ).markup(bins)
        }
        return parts
    }

    private var classesOfComparison: Markup {
        guard let classes = section.comparison?.classes, !classes.isEmpty else { return .none }
        let rows = classes.prefix(50).map { row -> Markup in
            """
            <tr><th scope="row">\(row.label, limit: 60)</th><td>\(Figures.count(row.dense))</td><td>\(Figures.count(row.cached))</td>\
            <td>\(decimal(row.agreement, 3))</td></tr>

            """
        }.joined()
        return """
            <details><summary>Agreement by class</summary><div class="scroll"><table><thead><tr><th scope="col">class</th>\
            <th scope="col">dense</th><th scope="col">with reuse</th><th scope="col">agreement</th></tr></thead><tbody>
            \(rows)</tbody></table></div></details>

            """
    }
}
