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
    /// Ends every wait: the run was stopped, or its time is over.
    private let ending = RunControl()
    private var options: VideoOptions
    /// Seconds by the clock, where time stamps may start again; nil leaves it to the reader. Counted from the first picture, and until there
    /// is one from the beginning of the run.
    private let longest: Double?
    /// Says when `longest` is over, also while nothing comes.
    private var timer: (any DispatchSourceTimer)?
    private let maxFrames: Int?
    private var connection: FileSource?
    private var info: StreamInfo?
    private var outage: Outage?
    /// The frame that ended the outage, and the answer that stands for it if its group was passed over.
    private var held: (frame: Frame, answer: FrameResult?)?
    private var hasOpened = false
    private var delivered = 0
    private var firstArrival: Arrival?
    private var last: (pts: Double?, arrival: Arrival)?
    private let began = Arrival.now
    /// Of the connections before.
    private var past: FrameQueue.Summary?
    private var lastDecoding: DecodeSummary?
    /// Why the last attempt failed.
    private var lastFailure: DeepVidError.Code?

    /// Makes a connection, from what was learnt of the input so far.
    private let open: (VideoOptions, ActiveDecoding.State?) -> FileSource
    /// What the connections before learnt of the input, with `--decode active`.
    private var learnt: ActiveDecoding.State?

    /// - Parameters:
    ///   - ring: keeps the last packets of the connection.
    ///   - run: and the model of it, where it decodes active stretches only.
    init(
        _ input: String, options: VideoOptions, reconnection: Reconnection, control: RunControl, ring: PacketRing? = nil,
        activeFor run: RunOptions? = nil, _ model: Model? = nil
    ) {
        let canReconnect = InputName(input).canReconnect
        var options = options
        maxFrames = options.maxFrames
        longest = canReconnect ? options.duration : nil
        (options.live, options.maxFrames) = (true, nil)
        if longest != nil { options.duration = nil }
        (self.input, self.options, self.control) = (input, options, control)
        open = { [ending] options, state in
            FileSource(input, options: options, control: ending, activeFor: run, model, resuming: state, ring: ring)
        }
        self.reconnection = canReconnect ? reconnection : .never
        control.onStop { [ending] in ending.stop() }
        if let longest { setTimer(longest) }
    }

    deinit {
        timer?.cancel()
        control.onStop(nil)
    }

    /// Of all connections.
    var summary: FrameQueue.Summary? {
        guard var sum = past else { return connection?.summary }
        guard let now = connection?.summary else { return sum }
        sum.framesDecoded += now.framesDecoded
        sum.framesLeft += now.framesLeft
        sum.corruptPackets += now.corruptPackets
        sum.dropped += now.dropped
        sum.damaged += now.damaged
        return sum
    }

    func next() throws(DeepVidError) -> SourceEvent? {
        while !ending.isStopped, maxFrames.map({ delivered < $0 }) ?? true {
            if let (frame, answer) = held.take() { return deliver(frame, answer) }
            do throws(DeepVidError) {
                let connection = connection ?? connect()
                switch try connection?.next() {
                case .opened(let info):
                    self.info = info
                    defer { hasOpened = true }
                    if !hasOpened, outage == nil { return .opened(info) }
                case .frame(let frame, _):
                    if let back = back(with: frame, nil) { return back }
                    return deliver(frame, nil)
                case .passed(let frame, let answer):
                    if let back = back(with: frame, answer) { return back }
                    return deliver(frame, answer)
                default:
                    if ending.isStopped { break }
                    if reconnection == .never { return nil }
                    throw DeepVidError(.ended, "\(displayName(of: input)): the stream ended")
                }
            } catch {
                if let outage = try lose(error) { return .lost(outage) }
            }
        }
        if longest != nil, last == nil, ending.isStopped, !control.isStopped {
            throw outage.map { DeepVidError($0.cause.code, "\($0.cause.message); nothing came in the time of --duration") }
                ?? DeepVidError(
                    .timedOut,
                    "\(displayName(of: input)): no picture came in the time of --duration; check that the source is running")
        }
        return nil
    }

    func note(_ result: FrameResult) { connection?.note(result) }

    /// Of all connections.
    var decoding: DecodeSummary? {
        guard var sum = connection?.decoding ?? lastDecoding, let reading = summary else { return nil }
        (sum.frames, sum.decodedFrames) = (reading.framesDecoded, reading.framesDecoded - reading.framesLeft)
        return sum
    }

    /// An outage is over with this frame; nil if there was none.
    private func back(with frame: Frame, _ answer: FrameResult?) -> SourceEvent? {
        guard let outage, let info else { return nil }
        (held, self.outage) = ((frame, answer), nil)
        return .back(outage, info)
    }

    /// From now on there are so many seconds left.
    private func setTimer(_ seconds: Double) {
        timer?.cancel()
        timer = DispatchSource.makeTimerSource()
        timer?.setEventHandler { [ending] in ending.stop() }
        timer?.schedule(deadline: .now() + seconds)
        timer?.activate()
    }

    /// Lets the connection go.
    func close() {
        past = summary
        lastDecoding = connection?.decoding ?? lastDecoding
        connection?.close()
        connection = nil
    }

    /// - Returns: nil when the time is over.
    private func deliver(_ frame: Frame, _ answer: FrameResult?) -> SourceEvent? {
        let arrival = frame.arrival ?? .now
        if let longest {
            if firstArrival == nil { setTimer(longest - arrival.age / 1000) }
            let first = firstArrival ?? arrival
            firstArrival = first
            if arrival.seconds(after: first) >= longest { return nil }
        }
        last = (frame.ptsSeconds, arrival)
        delivered += 1
        let index = (past?.framesDecoded ?? 0) + frame.index
        guard var answer else { return .frame(frame, index: index) }
        answer.frame.index = index
        return .passed(frame, answer)
    }

    /// Closes the connection, if there is one.
    /// - Returns: the outage, if it is a new one.
    private func lose(_ error: DeepVidError) throws(DeepVidError) -> Outage? {
        if !control.isStopped { learnt = connection?.connectionState ?? learnt }
        close()
        lastFailure = error.code
        if ending.isStopped { return nil }
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

    /// Least time-out of an attempt, in seconds: a camera that has just started takes that long to answer.
    private static let leastTimeout = 1.0
    /// Seconds before another attempt after the user or password was refused.
    private static let lockoutDelay = 300.0

    /// - Returns: nil when the run is to end.
    private func connect() -> FileSource? {
        var options = options
        if let outage {
            let remaining = reconnection.remaining(after: outage.noticed.age / 1000)
            // Cameras lock an account after a few wrong passwords.
            let delay = lastFailure == .unauthorized ? Self.lockoutDelay : Reconnection.delay(beforeAttempt: outage.attempts)
            guard wait(min(delay, max(remaining, 0))) else { return nil }
            self.outage!.attempts += 1
            // The last attempt ends with the time that there is for all. Where it succeeds, its time-out holds until the next break.
            let left = reconnection.remaining(after: outage.noticed.age / 1000)
            options.timeout = min(options.timeout, max(left, Self.leastTimeout))
        }
        // What connections leave behind in the allocator would add up over a night of outages.
        if past != nil { FreeMemory.release() }
        connection = open(options, learnt)
        // Only the first connection begins where the options say.
        self.options.start = 0
        return connection
    }

    /// - Returns: false when the run is to end.
    private func wait(_ seconds: Double) -> Bool {
        let stop = DispatchSemaphore(value: 0)
        ending.onStop { stop.signal() }
        defer { ending.onStop(nil) }
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
        case .unsupported, .noVideoStream, .unauthorized: !hasPlayed
        default: false
        }
    }
}
