import Dispatch
import Models
import Video

/// The frames of a live input, through all its outages.
///
/// One connection after the other is a `FileSource`; between them the source waits, longer from attempt to attempt. An outage is over
/// when a frame comes, and not when a server answers.
final class LiveSource: FrameSource {
    private let input: String
    private let reconnection: Reconnection
    private let control: RunControl
    private var options: VideoOptions
    /// Seconds by the wall clock, where time stamps may start again; nil leaves it to the reader.
    private let longest: Double?
    private let maxFrames: Int?
    private let ring: PacketRing?
    private var connection: FileSource?
    private var info: StreamInfo?
    private var outage: Outage?
    /// The frame that ended the outage.
    private var held: Frame?
    private var hasOpened = false
    private var delivered = 0
    private var firstArrival: Arrival?
    private var last: (pts: Double?, arrival: Arrival)?
    private let began = Arrival.now
    /// Of the connections before.
    private var past: FrameQueue.Summary?

    /// - Parameter ring: keeps the last packets of the connection.
    init(_ input: String, options: VideoOptions, reconnection: Reconnection, control: RunControl, ring: PacketRing? = nil) {
        let canReconnect = InputName(input).canReconnect
        var options = options
        maxFrames = options.maxFrames
        longest = canReconnect ? options.duration : nil
        (options.live, options.maxFrames) = (true, nil)
        if longest != nil { options.duration = nil }
        (self.input, self.options, self.control, self.ring) = (input, options, control, ring)
        self.reconnection = canReconnect ? reconnection : .never
    }

    /// Of all connections.
    var summary: FrameQueue.Summary? {
        guard var sum = past else { return connection?.summary }
        guard let now = connection?.summary else { return sum }
        sum.framesDecoded += now.framesDecoded
        sum.corruptPackets += now.corruptPackets
        sum.dropped += now.dropped
        sum.damaged += now.damaged
        return sum
    }

    func next() throws(DeepVidError) -> SourceEvent? {
        while !control.isStopped, maxFrames.map({ delivered < $0 }) ?? true {
            if let frame = held {
                held = nil
                return deliver(frame)
            }
            do throws(DeepVidError) {
                let connection = connection ?? connect()
                switch try connection?.next() {
                case .opened(let info):
                    self.info = info
                    defer { hasOpened = true }
                    if !hasOpened, outage == nil { return .opened(info) }
                case .frame(let frame, _):
                    guard let outage else { return deliver(frame) }
                    (held, self.outage) = (frame, nil)
                    return .back(outage, info!)
                default:
                    if control.isStopped || reconnection == .never { return nil }
                    throw DeepVidError(.ended, "\(displayName(of: input)): the stream ended")
                }
            } catch {
                if let outage = try lose(error) { return .lost(outage) }
            }
        }
        return nil
    }

    /// Lets the connection go.
    func close() {
        past = summary
        connection?.close()
        connection = nil
    }

    /// - Returns: nil when the time is over.
    private func deliver(_ frame: Frame) -> SourceEvent? {
        let arrival = frame.arrival ?? .now
        if let longest {
            let first = firstArrival ?? arrival
            firstArrival = first
            if Double(arrival.monotonic - first.monotonic) / 1e9 >= longest { return nil }
        }
        last = (frame.ptsSeconds, arrival)
        delivered += 1
        return .frame(frame, index: (past?.framesDecoded ?? 0) + frame.index)
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
    private func connect() -> FileSource? {
        if let outage {
            let remaining = reconnection.remaining(after: outage.noticed.age / 1000)
            guard wait(min(Reconnection.delay(beforeAttempt: outage.attempts), max(remaining, 0))) else { return nil }
            self.outage!.attempts += 1
        }
        // What connections leave behind in the allocator would add up over a night of outages.
        if past != nil { FreeMemory.release() }
        connection = FileSource(input, options: options, control: control, ring: ring)
        // Only the first connection begins where the options say.
        options.start = 0
        return connection
    }

    /// - Returns: false when a stop came meanwhile.
    private func wait(_ seconds: Double) -> Bool {
        let stop = DispatchSemaphore(value: 0)
        control.onStop { stop.signal() }
        defer { control.onStop(nil) }
        return stop.wait(timeout: .now() + seconds) == .timedOut
    }
}

/// What is done when a live input breaks off.
public enum Reconnection: Sendable, Equatable {
    /// The input ends with its first break.
    case never
    /// It is tried again until it comes back or the run is stopped.
    case forever
    /// It is given up when it has been away for so many seconds.
    case within(seconds: Double)

    /// Seconds that may still be spent on an input that has been away for `seconds`.
    func remaining(after seconds: Double) -> Double {
        switch self {
        case .never: 0
        case .forever: .infinity
        case .within(let limit): limit - seconds
        }
    }

    /// Seconds to wait before the attempt of this number, counted from 0: from half a second doubling to 30 s, of which chance
    /// takes off up to a half, so that many readers do not fall on a server that comes back at the same moment.
    static func delay(beforeAttempt attempt: Int) -> Double {
        min(0.5 * Double(1 << min(attempt, 10)), 30) * Double.random(in: 0.5...1)
    }

    /// Whether trying again cannot help.
    /// - Parameter hasPlayed: whether pictures came before; then the source is being changed rather than wrong.
    static func isHopeless(_ error: DeepVidError, hasPlayed: Bool) -> Bool {
        switch error.code {
        case .refused, .invalidOptions, .internalFailure: true
        case .unsupported, .noVideoStream: !hasPlayed
        default: false
        }
    }
}
