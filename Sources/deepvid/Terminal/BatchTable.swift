import Batch
import DeepVid
import Results

/// Shows a batch at work: on a terminal, a line for each job and one for all; elsewhere a line for each clip that ended.
final class BatchTable {
    struct Summary {
        var done = 0
        var failed = 0
        var interrupted = 0
        var frames = 0
        /// Seconds of video of which records were made here.
        var videoS = 0.0
        var reused = 0.0
        var reusing = 0
        var failure: OutputError?
    }

    private let batch: BatchRun
    private let flags: ConsoleFlags
    private let console = Console.shared
    private let began = ContinuousClock.now
    /// Frames to be seen in all, and seen; clips are as long as their headers say.
    private let frames: Double
    private var framesDone = 0.0
    /// By the bytes of the output's name.
    private let lengths: [[UInt8]: Double]
    private var summary = Summary()
    private var drawn: ContinuousClock.Instant?

    init(_ batch: BatchRun, _ flags: ConsoleFlags) {
        (self.batch, self.flags) = (batch, flags)
        lengths = Dictionary(uniqueKeysWithValues: batch.clips.map { (Array($0.output.utf8), $0.expectedFrames) })
        frames = batch.clips.reduce(0) { $0 + $1.expectedFrames }
    }

    /// Shows until all jobs have ended.
    func show(_ board: BatchBoard) -> Summary {
        let showsProgress = flags.showsProgress(besideOutput: false)
        while true {
            let news = board.wait(seconds: console.isTerminal ? 0.2 : 1)
            for record in news.ended { add(record) }
            if news.isDone {
                summary.failure = news.failure
                break
            }
            if showsProgress { draw(news) }
        }
        console.eraseStatus()
        if !flags.quiet { summarize() }
        return summary
    }

    private func add(_ record: ClipRecord) {
        framesDone += lengths[Array(record.output.utf8)] ?? 0
        switch record.state {
        case .done: summary.done += 1
        case .failed: summary.failed += 1
        case .interrupted, .running: summary.interrupted += 1
        }
        if let error = record.result?.error {
            console.error(error.message.hasPrefix(record.source) ? error.message : "\(record.source): \(error.message)")
        }
        guard let result = record.result, result.frames > 0 else { return }
        let new = result.frames - (result.resumedFrames ?? 0)
        summary.frames += new
        summary.videoS += (result.videoS ?? 0) * Double(new) / Double(result.frames)
        if let reused = result.reused {
            summary.reused += reused * Double(result.frames)
            summary.reusing += result.frames
        }
        // On a terminal, the table is enough.
        guard !flags.quiet, flags.progress != .never, !console.isTerminal || console.isVerbose, record.state == .done else { return }
        var line = "[\(summary.done + summary.failed)/\(batch.clips.count)] \(record.source): \(Formatting.count(result.frames, "frame"))"
        if let resumed = result.resumedFrames { line += ", resumed after \(resumed)" }
        line += ", \(Formatting.fixed(result.fps, 1)) fps"
        if let reused = result.reused { line += ", reuse \(percent(reused))" }
        console.plain(line)
    }

    private func draw(_ news: BatchBoard.News) {
        let now = ContinuousClock.now
        if let drawn, drawn.duration(to: now) < (console.isTerminal ? .milliseconds(200) : .seconds(1)) { return }
        drawn = now
        var lines: [String] = []
        var seen = framesDone
        for job in news.jobs {
            guard let job else { continue }
            seen += (job.progress?.fraction ?? 0) * job.clip.expectedFrames
            lines.append(line(job, now))
        }
        let finished = summary.done + summary.failed
        var total = "\(finished) of \(batch.clips.count) done"
        if summary.failed > 0 { total += " (\(summary.failed) failed)" }
        total += ", \(batch.clips.count - finished) left"
        let elapsed = seconds(began, now)
        if frames > 0, seen > 0, elapsed > 2 { total += ", ETA \(Formatting.duration(elapsed * (frames / seen - 1)))" }
        if console.isTerminal { console.showStatus(lines + [total]) } else { console.showStatus(total) }
    }

    private func line(_ job: BatchBoard.Job, _ now: ContinuousClock.Instant) -> String {
        let name = job.clip.path.count > 40 ? "…" + job.clip.path.suffix(39) : job.clip.path
        var line = name.padded(to: 40)
        guard let progress = job.progress else { return line + "  opening" }
        line += (progress.fraction.map { "\(Int($0 * 100)) %" } ?? "–").aligned(to: 7)
        let elapsed = seconds(job.began, now)
        if elapsed > 0 { line += "\(Formatting.fixed(Double(progress.frames - job.resumedFrames) / elapsed, 1)) fps".aligned(to: 13) }
        if let reused = progress.reused { line += "  reuse \(percent(reused))" }
        return line
    }

    private func summarize() {
        let elapsed = seconds(began, .now)
        var line = "\(Formatting.count(summary.done, "clip")) done, \(summary.failed) failed, \(batch.skipped.count) skipped"
        let left = batch.clips.count - summary.done - summary.failed
        if left > 0 { line += ", \(left) left for --resume" }
        line += "; \(Formatting.count(summary.frames, "frame")) in \(Formatting.fixed(elapsed, 1)) s"
        if elapsed > 0, summary.frames > 0 {
            line += " (\(Formatting.fixed(Double(summary.frames) / elapsed, 1)) fps"
            if summary.videoS > 0 { line += ", \(Formatting.fixed(summary.videoS / elapsed, 1)) hours of video an hour" }
            line += ")"
        }
        if summary.reusing > 0 { line += ", mean reuse \(percent(summary.reused / Double(summary.reusing)))" }
        console.plain(line)
    }

    private func percent(_ share: Double) -> String { "\(Formatting.fixed(100 * share, 0)) %" }

    private func seconds(_ from: ContinuousClock.Instant, _ to: ContinuousClock.Instant) -> Double {
        let parts = from.duration(to: to).components
        return Double(parts.seconds) + Double(parts.attoseconds) * 1e-18
    }
}
