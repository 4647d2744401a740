import Results

/// `deepvid compare`, for people.
enum ComparisonTable {
    static func text(_ record: ComparisonRecord) -> String {
        var lines = [title(record)]
        if record.frames == 0 { return lines[0] + "\n\nThere was no frame to compare." }
        lines += [""] + times(record) + ["", verdict(record), ""] + shares(record)
        if !record.classes.isEmpty { lines += [""] + classes(record.classes) }
        if !record.worst.isEmpty { lines += [""] + worst(record.worst) }
        if record.reason == .interrupted { lines += ["", "Interrupted: this is what was measured until then."] }
        if record.reason == .failed { lines += ["", "The input broke off: this is what was measured until then."] }
        return lines.joined(separator: "\n")
    }

    private static func title(_ record: ComparisonRecord) -> String {
        var title = "\(record.source): \(Formatting.count(record.frames, "frame"))"
        if let video = record.video { title += " of \(video.width)×\(video.height)" }
        title += ", model \(record.model.name) at \(record.model.input.width)×\(record.model.input.height)"
        return title + ", \(Formatting.count(record.options.threads, "thread"))"
    }

    private static func times(_ record: ComparisonRecord) -> [String] {
        guard let dense = record.denseMs, let cached = record.cachedMs, let match = record.matchMs else { return [] }
        func gain(_ ratio: Double?) -> String { ratio.map { "\(Formatting.fixed($0, 2))×" } ?? "" }
        return table(
            ["ms a frame", "dense", record.options.cache, "(comparing)", "speed-up"],
            [
                ["mean", ms(dense.mean), ms(cached.mean), ms(match.mean), gain(record.speedup)],
                ["median", ms(dense.median), ms(cached.median), ms(match.median), gain(record.speedupMedian)],
            ])
    }

    private static func verdict(_ record: ComparisonRecord) -> String {
        guard let speedup = record.speedup else { return "" }
        // By the mean, that is by all frames together: what counts for throughput.
        if speedup >= 1 { return "'\(record.options.cache)' ran \(Formatting.fixed(speedup, 2)) times as fast as dense inference." }
        return "'\(record.options.cache)' was slower: it took \(Formatting.fixed(1 / speedup, 2)) times as long as dense inference."
    }

    private static func shares(_ record: ComparisonRecord) -> [String] {
        let full = record.fullRecomputes.reduce(0) { $0 + $1.frames }
        let reasons = record.fullRecomputes.map { "\($0.reason.replacing("_", with: " ")) \($0.frames)" }.joined(separator: ", ")
        func frames(_ count: Int) -> String { "\(count) of \(record.frames)" }
        var rows = [
            ("MACs avoided", "\(Formatting.fixed(100 * (record.reused ?? 0), 1)) %"),
            ("unchanged frames", "\(frames(record.unchanged)), of which nothing was computed"),
            ("full recomputes", frames(full) + (full == 0 ? "" : ": " + reasons)),
        ]
        if let agreement = record.agreement {
            let score = record.options.score.map { " (score \(Formatting.fixed($0, 2)) and up)" } ?? ""
            rows.append(
                (
                    "agreement",
                    "\(Formatting.fixed(agreement, 4)) over \(Formatting.count(record.agreementFrames, "frame")) with results\(score)"
                ))
        } else {
            rows.append(("agreement", "not known: neither saw anything"))
        }
        return Formatting.list(rows)
    }

    private static func classes(_ classes: [ComparisonRecord.ClassAgreement]) -> [String] {
        table(
            ["class", "dense", "cached", "agreement"],
            classes.map { [$0.label, "\($0.dense)", "\($0.cached)", Formatting.fixed($0.agreement, 4)] })
    }

    private static func worst(_ frames: [ComparisonRecord.WorstFrame]) -> [String] {
        table(
            ["worst", "time s", "agreement", "computed"],
            frames.map { frame in
                [
                    "frame \(frame.frame)", frame.ptsS.map { Formatting.fixed($0, 3) } ?? "–", Formatting.fixed(frame.agreement, 4),
                    frame.reason.map { "full, \($0.replacing("_", with: " "))" } ?? "\(Formatting.fixed(100 * (1 - frame.reused), 1)) %",
                    frame.picture ?? "",
                ]
            })
    }

    private static func ms(_ value: Double) -> String { Formatting.fixed(value, 3) }

    /// Columns under titles: the first to the left, the others to the right, what has no title at the end as it is.
    private static func table(_ titles: [String], _ rows: [[String]]) -> [String] {
        let widths = titles.indices.map { column in ([titles] + rows).map { $0[column].count }.max() ?? 0 }
        return ([titles] + rows).map { row in
            let cells = row.enumerated().map { column, cell in
                column >= widths.count ? cell : column == 0 ? cell.padded(to: widths[0]) : cell.aligned(to: widths[column])
            }
            return String(cells.joined(separator: "  ").reversed().drop { $0 == " " }.reversed())
        }
    }
}
