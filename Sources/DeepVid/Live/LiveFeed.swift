import Models
import Dispatch
import Video

/// The frames of a live input, through all its breaks.
///
/// One connection after the other is a `FrameFeed`; between them the feed waits, longer from time to time. A break is over when
/// a picture comes, and not when a server answers.
final class LiveFeed {
    enum Event {
        /// The input is there for the first time.
        case opened(StreamInfo)
        /// `number` goes on after a break.
        case frame(Frame, number: Int, isFirstAfterBreak: Bool)
        case lost(Outage)
        case back(Outage, StreamInfo)
    }

    private let input: String
    private let reconnection: Reconnection
    private let control: RunControl
    private var options: VideoOptions
    private var feed: FrameFeed?
    private var outage: Outage?
    /// The picture that ended the outage.
    private var held: Frame?
    private var hasOpened = false
    private var last: (pts: Double?, arrival: Arrival)?
    private let began = Arrival.now
    /// Of the connections before.
    private var past: FrameQueue.Summary?

    init(_ input: String, options: VideoOptions, reconnection: Reconnection, control: RunControl) {
        (self.input, self.options, self.control) = (input, options, control)
        self.reconnection = InputName(input).canReconnect ? reconnection : .never
    }

    /// Of all connections; nil before the first.
    var summary: FrameQueue.Summary? {
        guard var sum = past else { return feed?.summary }
        guard let now = feed?.summary else { return sum }
        sum.framesDecoded += now.framesDecoded
        sum.corruptPackets += now.corruptPackets
        sum.dropped += now.dropped
        return sum
    }

    /// Nil at the end of an input that is not tried again, and after a stop.
    /// - Throws: when the input is given up.
    func next() throws(DeepVidError) -> Event? {
        while !control.isStopped {
            if let frame = held {
                held = nil
                return deliver(frame, isFirstAfterBreak: true)
            }
            do throws(DeepVidError) {
                guard let feed else {
                    if let info = try connect(), !hasOpened {
                        hasOpened = true
                        if outage == nil { return .opened(info) }
                    }
                    continue
                }
                if let frame = try feed.next() {
                    guard let outage else { return deliver(frame, isFirstAfterBreak: false) }
                    (held, self.outage) = (frame, nil)
                    return .back(outage, feed.info)
                }
                if control.isStopped || reconnection == .never { return nil }
                throw DeepVidError(.ended, "\(displayName(of: input)): the stream ended")
            } catch {
                if let outage = try lose(error) { return .lost(outage) }
            }
        }
        return nil
    }

    /// Lets the input go.
    func close() {
        past = summary
        feed = nil
    }

    private func deliver(_ frame: Frame, isFirstAfterBreak: Bool) -> Event {
        last = (frame.ptsSeconds, frame.arrival ?? .now)
        return .frame(frame, number: (past?.framesDecoded ?? 0) + frame.index, isFirstAfterBreak: isFirstAfterBreak)
    }

    /// Closes the connection, if there is one.
    /// - Returns: the outage, if it is a new one.
    private func lose(_ error: DeepVidError) throws(DeepVidError) -> Outage? {
        close()
        if control.isStopped { return nil }
        if reconnection == .never || Reconnection.isHopeless(error, hasPlayed: last != nil) { throw error }
        if let outage {
            guard reconnection.remaining(after: outage.noticed.age / 1000) > 0 else {
                throw DeepVidError(outage.cause.code, "\(outage.cause.message); given up")
            }
            return nil
        }
        outage = Outage(cause: error, lastPts: last?.pts, since: last?.arrival ?? began)
        return outage
    }

    /// - Returns: nil after a stop.
    private func connect() throws(DeepVidError) -> StreamInfo? {
        if let outage {
            let remaining = reconnection.remaining(after: outage.noticed.age / 1000)
            guard wait(min(Reconnection.delay(beforeAttempt: outage.attempts), max(remaining, 0))) else { return nil }
            self.outage!.attempts += 1
        }
        // What connections leave behind in the allocator would add up over a night of breaks.
        if past != nil { FreeMemory.release() }
        feed = try FrameFeed(input, options: options, control: control)
        // Only the first connection begins where the flags say.
        options.start = 0
        return feed?.info
    }

    /// - Returns: false when a stop came meanwhile.
    private func wait(_ seconds: Double) -> Bool {
        let stop = DispatchSemaphore(value: 0)
        control.watch { stop.signal() }
        defer { control.watch(nil) }
        return stop.wait(timeout: .now() + seconds) == .timedOut
    }
}
