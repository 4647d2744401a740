import DeepVid
import Foundation
import Hashing
import Models

/// The whole page: one file that needs no other.
extension ReportContent {
    /// `report.css` and `report.js`, which the build compiles in. The page is XML, too: there, a script is character data.
    static let style = HTML(stringLiteral: String(decoding: PackageResources.report_css, as: UTF8.self))
    static let script = "//<![CDATA[\n" + String(decoding: PackageResources.report_js, as: UTF8.self) + "//]]>\n"

    /// Nothing is fetched and no script runs but the page's own: what results hold stays text, whatever it is.
    /// - Parameter isServed: whether pictures and clips may come from where the page comes from.
    package static func contentPolicy(isServed: Bool) -> String {
        let origin = isServed ? " 'self'" : ""
        let media = isServed ? "; media-src 'self'" : ""
        return "default-src 'none'; img-src data:\(origin)\(media); style-src 'unsafe-inline'; script-src '\(scriptHash)'"
    }

    /// As content security policies name a script.
    private static let scriptHash = {
        let hex = Array(script.utf8).withUnsafeBytes { SHA256.hex(of: $0) }
        let bytes = stride(from: 0, to: hex.count, by: 2).map { UInt8(hex.dropFirst($0).prefix(2), radix: 16)! }
        return "sha256-" + Data(bytes).base64EncodedString()
    }()

    /// - Parameter base: nil for a file. What the addresses of pictures and clips begin with where the page is served.
    package func page(base: String? = nil) -> String { html(base: base).text }

    private func html(base: String?) -> HTML {
        """
        \(HTML.head(title, command: "report", contentPolicy: Self.contentPolicy(isServed: base != nil)))
        <body>
        <header><p class="brand">deepvid report</p><h1>\(title)</h1><p class="note">\(when)</p></header>
        <main>
        \(ProblemList(content: self).html)\(Timeline(content: self).html)\(SeenNumbers(content: self).html)\
        \(EventList(content: self, base: base).html)\(UnfollowedList(content: self).html)\(EngineDetails(content: self).html)</main>
        <footer><p class="note">Made by deepvid \(deepvidVersion) from \(Format.count(Set(inputs.map(\.file)).count, "results file")). \(times)</p></footer>
        <script>\(HTML(stringLiteral: Self.script))</script>
        </body>
        </html>

        """
    }

    private var title: String {
        if cameras.count == 1 { return cameras[0] }
        let known = inputs.allSatisfy { $0.camera != nil }
        let recordings = cameras.count < inputs.count ? ", \(Format.count(inputs.count, "recording"))" : ""
        return known || !recordings.isEmpty ? "\(Format.count(cameras.count, "camera"))\(recordings)" : "\(inputs.count) inputs"
    }

    /// From when to when.
    private var when: String {
        let spans = inputs.filter { $0.clockStart != nil }.compactMap(\.pageSpan)
        let video = inputs.compactMap(\.videoSeconds).reduce(0, +)
        let frames = "\(Format.count(self.frames, "frame"))" + (video > 0 ? ", \(Format.time(video)) of video" : "")
        let only = selection.text.map { " · only \($0)" } ?? ""
        guard let first = spans.map(\.lowerBound).min(), let last = spans.map(\.upperBound).max() else { return frames + only }
        let (from, to) = (Format.timeOfDay(first, .utc, hasDate: true), Format.timeOfDay(last, .utc, hasDate: true))
        // The date once, where it is one.
        return "\(from) to \(from.prefix(10) == to.prefix(10) ? String(to.suffix(8)) : to) · \(frames)\(only)"
    }

    /// Which clock times are told by.
    private var times: String {
        guard let known = inputs.first(where: { $0.clockStart != nil }) else { return "Times are those of the video." }
        let isAll = inputs.allSatisfy { $0.clockStart != nil || $0.span == nil }
        return "Times are those of the clock (\(known.zone.name))" + (isAll ? "." : ", or of the video where that is not known.")
    }
}
