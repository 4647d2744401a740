import Models
import Tuning

/// What tuning tried, what each technique gave and what was chosen, as a page that needs no other file.
package struct TuningPage {
    private let report: TuneReport

    package init(_ report: TuneReport) { self.report = report }

    /// A combination in words, short enough for a cell.
    static func name(_ trial: Trial) -> String {
        let combination = trial.combination
        var parts = ["\(combination.width)x\(combination.height)"]
        if combination.pruning > 0 { parts.append("pruning \(Format.short(combination.pruning))") }
        if combination.lowRank > 0 { parts.append("low rank \(Format.short(combination.lowRank))") }
        if combination.precision != .fp32 { parts.append(combination.precision.rawValue) }
        return parts.joined(separator: ", ")
    }

    package var text: String { html.text }

    private var html: HTML {
        """
        \(HTML.head(report.model, command: "tune", contentPolicy: "default-src 'none'; img-src data:; style-src 'unsafe-inline'"))
        <body>
        <header><p class="brand">deepvid tune</p><h1>\(report.model)</h1><p class="note">\(subject)</p></header>
        <main>
        <section><h2>Chosen: \(Self.name(report.chosen))</h2><p>\(choice)</p>\(TuningPlot(report).svg)
        <p class="note">A point is a combination that was tried; the line goes through those that no other beats in time and agreement; the ring is the
        choice, the dashed line what was asked for.</p></section>
        <section><h2>What each technique gave</h2>\(stepTable)</section>
        \(runs)\(all)\(refusals)</main>
        <footer><p class="note">Made by deepvid \(deepvidVersion). Times are the least of several runs of the network on this machine with
        \(Format.count(report.threads, "thread")), in turns with the untouched model.</p></footer>
        </body>
        </html>

        """
    }

    private var subject: String {
        let clips = report.clips.prefix(3).joined(separator: ", ") + (report.clips.count > 3 ? " and \(report.clips.count - 3) more" : "")
        return
            "on \(clips) · \(Format.count(report.framesTuned, "frame")) to tune on, \(Format.count(report.framesJudged)) others to judge by"
    }

    private var choice: HTML {
        let trial = report.chosen
        guard !trial.techniques.isEmpty else {
            return "No combination is faster and agrees as much as was asked for: the model is as it was."
        }
        let other = report.trials[0].memoryBytes
        return """
            \(Format.decimal(trial.speedup, 2)) times as fast as the untouched model, \(Format.decimal(trial.milliseconds, 1)) instead of \
            \(Format.decimal(report.trials[0].milliseconds, 1)) ms, in \(Self.mebibytes(trial.memoryBytes)) instead of \(Self.mebibytes(other)). It agrees \
            with it in \(Self.agreement(trial.heldOutAgreement)) of the frames to judge by (asked for: \(Format.short(report.limits.agreement))).
            """
    }

    private var stepTable: HTML {
        var rows: [[HTML]] = [], before = report.steps[0]
        for (index, step) in report.steps.enumerated() {
            let new = step.techniques.filter { !before.techniques.contains($0) }
            let added = index == 0 ? "untouched" : new.map { "+ \(step.title(of: $0))" }.joined(separator: ", ")
            rows.append([
                "\(added)", "\(Self.name(step))", "\(Format.decimal(step.milliseconds, 1))", "\(Format.decimal(step.speedup, 2))",
                "\(Format.decimal(Double(step.macs) / 1e6, 0))", "\(Self.mebibytes(step.memoryBytes))",
                "\(Self.mebibytes(step.fileBytes))", "\(Self.agreement(step.agreement))",
                "\(Self.agreement(index == 0 ? 1 : step.heldOutAgreement))",
            ])
            before = step
        }
        return .table(
            ["technique", "combination", "ms", "speedup", "MMAC", "memory", "file", "agreement, tuned on", "agreement, judged by"], rows)
    }

    /// What runs of consecutive frames came to.
    private var runs: HTML {
        guard let figures = report.figures else { return .none }
        func row(_ name: String, _ milliseconds: Double, _ agreement: Double?) -> [HTML] {
            [
                "\(name)", "\(Format.decimal(milliseconds, 1))",
                "\(Format.decimal(figures.originalMilliseconds / max(milliseconds, 1e-6), 2))",
                "\(Self.agreement(agreement))",
            ]
        }
        let table = HTML.table(
            ["model and reuse", "ms a frame", "speedup", "agreement"],
            [
                row("untouched, dense", figures.originalMilliseconds, 1),
                row("tuned, dense", figures.tunedMilliseconds, figures.tunedAgreement),
                row("untouched, --cache adaptive", figures.adaptiveOriginalMilliseconds, figures.adaptiveOriginalAgreement),
                row(
                    "tuned, --cache adaptive --target-agreement \(figures.targetAgreement)", figures.adaptiveTunedMilliseconds,
                    figures.adaptiveTunedAgreement),
            ])
        return """
            <section><h2>Runs over the clips</h2>\(table)<p class="note">Means of \(Format.count(figures.frames)) consecutive frames of the stretches to
            judge by, with preparation, head, comparing and audits, without decoding. Agreement is with the untouched model's dense answers.</p></section>

            """
    }

    private var all: HTML {
        let sorted = report.trials.sorted { $0.milliseconds < $1.milliseconds }
        let front = Set(Trial.front(report.trials).map(\.combination))
        let table = HTML.table(
            ["combination", "on the front", "ms", "speedup", "MMAC", "memory", "agreement, tuned on", "judged by"],
            sorted.map { trial in
                [
                    "\(Self.name(trial))", front.contains(trial.combination) ? "yes" : "", "\(Format.decimal(trial.milliseconds, 1))",
                    "\(Format.decimal(trial.speedup, 2))", "\(Format.decimal(Double(trial.macs) / 1e6, 0))",
                    "\(Self.mebibytes(trial.memoryBytes))",
                    "\(Self.agreement(trial.agreement))", "\(Self.agreement(trial.heldOutAgreement))",
                ]
            })
        return "<section>\(HTML.details("All \(report.trials.count) combinations that were tried", table))</section>\n"
    }

    private var refusals: HTML {
        guard !report.refusals.isEmpty else { return .none }
        let items = report.refusals.map { "<li>\($0, limit: 400)</li>" as HTML }.joined()
        return "<section><h2>What could not be tried</h2><ul>\(items)</ul></section>\n"
    }

    private static func agreement(_ value: Double?) -> String { value.map { Format.decimal($0, 3) } ?? "–" }
    private static func mebibytes(_ bytes: Int) -> String { "\(Format.decimal(Double(bytes) / 1_048_576, 1)) MiB" }
}
