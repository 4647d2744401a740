/// What was seen where objects are followed, and got no number: in no total, and not among the events. A line for each, folded away.
struct UnfollowedList {
    let content: ReportContent
    private static let mostLines = 500

    var html: HTML {
        let all = content.inputs.indices.flatMap { input in content.inputs[input].unfollowed.map { (input: input, object: $0) } }
        guard !all.isEmpty else { return .none }
        let spans = content.inputs.compactMap(\.pageSpan)
        let length = (spans.map(\.upperBound).max() ?? 0) - (spans.map(\.lowerBound).min() ?? 0)
        let rows = all.prefix(Self.mostLines).map { seen -> [HTML] in
            let (input, object) = (content.inputs[seen.input], seen.object)
            return [
                HTML.cell(input.shown(object.first, within: length)), HTML.cell(object.label),
                HTML.cell(content.cameras[content.cameraOfInput[seen.input]]),
                HTML.cell("\(Format.decimal(max(0, object.last - object.first), 1)) s"), HTML.cell(Format.decimal(object.score, 2)),
            ]
        }
        let more: HTML = all.count > rows.count ? "<p class=\"note\">and \(Format.count(all.count - rows.count)) more</p>" : .none
        let title = "\(Format.count(all.count)) seen, but not followed: too short or too unsure to be counted"
        let table = HTML.table(["from", "what", "camera", "for", "score"], rows)
        return "<section class=\"card\" id=\"unfollowed\">\(HTML.details(title, "\(table)\(more)"))</section>\n"
    }
}
