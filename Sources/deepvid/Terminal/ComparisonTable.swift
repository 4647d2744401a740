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
        let inputs = shortNames(rows.map(\.record.source))
        let lines = rows.map { row in
            let record = row.record
            return [
                inputs[record.source]!, row.policy, "\(record.frames)", milliseconds(record.denseMs), milliseconds(record.cachedMs),
                times(record.speedup), record.reused.map { Format.percent($0) } ?? "–", "\(record.agreementFrames)",
                share(record.agreement), interval(record.agreementInterval) ?? "–",
                record.target.map { $0.isHeld ? "held" : "missed" } ?? "–", share(record.agreementStrict), share(record.sameCounts),
                share(record.floor?.estimate), share(record.audited?.estimate),
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
            [
                "input", "policy", "frames", "dense ms", "ms", "speed-up", "avoided", "n", "agreement", "95 %", "target", "strict",
                "counts", "floor", "reported", "",
            ], left: [0, 1], lines)
        for (index, lines) in judged.enumerated() { text += index == 0 ? [""] + lines : [lines[2]] }
        if let note = rows.first.flatMap({ labelledNote($0.record) }) { text.append(note) }
        if !sums.isEmpty {
            text += [""] + Formatting.table(["policy", "inputs", "speed-up", "agreement", "least"], left: [0], sums)
            text.append("The speed-up of several inputs is the geometric mean.")
        }
        return (text + [""] + legend).joined(separator: "\n")
    }

    /// The files' names without their folders, where these tell them apart.
    private static func shortNames(_ sources: [String]) -> [String: String] {
        let all = Set(sources), short = all.map { source in source.split(separator: "/").last.map(String.init) ?? source }
        return Dictionary(uniqueKeysWithValues: zip(all, Set(short).count == all.count ? short : Array(all)))
    }

    /// What the columns of `overview` are.
    private static let legend = [
        "avoided    multiply-accumulates that were not computed",
        "agreement  with dense inference, over the n frames with results, dense or of any policy here; a score up to a quarter below --score",
        "           has a partner. 95 %: its interval, by seconds of the clip; of full agreement, down to 1 − 3/n",
        "target     whether the agreement is as high as --target-agreement asks",
        "strict     agreement where a score that only just misses counts as missing",
        "counts     share of the frames with objects that have the same number of each class",
        "floor      agreement of dense inference with itself, with the clip's own noise",
        "reported   what infer would have said of the agreement, with one worker",
    ]

    private static func interval(_ interval: [Double]?) -> String? {
        interval.map { "\(Format.decimal($0[0], 4))–\(Format.decimal($0[1], 4))" }
    }

    /// A line of the table for each comparison, as spreadsheets and pandas read it; cells of what is not known are empty.
    static func csv(_ rows: [ComparisonRow]) -> String {
        func text(_ value: Double?) -> String { value.map { Format.decimal($0, 4) } ?? "" }
        let columns: [(name: String, cell: (ComparisonRow) -> String)] = [
            ("input", { $0.record.source }), ("policy", { $0.policy }), ("reason", { $0.record.reason.rawValue }),
            ("frames", { "\($0.record.frames)" }), ("dense_ms", { text($0.record.denseMs?.mean) }),
            ("cached_ms", { text($0.record.cachedMs?.mean) }), ("speedup", { text($0.record.speedup) }),
            ("reused", { text($0.record.reused) }), ("agreement", { text($0.record.agreement) }),
            ("agreement_frames", { "\($0.record.agreementFrames)" }), ("agreement_low", { text($0.record.agreementInterval?[0]) }),
            ("agreement_high", { text($0.record.agreementInterval?[1]) }), ("agreement_strict", { text($0.record.agreementStrict) }),
            ("target", { text($0.record.target?.agreement) }), ("target_held", { $0.record.target.map { "\($0.isHeld)" } ?? "" }),
            ("same_counts", { text($0.record.sameCounts) }),
            ("frame_map", { text($0.record.frameMAP) }), ("floor", { text($0.record.floor?.estimate) }),
            ("reported", { text($0.record.audited?.estimate) }), ("dense_ap50", { text($0.record.truth?.dense.ap50) }),
            ("cached_ap50", { text($0.record.truth?.cached.ap50) }), ("dense_ap", { text($0.record.truth?.dense.ap) }),
            ("cached_ap", { text($0.record.truth?.cached.ap) }), ("dense_idf1", { text($0.record.truth?.dense.idf1) }),
            ("cached_idf1", { text($0.record.truth?.cached.idf1) }),
        ]
        let lines = csvLine(columns.map(\.name)) + rows.map { row in csvLine(columns.map { $0.cell(row) }) }.joined()
        return String(lines.dropLast())
    }

    private static func text(_ record: ComparisonRecord) -> String {
        if record.frames == 0 { return title(record) + "\n\nThere was no frame to compare." }
        var lines = [title(record), ""] + times(record) + ["", verdict(record), ""] + shares(record)
        if !record.classes.isEmpty {
            let rows = record.classes.map { [$0.label, "\($0.dense)", "\($0.cached)", Format.decimal($0.agreement, 4)] }
            lines += [""] + Formatting.table(["class", "dense", "cached", "agreement"], left: [0], rows)
            if record.agreementStrict != nil { lines.append("Partners with a score up to a quarter below --score count here.") }
        }
        if let truth = record.truth {
            lines += [""] + figures(truth, name(record))
            lines += truth.byClass.map { [""] + Self.byClass($0, name(record)) } ?? []
        }
        if let note = labelledNote(record) { lines.append(note) }
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
            ["ms a frame", "dense", name(record), "(comparing)", "speed-up"], left: [0],
            [row("mean", \.mean, record.speedup), row("median", \.median, record.speedupMedian)])
    }

    /// What is compared with dense inference.
    private static func name(_ record: ComparisonRecord) -> String {
        record.options.routing == nil ? record.options.cache : "bundle \(record.options.cache)"
    }

    private static func verdict(_ record: ComparisonRecord) -> String {
        guard let speedup = record.speedup else { return "" }
        // By the mean, that is by all frames together: what counts for throughput.
        let agreement = record.agreement.map { agreement in
            let strict = record.agreementStrict.map { ", strictly \(Format.decimal($0, 4))" } ?? ""
            return " Agreement \(Format.decimal(agreement, 4))\(strict)."
        }
        let times =
            speedup >= 1
            ? "ran \(Format.decimal(speedup, 2)) times as fast as dense inference."
            : "was slower: it took \(Format.decimal(1 / speedup, 2)) times as long as dense inference."
        return "'\(name(record))' \(times)\(agreement ?? "")"
    }

    private static func shares(_ record: ComparisonRecord) -> [String] {
        let full = record.fullRecomputes.reduce(0) { $0 + $1.frames }
        let reasons = record.fullRecomputes.map { "\($0.reason.replacing("_", with: " ")) \($0.frames)" }.joined(separator: ", ")
        let score = record.options.score.map { " (score \(Format.decimal($0, 2)) and up)" } ?? ""
        let agreement = record.agreement.map {
            "\(Format.decimal($0, 4))\(interval(record.agreementInterval).map { ", 95 %: \($0)," } ?? "") "
                + "over \(Formatting.count(record.agreementFrames, "frame")) with results\(score)"
                + (record.target.map { " (\(verdict($0)))" } ?? "")
        }
        return Formatting.list([
            ("MACs avoided", Format.percent(record.reused ?? 0, 1)),
            ("unchanged frames", "\(record.unchanged) of \(record.frames), for which nothing was computed"),
            (
                "propagated frames",
                record.propagated.map { "\($0) of \(record.frames), whose boxes were moved without running the network" }
            ),
            (
                "hits",
                record.hits.map { "\($0) of \(record.frames), answered by a submodel that was sure" }
            ),
            ("full recomputes", "\(full) of \(record.frames)" + (full == 0 ? "" : ": " + reasons)),
            ("agreement", agreement ?? "not known: neither saw anything"),
            (
                "agreement, strict",
                record.agreementStrict.map { "\(Format.decimal($0, 4)) where a score that only just misses counts as missing" }
            ),
            (
                "same counts",
                record.sameCounts.map { "\(Format.decimal($0, 4)) of the frames with objects have the same number of each class" }
            ),
            ("frame mAP", record.frameMAP.map { "\(Format.decimal($0, 4)): AP50 of each frame, with the dense answer as truth" }),
            ("floor", floor(record.floor)),
            ("reported", record.audited.map(reported)),
        ])
    }

    /// `target 0.99: missed by 0.0012, within the interval`
    private static func verdict(_ target: ComparisonRecord.Target) -> String {
        let missed = target.missedBy.map { "missed by \(Format.decimal(max($0, 0.0001), 4))" }
        return "target \(target.agreement): \(missed ?? "held")" + (target.isWithinInterval == true ? ", within the interval" : "")
    }

    private static func byClass(_ classes: [ComparisonRecord.TruthRecord.ClassFigures], _ policy: String) -> [String] {
        Formatting.table(
            ["AP50 by class", "objects", "dense", policy], left: [0],
            classes.map { [$0.label, "\($0.objects)", Format.decimal($0.denseAP50, 4), Format.decimal($0.cachedAP50, 4)] })
    }

    /// Both against the truth, under each other.
    private static func figures(_ truth: ComparisonRecord.TruthRecord, _ policy: String) -> [String] {
        let classes = truth.classes.map { " of \($0.joined(separator: ", "))" } ?? ""
        // An object that is labelled in thirty frames has thirty boxes.
        let boxes = "\(truth.objects) \(truth.objects == 1 ? "box" : "boxes")"
        let title = "\(boxes)\(classes) in \(Formatting.count(truth.frames, "labelled frame"))"
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

    /// How many frames the truth says nothing of; nil where it has all.
    private static func labelledNote(_ record: ComparisonRecord) -> String? {
        guard let truth = record.truth, truth.frames < record.frames else { return nil }
        return "\(truth.frames) of \(Formatting.count(record.frames, "frame")) are labelled; the others are not judged."
    }

    private static func floor(_ floor: FloorRecord?) -> String? {
        guard let floor, let estimate = floor.estimate else { return nil }
        return "\(Format.decimal(estimate, 4)) dense with itself, with noise of \(Format.decimal(floor.noise, 2)) levels, in "
            + Formatting.count(floor.frames, "frame")
    }

    /// What a run that is not compared would have said.
    private static func reported(_ audited: AgreementRecord) -> String {
        guard let estimate = audited.estimate else {
            let frames = audited.frames == 0 ? "no frames drawn" : "no object in \(Formatting.count(audited.frames, "drawn frame"))"
            return "not measured (\(frames))"
        }
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
