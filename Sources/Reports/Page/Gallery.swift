import Foundation
import Results

/// Images of new objects, and of the frames that agreed least.
extension ReportSection {
    private static let mostImages = 24

    var newObjectsGallery: HTML {
        let all = newObjects
        guard all.count > 0 else { return .none }
        // Those that have an image; if none has one, the first ones in words.
        let pictured = all.list.filter { images[$0.frame] != nil }
        let shown = pictured.isEmpty ? all.chosen(Self.mostImages) : onePerImage(pictured)
        let span = span.map { $0.last - $0.first } ?? 0
        let items = shown.map { object -> HTML in
            let what =
                object.trackID.map { "\(object.label) #\($0)" }
                ?? (object.count > 1 ? "\(object.count) × \(object.label)" : object.label)
            let time = self.shown(object.time, within: span)
            return item(
                object.frame, alt: "\(what) at \(time)", title: what,
                note: "\(time) · frame \(Format.count(object.frame)) · score \(Format.decimal(object.score, 2))")
        }
        let which = all.count > shown.count ? "\(shown.count) of \(Format.count(all.count))" : Format.count(all.count)
        return gallery("New objects", which, problem, items)
    }

    private func onePerImage(_ objects: [NewObject]) -> [NewObject] {
        var taken: Set<Int> = []
        return Array(objects.filter { taken.insert($0.frame).inserted }.prefix(Self.mostImages))
    }

    var worstGallery: HTML {
        guard let comparison, !comparison.worst.isEmpty else { return .none }
        let span = span.map { $0.last - $0.first } ?? comparison.video?.durationS ?? 0
        let items = comparison.worst.prefix(12).map { frame -> HTML in
            let time = frame.ptsS.map { Format.time($0, within: span) + " · " } ?? ""
            let reason = frame.reason.map { " · in full: \($0)" } ?? " · reused \(Format.percent(frame.reused))"
            return item(
                frame.frame, alt: "frame \(frame.frame)", title: "agreement \(Format.decimal(frame.agreement, 3))",
                note: "\(time)frame \(Format.count(frame.frame))\(reason)")
        }
        return gallery("Frames that agree least", "with dense inference", newObjects.count > 0 ? .none : problem, items)
    }

    /// Why there are no images.
    private var problem: HTML { imageProblem.map { "<p class=\"note\">\($0)</p>" } ?? .none }

    private func gallery(_ title: String, _ note: String, _ problem: HTML, _ items: [HTML]) -> HTML {
        titled("\(title) <span class=\"note\">\(note)</span>", "\(problem)<ul>\(items.joined())</ul>")
    }

    private func item(_ frame: Int, alt: String, title: String, note: String) -> HTML {
        let image: HTML =
            images[frame].map { bytes in
                // Nothing in Base64 needs escaping, and it has no limit of length.
                let base64 = HTML(stringLiteral: Data(bytes).base64EncodedString())
                return "<img alt=\"\(alt, limit: 120)\" loading=\"lazy\" src=\"data:image/jpeg;base64,\(base64)\"/>"
            } ?? .none
        return "<li>\(image)<b>\(title, limit: 80)</b><span class=\"note\">\(note, limit: 120)</span></li>\n"
    }
}
