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
            + content.inputs.indices.flatMap { index in
                let input = content.inputs[index]
                // A recording is found again by its file's name, a camera has none.
                let name = input.isLive ? content.cameras[content.cameraOfInput[index]] : String(baseName(input.source))
                return input.problems.map { content.inputs.count > 1 || input.isLive ? "\(name): \($0)" : $0 }
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
        lines += outages.prefix(10).map(text)
        if outageCount > 10 { lines.append("and \(Format.count(outageCount - 10, "more outage"))") }
        if let end {
            if end.dropped > 0 { lines.append("\(Format.count(end.dropped, "frame")) dropped, because the model was behind") }
            if let damaged = end.damaged, damaged > 0 {
                lines.append("\(Format.count(damaged, "frame")) left out, because packets were lost")
            }
            if end.corruptPackets > 0 { lines.append("\(Format.count(end.corruptPackets, "corrupt packet")) skipped") }
        }
        if classes.isIncomplete { lines.append("there are more classes than a report counts") }
        return lines
    }

    /// Whether it is a camera of which no picture ever came.
    var neverConnected: Bool { span == nil && isLive && outages.contains { !$0.hasPlayed } }

    /// `no picture from 19:59:43 to 20:00:01 (18.6 s): nothing was received`
    private func text(_ outage: Outage) -> String {
        func shown(_ seconds: Double) -> String {
            let days = outages.compactMap(\.from).map { Format.timeOfDay($0, zone, hasDate: true).prefix(10) }
            return Format.timeOfDay(seconds, zone, hasDate: Set(days).count > 1 || (span.map { $0.last - $0.first } ?? 0) > 86400)
        }
        let length = outage.durationS.map { "\(Format.decimal($0, 1)) s" }
        let when =
            switch (outage.from, outage.to, length) {
            case (let from?, let to?, let length?): " from \(shown(from)) to \(shown(to)) (\(length))"
            case (let from?, _, nil):
                // It did not end before the run did.
                if neverConnected, let seconds = end?.wallS, seconds > 0, seconds < 1e9 {
                    " from \(shown(from)) to \(shown(from + seconds)) (\(Format.time(seconds)))"
                } else {
                    " from \(shown(from)) on"
                }
            case (_, _, let length?): " for \(length)"
            default: ""
            }
        let reason =
            switch outage.reason {
            case "timed_out": "nothing was received"
            case "ended": "the stream ended"
            case "truncated": "the connection broke off"
            case "changed": "the stream became another one"
            case "damaged": "what came could not be decoded"
            case "unreadable", "not_found": "it could not be reached"
            default: outage.reason
            }
        return (neverConnected ? "never connected: " : "") + "no picture\(when): \(reason)"
    }
}

extension HTML {
    static func problems(_ lines: [String]) -> HTML {
        lines.isEmpty ? .none : "<ul class=\"problems\">\(lines.map { "<li>\($0, limit: 500)</li>" as HTML }.joined())</ul>\n"
    }
}
