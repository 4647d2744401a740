import Concurrency
import Foundation
import Models
import Video

/// Frames of one input, and what happens to the input meanwhile.
package protocol FrameSource: AnyObject {
    /// The next event, waiting for it. Nil at the end and after a stop; once nil, always nil. The first is `opened`, or for a live input
    /// `lost`.
    /// - Throws: when the input cannot be opened, breaks, or ends before it should: after all frames before that.
    func next() throws(DeepVidError) -> SourceEvent?
    /// Whether `next()` gives an event without waiting; false where that is not certain.
    var hasNext: Bool { get }
    /// What reading came to so far; nil before the input was opened.
    var summary: FrameQueue.Summary? { get }
    /// Ends reading: a `next()` that waits gives nil.
    func close()
    /// Takes the result of each frame, in order.
    func note(_ result: FrameResult)
    /// What `--decode active` came to; nil without.
    var decoding: DecodeSummary? { get }
}

extension FrameSource {
    package var hasNext: Bool { false }
    package func note(_ result: FrameResult) {}
    package var decoding: DecodeSummary? { nil }
}

package enum SourceEvent {
    /// The input is there for the first time.
    case opened(StreamInfo)
    /// `index`: over all connections of a live input.
    case frame(Frame, index: Int)
    /// A frame of a group that was passed over, with the answer that stands for it and the index over all connections.
    case passed(Frame, FrameResult)
    /// A live input broke off.
    case lost(Outage)
    /// Frames come again.
    case back(Outage, StreamInfo)
}

/// A time without frames of a live input.
public struct Outage: Sendable {
    public let cause: DeepVidError
    /// Presentation time of the last frame before, in seconds.
    public let lastPts: Double?
    /// When the last frame was received, or the first attempt began.
    public let since: Arrival
    /// When the outage was noticed.
    public let noticed = Arrival.now
    /// How often the input was tried again so far.
    public internal(set) var attempts = 0
}

/// A file, pipe or URL, decoded ahead on a thread of its own.
package final class FileSource: FrameSource {
    private let input: String
    private let options: VideoOptions
    private let control: RunControl
    private var queue: FrameQueue?
    /// Makes what passes groups over, from where another left off; nil decodes all.
    private let makeActive: ((ActiveDecoding.State?) throws(DeepVidError) -> ActiveDecoding)?
    private var active: ActiveDecoding?
    private let ring: PacketRing?
    /// The input, where somebody has begun to open it.
    private var begun: InputOpening?

    /// - Parameters:
    ///   - begun: the same input with the same options, as it is opened already; not where `run` decodes active stretches only.
    ///   - model: of the run, where `run` decodes active stretches only.
    ///   - state: of a source where this one goes on.
    ///   - ring: keeps the last packets that were read.
    package init(
        _ input: String, options: VideoOptions, control: RunControl, activeFor run: RunOptions? = nil, _ model: Model? = nil,
        resuming state: ActiveDecoding.State? = nil, ring: PacketRing? = nil, begun: InputOpening? = nil
    ) {
        (self.input, self.options, self.control, self.ring, self.begun) = (input, options, control, ring, begun)
        if let run, let model, run.decode == .active {
            let isLive = options.live == true
            makeActive = { state throws(DeepVidError) in try ActiveDecoding(model, run, resuming: state, isLive: isLive) }
        } else {
            makeActive = nil
        }
        resumed = state
    }

    /// Until the input is opened.
    private var resumed: ActiveDecoding.State?

    deinit {
        control.onStop(nil)
        close()
    }

    package var hasNext: Bool { queue?.hasNext ?? false }
    package var summary: FrameQueue.Summary? { queue?.summary }

    package func close() {
        active?.stop()
        queue?.cancel()
    }

    package func note(_ result: FrameResult) { active?.note(result) }

    package var decoding: DecodeSummary? {
        guard let queue else { return nil }
        return active?.summary(queue.summary)
    }

    /// From which another connection of a live input goes on, once this one has ended; nil where all is decoded.
    var connectionState: ActiveDecoding.State? { active?.failure == nil ? active?.connectionState : nil }

    /// From which another source goes on before `frame`; nil where all is decoded, or where that is not known.
    func state(before frame: Frame) -> ActiveDecoding.State? { active?.state(before: frame) }

    package func next() throws(DeepVidError) -> SourceEvent? {
        guard !control.isStopped else { return nil }
        if queue == nil { active = try makeActive?(resumed) }
        if let failure = active?.failure { throw failure }
        do throws(VideoError) {
            guard let queue else { return try open().map { .opened($0) } }
            if let frame = try queue.next() {
                active?.delivered(frame)
                if frame.isPassedOver, let answer = active?.answer(for: frame, index: frame.index) { return .passed(frame, answer) }
                return .frame(frame, index: frame.index)
            }
            if !control.isStopped, let early = queue.summary.earlyEnd { throw early }
            return nil
        } catch {
            throw DeepVidError(error)
        }
    }

    /// - Returns: nil when the run was stopped meanwhile.
    private func open() throws(VideoError) -> StreamInfo? {
        guard let opening = begun ?? InputOpening(input, options: options, decider: active, ring: ring) else {
            throw VideoError(.unreadable, threadShortage, url: displayName(of: input))
        }
        begun = nil
        control.onStop { opening.cancel() }
        defer { if queue == nil { control.onStop(nil) } }
        guard let queue = try opening.queue() else { return nil }
        use(queue)
        return queue.info
    }

    private func use(_ queue: FrameQueue) {
        self.queue = queue
        control.onStop { [active] in
            active?.stop()
            queue.cancel()
        }
    }

    /// Opens the input again at `frame`, which was read last, as another process would to go on from there.
    ///
    /// - Returns: the frame as it is read then. Nil if it cannot be, or is another picture; then reading goes on as before.
    func reopen(at frame: Frame) -> Frame? {
        var options = options
        options.resume = frame.resumePoint
        var decoding: ActiveDecoding?
        if let makeActive {
            guard let state = state(before: frame), let made = try? makeActive(state) else { return nil }
            decoding = made
        }
        guard let fresh = try? FrameQueue(input, options: options, decider: decoding), let again = try? fresh.next(),
            again.index == frame.index, let (now, then) = try? (again.fingerprint(), frame.fingerprint()), now == then
        else { return nil }
        active?.stop()
        queue?.cancel()
        active = decoding
        use(fresh)
        return again
    }
}
