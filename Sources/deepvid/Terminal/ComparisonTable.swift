import Reports
import Results

/// `deepvid compare`, for people.
enum ComparisonTable {
    /// - Parameter rows: one at least.
    static func text(_ rows: [ComparisonRow]) -> String { rows.count == 1 ? text(rows[0].record) : overview(rows) }

    /// A line for each comparison, and for each policy what its lines come to together.
    private static func overview(_ rows: [ComparisonRow]) -> String {
        let first = rows[0].record
        let title = "model \(first.model.name) at \(first.model.input.width)×\(first.model.input.height)"
        func share(_ value: Double?) -> String { value.map { Format.decimal($0, 4) } ?? "–" }
        func times(_ value: Double?) -> String { value.map { "\(Format.decimal($0, 2))×" } ?? "–" }
        func milliseconds(_ spread: ComparisonRecord.Spread?) -> String { spread.map { Format.decimal($0.mean, 2) } ?? "–" }
        let lines = rows.map { row in
            let record = row.record
            return [
                record.source, row.policy, "\(record.frames)", milliseconds(record.denseMs), milliseconds(record.cachedMs),
                times(record.speedup), record.reused.map { Format.percent($0) } ?? "–", share(record.agreement),
                share(record.agreementStrict), share(record.floor?.estimate), share(record.audited?.estimate),
                record.reason == .finished ? "" : record.reason.rawValue,
            ]
        }
        let judged = rows.compactMap { row in row.record.truth.map { ComparisonTable.figures($0, row.policy) } }
        let sums = PolicySum.all(rows).filter { $0.inputs > 1 }.map { sum in
            [
                sum.policy, "\(sum.inputs)", times(sum.speedup), share(sum.agreement), share(sum.leastAgreement),
            ]
        }
        var text = ["\(title), \(Formatting.count(first.options.threads, "thread"))", ""]
        text += Formatting.table(
            ["input", "policy", "frames", "dense ms", "ms", "speed-up", "avoided", "agreement", "strict", "floor", "reported", ""],
            left: [0, 1], lines)
        for (index, lines) in judged.enumerated() { text += index == 0 ? [""] + lines : [lines[2]] }
        guard !sums.isEmpty else { return text.joined(separator: "\n") }
        text += [""] + Formatting.table(["policy", "inputs", "speed-up", "agreement", "least"], left: [0], sums)
        return (text + ["", "The speed-up of several inputs is the geometric mean."]).joined(separator: "\n")
    }

    private static func text(_ record: ComparisonRecord) -> String {
        if record.frames == 0 { return title(record) + "\n\nThere was no frame to compare." }
        var lines = [title(record), ""] + times(record) + ["", verdict(record), ""] + shares(record)
        if !record.classes.isEmpty {
            let rows = record.classes.map { [$0.label, "\($0.dense)", "\($0.cached)", Format.decimal($0.agreement, 4)] }
            lines += [""] + Formatting.table(["class", "dense", "cached", "agreement"], left: [0], rows)
        }
        if let truth = record.truth { lines += [""] + figures(truth, record.options.cache) }
        if !record.worst.isEmpty {
            lines += [""] + Formatting.table(["worst", "time s", "agreement", "computed"], left: [0], record.worst.map(row))
        }
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
        func row(_ name: String, _ milliseconds: KeyPath<ComparisonRecord.Spread, Double>, _ gain: Double?) -> [String] {
            [name] + [dense, cached, match].map { Format.decimal($0[keyPath: milliseconds], 3) }
                + [gain.map { "\(Format.decimal($0, 2))×" } ?? ""]
        }
        return Formatting.table(
            ["ms a frame", "dense", record.options.cache, "(comparing)", "speed-up"], left: [0],
            [row("mean", \.mean, record.speedup), row("median", \.median, record.speedupMedian)])
    }

