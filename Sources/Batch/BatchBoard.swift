import DeepVid
import Foundation
import Results

/// Where the jobs of a batch say how far they are, for one thread that shows it.
///
/// `@unchecked Sendable`: the state is touched under the condition's lock only.
public final class BatchBoard: @unchecked Sendable {
    /// A clip in work.
    public struct Job: Sendable {
        public let clip: BatchClip
        public let began = ContinuousClock.now
        public fileprivate(set) var progress: RunProgress?
        /// Frame records when this process began on the clip.
        public fileprivate(set) var resumedFrames = 0
    }

    /// A clip that ended.
    public struct Ended: Sendable {
        public let record: ClipRecord
        /// Nil where nothing audits.
        public let agreement: RunSummary.Agreement?
    }

    /// What there is to show.
    public struct News: Sendable {
        /// By job number; nil where a job has nothing to do.
        public var jobs: [Job?]
        /// Clips that ended since the last news.
        public var ended: [Ended] = []
        /// Why the run cannot go on: records or the manifest cannot be written.
        public var failure: OutputError?
        /// Whether all jobs have ended.
        public var isDone = false
    }

    private let condition = NSCondition()
    private var news: News

    public init(jobs: Int) { news = News(jobs: Array(repeating: nil, count: jobs)) }

    /// Waits for the end of a clip or of the batch, or for `seconds`.
    public func wait(seconds: Double) -> News {
        condition.withLock {
            if news.ended.isEmpty, !news.isDone { _ = condition.wait(until: Date(timeIntervalSinceNow: seconds)) }
            defer { news.ended = [] }
            return news
        }
    }

    func began(_ clip: BatchClip, job: Int) { condition.withLock { news.jobs[job] = Job(clip: clip) } }

    func update(job: Int, _ progress: RunProgress) {
        condition.withLock {
            if news.jobs[job]?.progress == nil { news.jobs[job]?.resumedFrames = progress.frames - 1 }
            news.jobs[job]?.progress = progress
        }
    }

    func ended(_ clip: Ended, job: Int) {
        tell { news in
            news.jobs[job] = nil
            news.ended.append(clip)
        }
    }

    func failed(_ error: OutputError) { tell { $0.failure = error } }
    func finish() { tell { $0.isDone = true } }

    private func tell(_ change: (inout News) -> Void) {
        condition.withLock {
            change(&news)
            condition.broadcast()
        }
    }
}
