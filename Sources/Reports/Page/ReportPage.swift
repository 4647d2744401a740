import Models

/// The whole page: one file that needs no other.
struct ReportPage {
    let sections: [ReportSection]

    var markup: Markup {
        let bodies = sections.enumerated().map { SectionMarkup(section: $0.element, number: $0.offset + 1).markup }.joined()
        let title = sections.count == 1 ? String(baseName(sections[0].source)) : "\(sections.count) inputs"
        return """
            <!DOCTYPE html>
            <html xmlns="http://www.w3.org/1999/xhtml" lang="en">
            <head>
            <meta charset="utf-8"/>
            <meta name="viewport" content="width=device-width, initial-scale=1"/>
            <meta http-equiv="Content-Security-Policy" content="default-src 'none'; img-src data:; style-src 'unsafe-inline'"/>
            <meta name="color-scheme" content="light dark"/>
            <meta name="generator" content="deepvid \(deepvidVersion)"/>
            <title>\(title) – deepvid report</title>
            <style>\(PageStyle.sheet)</style>
            </head>
            <body>
            <header><p class="brand">deepvid report</p><h1>\(title)</h1></header>
            <main>
            \(overview)\(bodies)</main>
            <footer><p class="note">Made by deepvid \(deepvidVersion) from \(Figures.count(Set(sections.map(\.file)).count, "results file")). \
            Times are those of the video.</p></footer>
            </body>
            </html>

            """
    }

    /// A line for each input, where there is more than one.
    private var overview: Markup {
        guard sections.count > 1 else { return .none }
        let rows = sections.enumerated().map { index, section -> Markup in
            let state = SectionMarkup(section: section, number: index + 1).state
            func cell(_ text: String?) -> Markup { "<td>\(text ?? "–")</td>" }
            return """
                <tr><th scope="row"><a href="#input-\(index + 1)">\(String(baseName(section.source)), limit: 80)</a></th>\
                <td><span class="badge \(state.style)">\(state.name)</span></td>\(cell(Figures.count(section.framesSeen)))\
                \(cell(section.videoSeconds.map { Figures.time($0) }))\(cell(section.end.map { decimal($0.fps, 0) }))\
                \(cell(section.speed.map { "\(decimal($0, 1))×" }))\(cell(section.reused.map { Figures.percent($0) }))\
                \(cell(section.agreement.map { decimal($0, 3) }))\(cell(Figures.count(section.appearances.count)))</tr>

                """
        }.joined()
        let frames = sections.reduce(0) { $0 + $1.framesSeen }
        let video = sections.compactMap(\.videoSeconds).reduce(0, +)
        let failed = sections.filter { $0.end?.reason == .failed || $0.breakOff != nil }.count
        let appearances = sections.reduce(0) { $0 + $1.appearances.count }
        return """
            <section class="input"><h2>Overview</h2>
            <dl class="figures"><div><dt>Inputs</dt><dd>\(sections.count) <span class="note">\(failed > 0 ? "\(failed) not complete" : "all complete")</span></dd></div>
            <div><dt>Frames</dt><dd>\(Figures.count(frames)) <span class="note">\(Figures.time(video)) of video</span></dd></div>
            <div><dt>New objects</dt><dd>\(Figures.count(appearances))</dd></div></dl>
            <div class="scroll"><table><thead><tr><th scope="col">input</th><th scope="col">state</th><th scope="col">frames</th>\
            <th scope="col">video</th><th scope="col">fps</th><th scope="col">speed</th><th scope="col">reuse</th>\
            <th scope="col">agreement</th><th scope="col">new objects</th></tr></thead><tbody>
            \(rows)</tbody></table></div></section>

            """
    }
}