    private static func verdict(_ record: ComparisonRecord) -> String {
        guard let speedup = record.speedup else { return "" }
        // By the mean, that is by all frames together: what counts for throughput.
        if speedup >= 1 { return "'\(record.options.cache)' ran \(Format.decimal(speedup, 2)) times as fast as dense inference." }
        return "'\(record.options.cache)' was slower: it took \(Format.decimal(1 / speedup, 2)) times as long as dense inference."
    }

    private static func shares(_ record: ComparisonRecord) -> [String] {
        let full = record.fullRecomputes.reduce(0) { $0 + $1.frames }
        let reasons = record.fullRecomputes.map { "\($0.reason.replacing("_", with: " ")) \($0.frames)" }.joined(separator: ", ")
        let score = record.options.score.map { " (score \(Format.decimal($0, 2)) and up)" } ?? ""
        let agreement = record.agreement.map {
            "\(Format.decimal($0, 4)) over \(Formatting.count(record.agreementFrames, "frame")) with results\(score)"
        }
        return Formatting.list([
            ("MACs avoided", Format.percent(record.reused ?? 0, 1)),
            ("unchanged frames", "\(record.unchanged) of \(record.frames), of which nothing was computed"),
            (
                "propagated frames",
                record.propagated.map { "\($0) of \(record.frames), whose boxes were moved without running the network" }
            ),
            ("full recomputes", "\(full) of \(record.frames)" + (full == 0 ? "" : ": " + reasons)),
            ("agreement", agreement ?? "not known: neither saw anything"),
            (
                "agreement, strict",
                record.agreementStrict.map { "\(Format.decimal($0, 4)) where a score that only just misses counts as missing" }
            ),
            ("AP50 by frame", record.frameMAP.map { "\(Format.decimal($0, 4)) with the dense answer as truth" }),
            ("floor", floor(record.floor)),
            ("reported", record.audited.map(reported)),
        ])
    }

    /// Both against the truth, under each other.
    private static func figures(_ truth: ComparisonRecord.TruthRecord, _ policy: String) -> [String] {
        let title = "\(Formatting.count(truth.objects, "object")) in \(Formatting.count(truth.frames, "labelled frame"))"
        func share(_ value: Double?) -> String { value.map { Format.decimal($0, 4) } ?? "–" }
        func row(_ name: String, _ figures: ComparisonRecord.TruthRecord.Figures) -> [String] {
            [
                name, share(figures.ap50), share(figures.ap), share(figures.mota), share(figures.idf1),
                figures.idSwitches.map { "\($0)" } ?? "–",
            ]
        }
        return Formatting.table(
            [title, "AP50", "AP", "MOTA", "IDF1", "id switches"], left: [0], [row("dense", truth.dense), row(policy, truth.cached)])
    }

    private static func floor(_ floor: FloorRecord?) -> String? {
        guard let floor, let estimate = floor.estimate else { return nil }
        return "\(Format.decimal(estimate, 4)) dense with itself, with noise of \(Format.decimal(floor.noise, 2)) levels, in "
            + Formatting.count(floor.frames, "frame")
    }

    /// What a run that is not compared would have said.
    private static func reported(_ audited: AgreementRecord) -> String {
        guard let estimate = audited.estimate else { return "nothing: no object in \(Formatting.count(audited.frames, "drawn frame"))" }
        return "\(Format.decimal(estimate, 4)), 95 %: \(Format.decimal(audited.interval[0], 4)) to "
            + "\(Format.decimal(audited.interval[1], 4)), by \(audited.objects) objects in \(Formatting.count(audited.frames, "drawn frame"))"
    }

    private static func row(_ frame: ComparisonRecord.WorstFrame) -> [String] {
        [
            "frame \(frame.frame)", frame.ptsS.map { Format.decimal($0, 3) } ?? "–", Format.decimal(frame.agreement, 4),
            frame.reason.map { "full, \($0.replacing("_", with: " "))" } ?? Format.percent(1 - frame.reused, 1), frame.picture ?? "",
        ]
    }
}
