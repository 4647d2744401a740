import Batch
import Concurrency
import DeepVid
import Reports
import Results

/// Shows a batch at work: on a terminal, a line for each job and one for all; elsewhere a line for each clip that ended.
final class BatchTable {
    private let batch: BatchRun
    private let flags: ConsoleFlags
    private let watch = Stopwatch()
    private var drawn: Stopwatch?
    /// Frames to be seen in all, and seen; clips are as long as their headers say.
    private let frames: Double
    private var framesSeen = 0.0
    /// By the bytes of the output's name.
    private let lengths: [[UInt8]: Double]
    private var done = 0
    private(set) var failed = 0
    /// Left out, as they are done.
    var skipped: Int
    private var framesDone = 0
    /// Seconds of video of which records were made here.
    private var videoS = 0.0
    /// What the clips that ended here have shown, and their frames.
    private var seen: [SeenClass] = []
    private var framesShown = 0
    private let folder: String
    /// Whether clips come without an end.
    private let isFollowing: Bool
    /// Clips in work with their frames, as they were a moment ago.
    private var lastWork: [(clip: String, frames: Int?)] = []
    /// Of clips with reuse: their frames, and the sum of the shares that were reused of them.
    private var reuse = (frames: 0, reused: 0.0)
    /// Of all clips that ended here.
    private var agreement: RunSummary.Agreement?
    /// The clip with the lowest estimate, of those that ended here.
    private var worst: (clip: String, estimate: Double)?
    private let target: Double

    /// - Parameters:
    ///   - folder: that the records go to.
    ///   - target: of the agreement.
    init(_ batch: BatchRun, _ flags: ConsoleFlags, folder: String, isFollowing: Bool, target: Double) {
        (self.batch, self.flags, self.folder, self.isFollowing, self.target) = (batch, flags, folder, isFollowing, target)
        skipped = batch.skipped.count
        lengths = Dictionary(uniqueKeysWithValues: batch.clips.map { (Array($0.output.utf8), $0.expectedFrames) })
        frames = batch.clips.reduce(0) { $0 + $1.expectedFrames }
    }

    /// Shows until all jobs have ended.
    ///
    /// - Parameter eachTime: called once a second or oftener, with whether something has gone on since, or nothing is in work.
    /// - Returns: why the run could not go on, if that was so.
    func show(_ board: BatchBoard, eachTime: (_ isAlive: Bool) -> Void) -> OutputError? {
        let showsProgress = flags.showsProgress()
        var news: BatchBoard.News
        repeat {
            news = board.wait(seconds: Console.isTerminal ? 0.2 : 1)
            for clip in news.ended {
                add(clip.record)
                guard let more = clip.agreement else { continue }
                agreement = agreement.map { $0 + more } ?? more
                if let mean = more.estimate.mean, mean < worst?.estimate ?? .infinity { worst = (clip.record.source, mean) }
            }
            let work = news.jobs.compactMap { $0.map { ($0.clip.output, $0.progress?.frames) } }
            eachTime(work.isEmpty || !news.ended.isEmpty || !work.elementsEqual(lastWork, by: ==))
            lastWork = work
            if showsProgress, !news.isDone { draw(news) }
        } while !news.isDone
        Console.eraseStatus()
        if !flags.quiet { summarize() }
        return news.failure
    }

    private func add(_ record: ClipRecord) {
        framesSeen += lengths[Array(record.output.utf8)] ?? 0
        if record.state == .done { done += 1 }
        if record.state == .failed { failed += 1 }
        guard let result = record.result else { return }
        // On a terminal, the table is enough.
        let showsLines = !flags.quiet && flags.progress != .never && (!Console.isTerminal || Console.isVerbose)
        let number = isFollowing ? "" : "[\(done + failed)/\(batch.clips.count)] "
        if let error = result.error {
            let message = error.message.hasPrefix(record.source) ? error.message : "\(record.source): \(error.message)"
            Console.error(showsLines ? number + message : message)
        }
        if let warning = Formatting.corruption(result.corruptPackets, of: record.source) { Console.warning(warning) }
        guard result.frames > 0 else { return }
        seen = SeenText.sum([seen, result.seen ?? []])
        framesShown += result.frames
        let new = result.frames - (result.resumedFrames ?? 0)
        framesDone += new
        videoS += (result.videoS ?? 0) * Double(new) / Double(result.frames)
        if let reused = result.reused { reuse = (reuse.frames + result.frames, reuse.reused + reused * Double(result.frames)) }
        guard showsLines, record.state == .done else { return }
        var line = "\(number)\(record.source): \(Formatting.count(result.frames, "frame"))"
        if let resumed = result.resumedFrames { line += ", resumed after \(resumed)" }
        line += ", \(Format.decimal(result.fps, 1)) fps"
        if let reused = result.reused { line += ", reuse \(Format.percent(reused))" }
        Console.plain(line)
    }

