import Concurrency
import Foundation
import Video

/// Opens an input on a thread of its own, so that a stop need not wait for a camera that does not answer.
///
/// `@unchecked Sendable`: the state is touched under the condition's lock only.
final class Opening: @unchecked Sendable {
    private let condition = NSCondition()
    private var result: Result<FrameQueue, VideoError>?
    private var isCancelled = false

    init(_ input: String, options: VideoOptions) {
        // The thread keeps this object; if cancelled it ends when FFmpeg does, with nobody waiting.
        let isStarted = startThread(named: "deepvid open") { [self] in
            let result: Result<FrameQueue, VideoError>
            do throws(VideoError) { result = .success(try FrameQueue(input, options: options)) } catch { result = .failure(error) }
            condition.withLock {
                self.result = result
                condition.broadcast()
            }
        }
        if !isStarted { result = .failure(VideoError(.unreadable, threadShortage, url: displayName(of: input))) }
    }

    /// The input, ready to be read; nil after `cancel()`.
    func wait() throws(VideoError) -> FrameQueue? {
        let opened: Result<FrameQueue, VideoError>? = condition.withLock {
            while result == nil, !isCancelled { condition.wait() }
            return isCancelled ? nil : result
        }
        return try opened?.get()
    }

    func cancel() {
        condition.withLock {
            isCancelled = true
            condition.broadcast()
        }
    }
}
