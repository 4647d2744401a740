/// When objects were seen: a row for each class, a row for each track, and the same as a table.
struct ObjectTimeline {
    let axis: TimeAxis
    let section: ReportSection
    static let mostClasses = 12
    static let mostTracks = 60

    /// A part of a row that is filled. `level` 1…4: the share of frames with an object, in quarters.
    struct Bar: Equatable {
        var from: Double
        var to: Double
        var level = 4
    }

    var html: HTML {
        let (rows, columns, note) = section.hasEventsOnly ? ofEvents : ofFrames
        let more = rows.count - Self.mostClasses
        let rest: HTML = more > 0 ? "<p class=\"note\">and \(more) more, in the table</p>" : .none
        return """
            <figure class="chart"><figcaption><b>Objects over time</b> <span class="note">\(note)</span></figcaption>
            \(timeline(rows.prefix(Self.mostClasses).map(\.bar).joined()))\(rest)</figure>
            \(tracks)\(HTML.details("The same as a table", HTML.table(["class"] + columns, rows.map(\.cells))))
            """
    }

    /// A class's row of the timeline, and its row of the table.
    private typealias ClassRow = (bar: HTML, cells: [HTML])
    private typealias Classes = (rows: [ClassRow], columns: [String], note: String)

    /// - Parameters:
    ///   - total: at the right end of the row.
    ///   - summary: for people who do not see the row.
    private func classRow(_ seen: PresenceStatistics, _ bars: [Bar], total: String, summary: String, _ cells: [String]) -> ClassRow {
        let times = [seen.first, seen.last].map { section.shown($0, within: axis.length) } + [Format.decimal(seen.best, 2)]
        return (
            timelineRow(seen.label, total, Palette.color(seen.classID), bars, summary: "\(seen.label): \(summary)"),
            ([seen.label] + cells + times).map { HTML.cell($0) }
        )
    }

    /// Of results with a record for every frame.
    private var ofFrames: Classes {
        let stretches = axis.stretches(section.bins.bins)
        let classes = section.objects.classes.enumerated().sorted {
            ($0.element.frames, $1.element.first) > ($1.element.frames, $0.element.first)
        }
        let rows = classes.map { index, seen in
            let share = Double(seen.frames) / Double(max(1, section.frames))
            return classRow(
                seen, Self.bars(of: index, stretches), total: Format.percent(share),
                summary: "in \(Format.count(seen.frames, "frame")), at most \(seen.most) at once",
                [Format.count(seen.frames), Format.percent(share, 1), "\(seen.most)"])
        }
        let columns = ["frames", "of all", "most at once", "first seen", "last seen", "best score"]
        return (rows, columns, "share of all frames at the right; fainter: in fewer of the frames")
    }

    /// Of results with events only: a class is there while one of its tracks is.
    private var ofEvents: Classes {
        let rows = section.objects.classes.map { seen in
            let tracks = section.objects.tracks.values.filter { $0.label == seen.label }
            let intervals = Self.union(tracks.map { ($0.first, $0.last) })
            let length = intervals.reduce(0) { $0 + $1.to - $1.from }
            let row = classRow(
                seen, intervals.map { Bar(from: axis.x($0.from), to: axis.x($0.to)) }, total: Format.percent(length / axis.length),
                summary: "for \(Format.time(length))", [Format.count(tracks.count), Format.time(length)])
            return (row: row, length: length)
        }.sorted { $0.length > $1.length }
        let columns = ["tracks", "there for", "first seen", "last seen", "best score"]
        return (rows.map(\.row), columns, "share of the time at the right")
    }

    /// Intervals that overlap or touch become one.
    static func union(_ intervals: [(from: Double, to: Double)]) -> [(from: Double, to: Double)] {
        var all: [(from: Double, to: Double)] = []
        for interval in intervals.sorted(by: { $0.from < $1.from }) {
            if let last = all.last, interval.from <= last.to {
                all[all.count - 1].to = max(last.to, interval.to)
            } else {
                all.append(interval)
            }
        }
        return all
    }

    /// One bar for neighboring bins of the same level: four shades can be told apart.
    static func bars(of index: Int, _ stretches: [(bin: TimeBin, from: Double, to: Double)]) -> [Bar] {
        var bars: [Bar] = []
        for (bin, from, to) in stretches {
            guard let frames = bin.present[index] else { continue }
            let level = max(1, min(4, Int((4 * Double(frames) / Double(bin.frames)).rounded(.up))))
            if let last = bars.last, last.level == level, from - last.to < 0.2 {
                bars[bars.count - 1].to = to
            } else {
                bars.append(Bar(from: from, to: to, level: level))
            }
        }
        return bars
    }

    /// The longest tracks, in the order of their beginning.
    private var tracks: HTML {
        guard section.isTracked else { return .none }
        let all = section.objects.tracks.sorted { ($1.value.last - $1.value.first, $0.key) < ($0.value.last - $0.value.first, $1.key) }
        let shown = all.prefix(Self.mostTracks).sorted { ($0.value.first, $0.key) < ($1.value.first, $1.key) }
        let rows = shown.map { id, track in
            let name = "\(track.label) #\(id)"
            return timelineRow(
                name, Format.time(track.last - track.first), Palette.color(id), [Bar(from: axis.x(track.first), to: axis.x(track.last))],
                summary: "\(name): from \(section.shown(track.first, within: .infinity)) to \(section.shown(track.last, within: .infinity))"
            )
        }.joined()
        let which = all.count > shown.count ? ", the longest \(shown.count)" : ""
        return HTML.details("\(Format.count(all.count, "track"))\(which)", timeline(rows))
    }

    private func timeline(_ rows: HTML) -> HTML {
        "<div class=\"rows\">\(rows)<div class=\"row\"><span></span>\(axis.labels(section.shown))<span></span></div></div>"
    }

    private func timelineRow(_ name: String, _ total: String, _ color: Color, _ bars: [Bar], summary: String) -> HTML {
        let bars = bars.map { bar -> HTML in
            let faint: HTML = bar.level < 4 ? " opacity=\"\(Format.decimal(0.25 + 0.1875 * Double(bar.level), 2))\"" : .none
            let width = coordinate(max(bar.to - bar.from, 1.5))
            return "<rect x=\"\(coordinate(bar.from))\" y=\"3\" width=\"\(width)\" height=\"18\"\(faint)/>"
        }.joined()
        return """
            <div class="row"><span class="name">\(name, limit: 60)</span><svg viewBox="0 0 1000 24" preserveAspectRatio="none" \
            role="img" aria-label="\(summary, limit: 120)" fill="\(color.css)">\(bars)</svg><span class="total">\(total)</span></div>

            """
    }
}

extension Color {
    /// `#ffc400`
    var css: String { "#" + [red, green, blue].map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined() }
}
