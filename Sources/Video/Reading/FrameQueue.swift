import Foundation
import Synchronization

/// Runs a ``VideoReader`` on a thread of its own, a few frames ahead of the caller.
///
/// File input waits when the queue is full. Live input, if told so, drops the oldest waiting frame and counts it.
public final class FrameQueue: Sendable {
    /// What a full queue does.
    public enum Overflow: Sendable {
        /// The reader waits; nothing is lost.
        case wait
        /// The oldest waiting frame is dropped; the newest are delivered.
        case dropOldest
    }

    /// What there is to say after (and during) reading; see the like-named properties of ``VideoReader``.
    public struct Summary: Sendable {
        public var framesDecoded = 0
        public var damagedPackets = 0
        /// Frames dropped because the caller was too slow.
        public var dropped = 0
        public var earlyEnd: VideoError?
    }

    public let info: StreamInfo
    private let canceller: @Sendable () -> Void
    private let shared: Shared

    /// Starts reading at once.
    /// - Parameters:
    ///   - capacity: frames that may wait, 1 or more. Each holds its pixels in memory. `nil` is 2 for live input, whose
    ///     frames must not get old, and 4 for everything else.
    ///   - overflow: `nil` lets live input drop and everything else wait.
    public init(_ reader: sending VideoReader, capacity: Int? = nil, overflow: Overflow? = nil) {
        let capacity = capacity ?? (reader.info.isLive ? 2 : 4)
        precondition(capacity >= 1, "a queue needs room for a frame")
        info = reader.info
        canceller = reader.canceller
        let drops = (overflow ?? (reader.info.isLive ? .dropOldest : .wait)) == .dropOldest
        let shared = Shared(capacity: capacity, drops: drops)
        self.shared = shared
        // The thread holds the reader and the shared state, not the queue, so that dropping the queue ends it.
        let cargo = Cargo(reader: reader)
        if !startThread(named: "deepvid decode", { shared.run(cargo.reader) }) { shared.fail(VideoError(.unreadable, threadShortage)) }
    }

    deinit { cancel() }

    /// Opens `input` and starts reading; see ``VideoReader/init(_:options:)``.
    public convenience init(
        _ input: String, options: VideoOptions = VideoOptions(), capacity: Int? = nil, overflow: Overflow? = nil
    ) throws(VideoError) {
        self.init(try VideoReader(input, options: options), capacity: capacity, overflow: overflow)
    }

    /// The next frame, waiting for it; once `nil`, always `nil`. Frames before an error come out first.
    /// - Throws: what ``VideoReader/next()`` throws, once. After ``cancel()``: `nil`.
    public func next() throws(VideoError) -> Frame? {
        switch shared.take() {
        case .success(let frame): return frame
        case .failure(let error): throw error
        }
    }

    /// Ends reading as soon as possible and discards what waits. Callable from any thread, also while
    /// ``next()`` waits or the queue is full.
    public func cancel() {
        shared.cancel()
        canceller()
    }

    public var summary: Summary { shared.summary }

    /// `@unchecked Sendable`: handed to the decode thread once, and used there alone.
    private struct Cargo: @unchecked Sendable {
        let reader: VideoReader
    }

    /// The ring between the two threads.
    ///
    /// `@unchecked Sendable`: every variable is touched under the condition's lock only.
    private final class Shared: @unchecked Sendable {
        private let condition = NSCondition()
        private let capacity: Int
        private let drops: Bool
        private var frames: [Frame] = []
        private var failure: VideoError?
        private var isDone = false
        private var isCancelled = false
        private var state = Summary()
        private var droppedBefore = 0

        init(capacity: Int, drops: Bool) {
            self.capacity = capacity
            self.drops = drops
        }

        var summary: Summary { condition.withLock { state } }

        func cancel() {
            condition.withLock {
                isCancelled = true
                frames.removeAll()
                condition.broadcast()
            }
        }

        /// The decode thread's body.
        func run(_ reader: VideoReader) {
            var failure: VideoError?
            do throws(VideoError) {
                while let frame = try reader.next() {
                    guard put(frame, from: reader) else { break }
                }
            } catch { failure = error }
            condition.withLock {
                self.failure = failure
                isDone = true
                note(reader)
                condition.broadcast()
            }
        }

        /// Instead of `run`.
        func fail(_ error: VideoError) {
            condition.withLock {
                failure = error
                isDone = true
            }
        }

        /// `false` when nobody wants any more.
        private func put(_ frame: Frame, from reader: VideoReader) -> Bool {
            condition.withLock {
                while frames.count >= capacity, !drops, !isCancelled { condition.wait() }
                if isCancelled { return false }
                if frames.count >= capacity {
                    frames.removeFirst()
                    state.dropped += 1
                    droppedBefore += 1
                }
                frames.append(frame)
                note(reader)
                condition.broadcast()
                return true
            }
        }

        private func note(_ reader: VideoReader) {
            state.framesDecoded = reader.framesDecoded
            state.damagedPackets = reader.damagedPackets
            state.earlyEnd = reader.earlyEnd
        }

        func take() -> Result<Frame?, VideoError> {
            condition.withLock {
                while frames.isEmpty, !isDone, !isCancelled { condition.wait() }
                if isCancelled { return .success(nil) }
                if !frames.isEmpty {
                    var frame = frames.removeFirst()
                    (frame.droppedBefore, droppedBefore) = (droppedBefore, 0)
                    condition.broadcast()
                    return .success(frame)
                }
                if let failure {
                    self.failure = nil
                    return .failure(failure)
                }
                return .success(nil)
            }
        }
    }
}
