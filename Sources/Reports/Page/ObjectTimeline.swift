import Pictures

/// When objects were seen: a lane for each class, and for each track.
struct Timeline {
    let axis: TimeAxis
    let section: ReportSection
    private static let lane = 24.0
    static let mostClasses = 12
    static let mostTracks = 60

    var markup: Markup {
        if section.isOfEvents { return StayTimeline(axis: axis, section: section).markup + tracks }
        let stretches = axis.stretches(section.bins.bins)
        let classes = section.seen.classes.enumerated().sorted {
            ($0.element.frames, $1.element.first) > ($1.element.frames, $0.element.first)
        }
        let lanes = classes.prefix(Self.mostClasses).map { index, sighting in
            Self.row(
                name: sighting.label, total: Figures.percent(Double(sighting.frames) / Double(max(1, section.frames))),
                colour: Palette.colour(sighting.classID), bars: presence(of: index, stretches),
                summary: "\(sighting.label): in \(Figures.count(sighting.frames, "frame")), at most \(sighting.most) at once")
        }.joined()
        let more = classes.count - Self.mostClasses
        let rest: Markup = more > 0 ? "<p class=\"note\">and \(more) more, in the table</p>" : .none
        return """
            <figure class="chart"><figcaption><b>Objects over time</b> <span class="note">share of all frames at the right; fainter: in fewer of the frames</span></figcaption>
            <div class="lanes">\(lanes)<div class="lane"><span></span>\(axis.labels)<span></span></div></div>\(rest)</figure>
            \(tracks)\(table(classes.map(\.element)))
            """
    }

    static func row(name: String, total: String, colour: Colour, bars: Markup, summary: String) -> Markup {
        """
        <div class="lane"><span class="name">\(name, limit: 60)</span><svg viewBox="0 0 1000 \(coordinate(lane))" preserveAspectRatio="none" \
        role="img" aria-label="\(summary, limit: 120)" fill="\(colour.css)">\(bars)</svg><span class="total">\(total)</span></div>

        """
    }

    /// One rectangle for bins in a row that are about as full.
    private func presence(of index: Int, _ stretches: [(bin: TimeBin, from: Double, to: Double)]) -> Markup {
        var runs: [(from: Double, to: Double, level: Int)] = []
        for (bin, from, to) in stretches {
            guard let presence = bin.present[index] else { continue }
            // Four shades are told apart.
            let level = max(1, min(4, Int((4 * Double(presence.frames) / Double(bin.frames)).rounded(.up))))
            if let last = runs.last, last.level == level, from - last.to < 0.2 {
                runs[runs.count - 1].to = to
            } else {
                runs.append((from, to, level))
            }
        }
        return runs.map { Self.bar(from: $0.from, to: $0.to, opacity: Double($0.level) / 4) }.joined()
    }

    static func bar(from: Double, to: Double, opacity: Double = 1) -> Markup {
        let faint: Markup = opacity < 1 ? " opacity=\"\(decimal(0.25 + 0.75 * opacity, 2))\"" : .none
        return "<rect x=\"\(coordinate(from))\" y=\"3\" width=\"\(coordinate(max(to - from, 1.5)))\" height=\"18\"\(faint)/>"
    }

    // MARK: - Tracks

    private var tracks: Markup {
        guard section.isTracked else { return .none }
        let all = section.seen.tracks.values.sorted { $0.last - $0.first > $1.last - $1.first }
        let shown = all.prefix(Self.mostTracks).sorted { $0.first < $1.first }
        let lanes = shown.map { track in
            let name = "\(track.label) #\(track.trackID ?? 0)"
            return Self.row(
                name: name, total: Figures.time(track.last - track.first), colour: Palette.colour(track.trackID ?? 0),
                bars: Self.bar(from: axis.x(track.first), to: axis.x(track.last)),
                summary: "\(name): from \(Figures.time(track.first)) to \(Figures.time(track.last))")
        }.joined()
        let which = all.count > shown.count ? ", the longest \(shown.count)" : ""
        return """
            <details><summary>\(Figures.count(all.count, "track"))\(which)</summary><div class="lanes">\(lanes)<div class="lane"><span></span>\
            \(axis.labels)<span></span></div></div></details>

            """
    }

    // MARK: - The same in words

    private func table(_ classes: [SeenObject]) -> Markup {
        let rows = classes.map { sighting -> Markup in
            """
            <tr><th scope="row">\(sighting.label, limit: 60)</th><td>\(Figures.count(sighting.frames))</td>\
            <td>\(Figures.percent(Double(sighting.frames) / Double(max(1, section.frames)), 1))</td><td>\(sighting.most)</td>\
            <td>\(Figures.time(sighting.first, within: axis.length))</td><td>\(Figures.time(sighting.last, within: axis.length))</td>\
            <td>\(decimal(sighting.best, 2))</td></tr>

            """
        }.joined()
        return """
            <details><summary>The same as a table</summary><div class="scroll"><table><thead><tr><th scope="col">class</th>\
            <th scope="col">frames</th><th scope="col">of all</th><th scope="col">most at once</th><th scope="col">first seen</th>\
            <th scope="col">last seen</th><th scope="col">best score</th></tr></thead><tbody>
            \(rows)</tbody></table></div></details>

            """
    }
}

extension Colour {
    /// `#ffc400`
    var css: String {
        "#"
            + [red, green, blue].map { byte in
                let digits = String(byte, radix: 16)
                return digits.count < 2 ? "0" + digits : digits
            }.joined()
    }
}
