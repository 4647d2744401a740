import Concurrency
import Synchronization

/// Runs a ``VideoReader`` on a thread of its own, a few frames ahead of the caller.
///
/// File input waits when the queue is full. Live input, if told so, drops the oldest waiting frame and counts it. Where a decider holds
/// pictures of live input back, they come in bursts: then frames wait as long as they could have been held back, and older ones are dropped.
public final class FrameQueue: Sendable {
    public typealias Overflow = Channel<Frame, VideoError>.Overflow

    /// What there is to say after (and during) reading; see the like-named properties of ``VideoReader``.
    public struct Summary: Sendable {
        public var framesDecoded = 0
        /// Of `framesDecoded`, those that were not decoded in their turn: nobody needed them, or their group was passed over.
        public var framesLeft = 0
        public var corruptPackets = 0
        /// Frames of live input that were left out because they show damage (``DamageFilter``).
        public var damaged = 0
        /// Frames dropped because the caller was too slow.
        public var dropped = 0
        public var earlyEnd: VideoError?
        /// Seconds for which pictures of live input were held back at most.
        var longestHold = 0.0
    }

    public let info: StreamInfo
    private let canceller: @Sendable () -> Void
    private let channel: Channel<Frame, VideoError>
    private let state = State()
    /// Whether frames of live input come in bursts.
    private let isHolding: Bool
    /// Whether frames that were passed over are taken many at a time; those that were taken and not asked for, the next one last.
    private let isBatched: Bool
    private let taken = Mutex<[Frame]>([])
    /// Of a burst: frames that wait at most, in number and in bytes; and seconds that they may wait longer than they were held back.
    private static let (burstFrames, burstBytes, burstSlack) = (256, 256 << 20, 1.0)
    /// Of a file of which groups are passed over, frames with a picture of their own, and how many of those without one count as one: these come
    /// at once, and neither thread is to wait for the other at each.
    private static let (groupFrames, passedPerFrame) = (8, 32)

    /// Opens `input` and starts reading at once; see ``VideoReader/init(_:options:)``.
    /// - Parameters:
    ///   - capacity: frames that may wait, 1 or more. Each holds its pixels in memory. `nil` is 2 for live input, whose
    ///     frames must not get old, and 3 for everything else: with 2, a clip at rest takes a few percent longer.
    ///   - overflow: `nil` lets live input drop and everything else wait.
    ///   - decider: passes groups of pictures over; called from the queue's thread, and not kept alive.
    ///   - ring: keeps the last packets that were read.
    public init(
        _ input: String, options: VideoOptions = VideoOptions(), capacity: Int? = nil, overflow: Overflow? = nil,
        decider: (any GroupDecider & Sendable)? = nil, ring: PacketRing? = nil
    ) throws(VideoError) {
        let waking = decider.map(WakingDecider.init)
        let reader = try VideoReader(input, options: options, decider: waking, ring: ring)
        info = reader.info
        canceller = reader.canceller
        isHolding = info.isLive && decider != nil
        let bytes = max(info.codedWidth * info.codedHeight * 3 / 2, 1)
        let burst = max(2, min(Self.burstFrames, Self.burstBytes / bytes))
        let overflow = overflow ?? (info.isLive ? .dropOldest : .wait)
        isBatched = decider != nil && !info.isLive
        if isBatched {
            channel = Channel(capacity: (capacity ?? Self.groupFrames) * Self.passedPerFrame, overflow: overflow) {
                $0.isDecoded ? Self.passedPerFrame : 1
            }
        } else {
            channel = Channel(capacity: capacity ?? (isHolding ? burst : info.isLive ? 2 : 3), overflow: overflow)
        }
        // The thread holds the reader, the channel and the counts, not the queue, so that dropping the queue ends it.
        let transfer = UncheckedTransfer((reader: reader, decider: waking))
        waking?.willDecide = { [channel] in channel.wake() }
        let isStarted = startThread(named: "deepvid decode") { [channel, state, isLive = info.isLive] in
            // The reader does not keep it alive.
            withExtendedLifetime(transfer.value.decider) {
                Self.decode(transfer.value.reader, into: channel, state, isLive: isLive)
            }
        }
        if !isStarted { channel.finish(.failure(VideoError(.unreadable, threadShortage))) }
    }

    deinit { cancel() }

    /// The next frame, waiting for it; once `nil`, always `nil`. Frames before an error come out first.
    /// - Throws: what ``VideoReader/next()`` throws, once. After ``cancel()``: `nil`.
    public func next() throws(VideoError) -> Frame? {
        if let frame = taken.withLock({ $0.popLast() }) { return frame }
        var lost = 0
        while let (elements, dropped) = try channel.receive(weighing: isBatched ? Self.passedPerFrame : 0) {
            var frame = elements[0]
            lost += dropped
            let longest = state.summary.withLock { $0.longestHold } + Self.burstSlack
            if isHolding, let age = frame.arrival?.age, age > 1000 * longest {
                lost += 1
                continue
            }
            frame.droppedBefore = lost
            state.summary.withLock { $0.dropped += lost }
            if elements.count > 1 { taken.withLock { $0 = elements.dropFirst().reversed() } }
            return frame
        }
        return nil
    }

    /// Whether `next()` gives a frame without waiting; false where that is not certain.
    public var hasNext: Bool { taken.withLock { !$0.isEmpty } }

    /// Ends reading as soon as possible and discards what waits. Callable from any thread, also while
    /// ``next()`` waits or the queue is full.
    public func cancel() {
        channel.cancel()
        taken.withLock { $0 = [] }
        canceller()
    }

    public var summary: Summary { state.summary.withLock { $0 } }

    /// The decode thread's body.
    private static func decode(_ reader: VideoReader, into channel: Channel<Frame, VideoError>, _ state: State, isLive: Bool) {
        func note() {
            state.summary.withLock {
                ($0.framesDecoded, $0.corruptPackets, $0.earlyEnd) = (reader.framesDecoded, reader.corruptPackets, reader.earlyEnd)
                ($0.framesLeft, $0.longestHold) = (reader.framesLeft, reader.longestHold)
                $0.damaged = reader.framesDamaged
            }
        }
        do throws(VideoError) {
            while var frame = try reader.next() {
                frame.corruptPackets = reader.corruptPackets
                note()
                // Frames that were passed over come in great numbers.
                guard channel.send(frame, wakes: isLive || frame.isDecoded) else { break }
            }
            note()
            channel.finish()
        } catch {
            note()
            channel.finish(.failure(error))
        }
    }

    /// Asks another decider, which may wait for what comes of the frames that were sent.
    private final class WakingDecider: GroupDecider {
        private weak let decider: (any GroupDecider & Sendable)?
        var willDecide: () -> Void = {}

        init(_ decider: any GroupDecider & Sendable) { self.decider = decider }

        func decide(_ group: CodedGroup) -> GroupDecision {
            willDecide()
            return decider?.decide(group) ?? .decode
        }

        var secondsAhead: Double { decider?.secondsAhead ?? 0 }
        var wantsNext: Bool { decider?.wantsNext ?? true }

        func note(_ group: CodedGroup) { decider?.note(group) }
    }

    private final class State: Sendable {
        let summary = Mutex(Summary())
    }
}
