import Results

/// What went wrong: results that could not be read, inputs that failed or broke off, losses.
struct ProblemList {
    let content: ReportContent
    /// That are shown at once; the others are folded away.
    private static let mostShown = 6

    var html: HTML {
        let unread = content.errors.map { "not read: \($0)" }
        let lines =
            unread
            + content.inputs.flatMap { input in
                input.problems.map { content.inputs.count > 1 ? "\(baseName(input.source)): \($0)" : $0 }
            }
        guard !lines.isEmpty else { return .none }
        let incomplete = content.inputs.count(where: \.isIncomplete) + unread.count
        let title =
            incomplete > 0 && content.inputs.count > 1
            ? "\(incomplete) of \(content.inputs.count + unread.count) inputs not complete" : "Not complete"
        let more = lines.dropFirst(Self.mostShown)
        let rest: HTML = more.isEmpty ? .none : HTML.details("\(Format.count(more.count)) more", HTML.problems(Array(more)))
        return """
            <section class="card" id="problems"><h2>\(incomplete > 0 ? title : "Worth knowing")</h2>
            \(HTML.problems(Array(lines.prefix(Self.mostShown))))\(rest)</section>

            """
    }
}

extension ReportInput {
    var isIncomplete: Bool { (end?.reason ?? comparison?.reason) == .failed || incompleteReason != nil }

    /// Failures, outages and losses.
    var problems: [String] {
        var lines: [String] = []
        if let error = end?.error ?? comparison?.error { lines.append(error.message) }
        if let reason = incompleteReason { lines.append(reason) }
        for outage in outages.prefix(10) {
            let length = outage.durationS.map { " for \(Format.decimal($0, 1)) s" } ?? ""
            lines.append("\(outage.time): no frames\(length): \(outage.reason)")
        }
        if outageCount > 10 { lines.append("and \(Format.count(outageCount - 10, "more outage"))") }
        if let end {
            if end.dropped > 0 { lines.append("\(Format.count(end.dropped, "frame")) dropped, because the model was behind") }
            if let damaged = end.damaged, damaged > 0 { lines.append("\(Format.count(damaged, "frame")) left out, because packets were lost") }
            if end.corruptPackets > 0 { lines.append("\(Format.count(end.corruptPackets, "corrupt packet")) skipped") }
        }
        if classes.isIncomplete { lines.append("there are more classes than a report counts") }
        return lines
    }
}

extension HTML {
    static func problems(_ lines: [String]) -> HTML {
        lines.isEmpty ? .none : "<ul class=\"problems\">\(lines.map { "<li>\($0, limit: 500)</li>" as HTML }.joined())</ul>\n"
    }
}
