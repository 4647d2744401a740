import DeepVid
import Models

/// The whole page: one file that needs no other.
extension HTMLReport {
    /// `report.css`, which the build compiles in.
    static let style = HTML(stringLiteral: String(decoding: PackageResources.report_css, as: UTF8.self))

    /// - Parameter unreadable: why results files are not on the page.
    static func page(_ sections: [ReportSection], unreadable: [String]) -> HTML {
        let bodies = sections.enumerated().map { $0.element.html(number: $0.offset + 1) }.joined()
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
            <style>\(style)</style>
            </head>
            <body>
            <header><p class="brand">deepvid report</p><h1>\(title)</h1>\(HTML.problems(unreadable))</header>
            <main>
            \(overview(sections))\(bodies)</main>
            <footer><p class="note">Made by deepvid \(deepvidVersion) from \(Format.count(Set(sections.map(\.file)).count, "results file")). \
            \(times(sections))</p></footer>
            </body>
            </html>

            """
    }

    /// Which clock times are told by.
    private static func times(_ sections: [ReportSection]) -> String {
        guard let known = sections.first(where: { $0.clockStart != nil }) else { return "Times are those of the video." }
        let isAll = sections.allSatisfy { $0.clockStart != nil || $0.frames == 0 }
        return "Times are those of the clock (\(known.zone.name))" + (isAll ? "." : ", or of the video where that is not known.")
    }

    /// A line for each input, where there is more than one.
    private static func overview(_ sections: [ReportSection]) -> HTML {
        guard sections.count > 1 else { return .none }
        let rows = sections.enumerated().map { index, section -> [HTML] in
            let state = section.state
            let link: HTML = "<a href=\"#input-\(index + 1)\">\(String(baseName(section.source)), limit: 80)</a>"
            let figures = [
                Format.count(section.framesSeen), section.videoSeconds.map { Format.time($0) },
                section.end.map { Format.decimal($0.fps, 0) },
                section.speed.map { "\(Format.decimal($0, 1))×" }, section.reused.map { Format.percent($0) },
                section.agreement.map { Format.decimal($0, 3) }, Format.count(section.newObjects.count),
            ]
            return [link, "<span class=\"badge \(state.style)\">\(state.name)</span>"] + figures.map { HTML.cell($0) }
        }
        let frames = sections.reduce(0) { $0 + $1.framesSeen }
        let video = sections.compactMap(\.videoSeconds).reduce(0, +)
        let failed = sections.count { $0.end?.reason == .failed || $0.incompleteReason != nil }
        let newObjects = sections.reduce(0) { $0 + $1.newObjects.count }
        let columns = ["input", "state", "frames", "video", "fps", "speed", "reuse", "agreement", "new objects"]
        return """
            <section class="input"><h2>Overview</h2>
            <dl class="figures"><div><dt>Inputs</dt><dd>\(sections.count) <span class="note">\(failed > 0 ? "\(failed) not complete" : "all complete")</span></dd></div>
            <div><dt>Frames</dt><dd>\(Format.count(frames)) <span class="note">\(Format.time(video)) of video</span></dd></div>
            <div><dt>New objects</dt><dd>\(Format.count(newObjects))</dd></div></dl>
            \(HTML.table(columns, rows))</section>

            """
    }
}
