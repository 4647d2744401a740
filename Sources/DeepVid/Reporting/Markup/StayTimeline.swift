/// When objects were there, where the results are of events: a lane for each class, of the stays of its tracks.
struct StayTimeline {
    let axis: TimeAxis
    let section: ReportSection

    var markup: Markup {
        let rows = section.seen.classes.map { (seen: $0, stays: Self.union(stays(of: $0.label))) }
            .sorted { length($0.stays) > length($1.stays) }
        let lanes = rows.prefix(Timeline.mostClasses).map { seen, stays in
            Timeline.row(
                name: seen.label, total: Figures.percent(length(stays) / axis.length), colour: Palette.colour(seen.classID),
                bars: stays.map { Timeline.bar(from: axis.x($0.from), to: axis.x($0.to)) }.joined(),
                summary: "\(seen.label): for \(Figures.time(length(stays)))")
        }.joined()
        let more = rows.count - Timeline.mostClasses
        let rest: Markup = more > 0 ? "<p class=\"note\">and \(more) more, in the table</p>" : .none
        return """
            <figure class="chart"><figcaption><b>Objects over time</b> <span class="note">share of the time at the right</span></figcaption>
            <div class="lanes">\(lanes)<div class="lane"><span></span>\(axis.labels)<span></span></div></div>\(rest)</figure>
            \(table(rows))
            """
    }

    private typealias Stay = (from: Double, to: Double)

    private func stays(of label: String) -> [Stay] {
        section.seen.tracks.values.filter { $0.label == label }.map { ($0.first, $0.last) }.sorted { $0.0 < $1.0 }
    }

    private static func union(_ stays: [Stay]) -> [Stay] {
        var all: [Stay] = []
        for stay in stays {
            if let last = all.last, stay.from <= last.to { all[all.count - 1].to = max(last.to, stay.to) } else { all.append(stay) }
        }
        return all
    }

    private func length(_ stays: [Stay]) -> Double { stays.reduce(0) { $0 + $1.to - $1.from } }

    private func table(_ rows: [(seen: SeenObject, stays: [Stay])]) -> Markup {
        let rows = rows.map { seen, stays -> Markup in
            let tracks = section.seen.tracks.values.count { $0.label == seen.label }
            return """
                <tr><th scope="row">\(seen.label, limit: 60)</th><td>\(Figures.count(tracks))</td><td>\(Figures.time(length(stays)))</td>\
                <td>\(Figures.time(seen.first, within: axis.length))</td><td>\(Figures.time(seen.last, within: axis.length))</td>\
                <td>\(decimal(seen.best, 2))</td></tr>

                """
        }.joined()
        return """
            <details><summary>The same as a table</summary><div class="scroll"><table><thead><tr><th scope="col">class</th>\
            <th scope="col">tracks</th><th scope="col">there for</th><th scope="col">first seen</th><th scope="col">last seen</th>\
            <th scope="col">best score</th></tr></thead><tbody>
            \(rows)</tbody></table></div></details>

            """
    }
}
