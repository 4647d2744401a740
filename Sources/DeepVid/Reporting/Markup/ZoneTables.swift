import Results

/// What the zones and lines came to, if there were any.
struct ZoneTables {
    let end: EndRecord?

    var markup: Markup { zones + lines }

    private var zones: Markup {
        guard let zones = end?.zones, !zones.isEmpty else { return .none }
        let rows = zones.map { zone -> Markup in
            """
            <tr><th scope="row">\(zone.zone, limit: 60)</th><td>\(Figures.count(zone.entered))</td><td>\(Figures.count(zone.left))</td>\
            <td>\(Figures.count(zone.inside))</td><td>\(zone.meanDwellS.map { "\(decimal($0, 1)) s" } ?? "–")</td></tr>

            """
        }.joined()
        return table("Zones", ["zone", "came in", "went out", "inside at the end", "mean stay"], rows)
    }

    private var lines: Markup {
        guard let lines = end?.lines, !lines.isEmpty else { return .none }
        let rows = lines.map { line -> Markup in
            """
            <tr><th scope="row">\(line.line, limit: 60)</th><td>\(Figures.count(line.leftToRight))</td>\
            <td>\(Figures.count(line.rightToLeft))</td></tr>

            """
        }.joined()
        return table("Lines", ["line", "left to right", "right to left"], rows)
    }

    private func table(_ title: String, _ columns: [String], _ rows: Markup) -> Markup {
        """
        <section class="gallery"><h3>\(title)</h3><div class="scroll"><table><thead><tr>\(columns.map { "<th scope=\"col\">\($0)</th>" as Markup }.joined())</tr></thead><tbody>
        \(rows)</tbody></table></div></section>

        """
    }
}