    private func draw(_ news: BatchBoard.News) {
        if let drawn, drawn.milliseconds < (Console.isTerminal ? 200 : 1000) { return }
        drawn = Stopwatch()
        let jobs = news.jobs.compactMap(\.self), left = batch.clips.count - done - failed
        let seen = jobs.reduce(framesSeen) { $0 + ($1.progress?.fraction ?? 0) * $1.clip.expectedFrames }
        var total = isFollowing ? "\(done + failed) done" : "\(done + failed) of \(batch.clips.count) done"
        if failed > 0 { total += " (\(failed) failed)" }
        total += isFollowing ? ", \(jobs.count) in work" : ", \(left) left"
        let seconds = watch.seconds
        if seen > 0, seen <= frames, seconds > 2 { total += ", ETA \(Format.time(seconds * (frames / seen - 1)))" }
        Console.showStatus((Console.isTerminal ? jobs.map(line) : []) + [total])
    }

    private func line(_ job: BatchBoard.Job) -> String {
        let name = job.clip.path.count > 40 ? "…" + job.clip.path.suffix(39) : job.clip.path
        var line = name.padded(to: 40)
        guard let progress = job.progress else { return line + "  opening" }
        line += (progress.fraction.map { "\(Int($0 * 100)) %" } ?? "–").aligned(to: 7)
        let seconds = job.began.duration(to: .now) / .seconds(1)
        if seconds > 0 { line += "\(Format.decimal(Double(progress.frames - job.resumedFrames) / seconds, 1)) fps".aligned(to: 13) }
        if let reused = progress.reused { line += "  reuse \(Format.percent(reused))" }
        return line
    }

    private func summarize() {
        let seconds = watch.seconds, left = batch.clips.count - done - failed
        // Who follows folders is started again with other settings, and has nothing to tell then.
        if isFollowing, done + failed + skipped == 0 { return }
        var line = "\(Formatting.count(done, "clip")) done, \(failed) failed, \(skipped) skipped"
        if !batch.failedBefore.isEmpty { line += ", \(batch.failedBefore.count) failed earlier (--retry-failed tries them again)" }
        if left > 0 { line += ", \(left) left for --resume" }
        line += "; \(Formatting.count(framesDone, "frame"))"
        // Who follows folders waits for clips most of the time.
        if !isFollowing { line += " in \(Format.decimal(seconds, 1)) s" }
        if !isFollowing, seconds > 0, framesDone > 0 {
            line += " (\(Format.decimal(Double(framesDone) / seconds, 1)) fps"
            if videoS > 0 { line += ", \(Format.decimal(videoS / seconds, 1)) × real time" }
            line += ")"
        }
        if reuse.frames > 0 { line += ", mean reuse \(Format.percent(reuse.reused / Double(reuse.frames)))" }
        Console.plain(line)
        if let agreement {
            let record = AgreementRecord(agreement)
            let verdict = record.verdict(target: target, of: reuse.frames)
            let compare = worst.map { "; 'deepvid compare \(quoted($0.clip))' measures it" } ?? ""
            if let verdict, record.isBelow(target) {
                let most = worst.map { ", most of all in \($0.clip) (\(Format.decimal($0.estimate, 2)))" } ?? ""
                Console.warning("\(verdict)\(most). --target-agreement 1 or --cache off gives full answers\(compare)")
            } else if let verdict {
                Console.plain(verdict + compare)
            } else if record.estimate != nil {
                Console.plain(record.statement(of: reuse.frames))
            }
        }
        if framesShown > 0, !seen.isEmpty { Console.summary(SeenText.line(seen, frames: framesShown)) }
        if done + skipped > 0 {
            Console.summary(
                "next: deepvid count \(quoted(folder)) --by camera,class; deepvid report \(quoted(folder)) -o report.html")
        }
    }
}
