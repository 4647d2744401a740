import Foundation
import Results

/// Pictures of what came into view, and of the frames that agreed least.
struct Gallery {
    let section: ReportSection
    let limit: Int

    var appearances: Markup {
        let all = section.appearances
        guard all.count > 0 else { return .none }
        // Those that have a picture; without any, the first ones in words.
        let pictured = all.list.filter { section.pictures[$0.frame] != nil }
        let shown = pictured.isEmpty ? all.chosen(limit) : thinned(pictured)
        let span = section.span.map { $0.last - $0.first } ?? 0
        let items = shown.map { arrival -> Markup in
            let what =
                arrival.trackID.map { "\(arrival.label) #\($0)" }
                ?? (arrival.count > 1 ? "\(arrival.count) × \(arrival.label)" : arrival.label)
            let time = Figures.time(arrival.time, within: span)
            return card(
                picture: section.pictures[arrival.frame], alt: "\(what) at \(time)", title: what,
                note: "\(time) · frame \(Figures.count(arrival.frame)) · score \(decimal(arrival.score, 2))")
        }.joined()
        let which = all.count > shown.count ? "\(shown.count) of \(Figures.count(all.count))" : Figures.count(all.count)
        return """
            <section class="gallery"><h3>New objects <span class="note">\(which)</span></h3>\(problem)<ul>\(items)</ul></section>

            """
    }

    /// One for each picture.
    private func thinned(_ appearances: [Appearance]) -> [Appearance] {
        var taken: Set<Int> = []
        return Array(appearances.filter { taken.insert($0.frame).inserted }.prefix(limit))
    }

    private var problem: Markup { section.pictureProblem.map { "<p class=\"note\">\($0)</p>" } ?? .none }

    var worst: Markup {
        guard let comparison = section.comparison, !comparison.worst.isEmpty else { return .none }
        let span = section.span.map { $0.last - $0.first } ?? comparison.video?.durationS ?? 0
        let items = comparison.worst.prefix(12).map { frame -> Markup in
            let time = frame.ptsS.map { Figures.time($0, within: span) + " · " } ?? ""
            let reason = frame.reason.map { " · in full: \($0)" } ?? " · reused \(Figures.percent(frame.reused))"
            return card(
                picture: section.pictures[frame.frame], alt: "frame \(frame.frame)", title: "agreement \(decimal(frame.agreement, 3))",
                note: "\(time)frame \(Figures.count(frame.frame))\(reason)")
        }.joined()
        return """
            <section class="gallery"><h3>Frames that agree least <span class="note">with dense inference</span></h3>\(section.appearances.count > 0 ? .none : problem)<ul>\(items)</ul></section>

            """
    }

    private func card(picture: [UInt8]?, alt: String, title: String, note: String) -> Markup {
        let image: Markup =
            picture.map { bytes in
                "<img alt=\"\(alt, limit: 120)\" loading=\"lazy\" src=\"data:image/jpeg;base64,\(base64(bytes))\"/>"
            } ?? .none
        return "<li>\(image)<b>\(title, limit: 80)</b><span class=\"note\">\(note, limit: 120)</span></li>\n"
    }

    /// Nothing in it needs escaping.
    private func base64(_ bytes: [UInt8]) -> Markup { Markup(stringLiteral: Data(bytes).base64EncodedString()) }
}
