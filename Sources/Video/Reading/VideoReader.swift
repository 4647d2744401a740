import CFFmpeg

/// Reads a video's frames in the order in which they are shown.
///
/// ```swift
/// let reader = try VideoReader("street.mp4", options: VideoOptions())
/// while let frame = try reader.next() { … }
/// if let reason = reader.earlyEnd { … }   // the input broke off; what could be decoded has been delivered
/// ```
///
/// One thread at a time; ``canceller`` may be called from any. Not `Sendable`: see ``FrameQueue`` for a reader on a
/// thread of its own.
public final class VideoReader {
    public private(set) var info: StreamInfo
    /// Packets that could not be decoded, were flagged as corrupt, or were missed as a reference by others.
    public var corruptPackets: Int { decoder.corruptPackets }
    /// Frames at or after the start, whether delivered or not; also those that were not decoded, as nobody needed them.
    public private(set) var framesDecoded = 0
    /// How many of ``framesDecoded`` have another frame's picture: their group was passed over, or `every` and `fps` did not choose them.
    public var framesLeft: Int { groupwise?.framesLeft ?? 0 }
    /// Seconds for which pictures of live input were held back to see whether they are needed, at most.
    var longestHold: Double { held?.longestHold ?? 0 }
    /// Frames of live input that were left out because they show damage (`DamageFilter`).
    public private(set) var framesDamaged = 0
    /// Frames delivered by ``next()``.
    public private(set) var framesDelivered = 0
    /// What is missing of what was asked for: the input ended before its own header says, images of a sequence could not be read, or
    /// the start lies behind the end. `nil` while reading, and when all came.
    public private(set) var earlyEnd: VideoError?

    private let options: VideoOptions
    private let container: Container
    private let stream: UnsafeMutablePointer<AVStream>
    private let decoder: StreamDecoder
    private var selector: FrameSelector<Frame>
    /// Decodes no more than is needed of a file; `nil` where everything is decoded.
    private let sparse: SparseDecoder?
    /// The same of live input, for a decider.
    private let held: HeldDecoder?
    private var groupwise: (any GroupwiseDecoder)? { sparse ?? held }
    /// Frames that were chosen and, as damage shifted the count, not decoded: the next ones are delivered for them.
    private var owed = 0
    private var substitute: Frame?
    private var timeline: Timeline
    private var pace: Pace?
    private var damage: DamageFilter?
    /// In ticks of ``timeline``.
    private let range: Range<Int64>
    private var isFinished = false
    /// The first frame, decoded while the input was opened.
    private var found: Located?
    /// For the next frame that is delivered.
    private var resumePoint: ResumePoint?

    private typealias Located = (frame: Frame, position: Int64)

    /// Opens an input: a path, a URL, an image sequence (`frame%04d.png` or a glob), or `-` for standard input.
    ///
    /// Only what is needed for the selected frames is decoded, in files of the common codecs; frames are counted all the same.
    ///
    /// - Parameters:
    ///   - decider: passes groups of pictures over, in such files and live input; not kept alive. `nil` passes none over.
    ///   - ring: keeps the last packets that were read.
    /// - Throws: ``VideoError`` when it cannot be opened, is not a video, or would reach beyond itself.
    public init(
        _ input: String, options: VideoOptions = VideoOptions(), decider: (any GroupDecider)? = nil, ring: PacketRing? = nil
    ) throws(VideoError) {
        try options.validate()
        self.options = options
        let container = try Container(input, options: options, interrupt: Interrupt())
        self.container = container
        stream = try container.chooseStream(options.stream)
        decoder = try StreamDecoder(container: container, stream: stream, options: options, ring: ring)
        info = StreamInfo(container: container, stream: stream, decoder: decoder, isLive: options.live ?? container.isLive)
        selector = FrameSelector(options: options, interval: decoder.timeBase.seconds(of: decoder.interval))
        // As ffmpeg has it: more than ten seconds in a broadcast, more than thirty hours in a file.
        timeline = Timeline(
            origin: info.startTicks, interval: decoder.interval,
            longest: decoder.timeBase.ticks(of: container.mayJump ? 10 : 108_000))
        // Where late pictures are dropped, those that come at once would be.
        if info.isLive, container.needsPace { pace = Pace() }
        if info.isLive { damage = DamageFilter() }
        let timeBase = decoder.timeBase
        let start = options.start > 0 ? timeBase.ticks(of: options.start) : .min
        let end = options.duration.map { timeBase.ticks(of: options.start + $0) } ?? .max
        range = start..<max(start, end)
        let isOrdered = !options.decodesAll && !info.isLive && options.live != true && (!container.mayJump || options.start == 0)
        let forecast = FrameForecast(
            timeline, options: options, interval: timeBase.seconds(of: decoder.interval), timeBase: timeBase, range: range)
        sparse =
            isOrdered && (options.isSampled || decider != nil)
            ? try SparseDecoder(decoder, options: options, forecast: forecast, decider: decider) : nil
        if let decider, options.live == true {
            held = try HeldDecoder(decoder, options: options, decider: decider)
        } else {
            held = nil
        }

        if let point = options.resume {
            try resume(at: point)
        } else if options.start > 0 {
            try sparse == nil ? seek(to: start) : seekGroup(to: start)
        } else if let sparse {
            // Without it the first frame tells, as below.
            if let key = try sparse.begin() { info.orientation = key.orientation } else { found = try decode() }
        } else if !info.isLive {
            // Only a frame tells how it is turned, where the container does not (EXIF, H.264's and HEVC's own messages).
            found = try decode()
        }
        if let found { info.orientation = found.frame.orientation }
    }

    /// Ends a blocked or coming ``next()`` with ``VideoError/Code/cancelled``. Callable from any thread.
    public var canceller: @Sendable () -> Void {
        let interrupt = container.interrupt
        return { interrupt.cancel() }
    }

    /// The next selected frame; once `nil`, always `nil`.
    ///
    /// Corrupt packets are counted, and the decoder makes of them what it can. When the input breaks off, the frames before come out,
    /// then `nil`, and ``earlyEnd`` says why.
    /// - Throws: ``VideoError`` if not one frame could be decoded, or after cancellation; `nil` follows.
    public func next() throws(VideoError) -> Frame? {
        if isFinished { return nil }
        let (begin, waited) = (monotonicNanoseconds(), notDecoding)
        container.log.claimThread()
        defer { container.log.releaseThread() }
        do throws(VideoError) {
            while true {
                if var frame = selector.take() ?? substitute.take() {
                    if frame.presence == .leftOut {
                        owed += 1
                        continue
                    }
                    framesDelivered += 1
                    groupwise?.framesDelivered = framesDelivered
                    if framesDelivered == options.maxFrames { isFinished = true }
                    if let point = resumePoint, frame.index >= point.index { (frame.resumePoint, resumePoint) = (point, nil) }
                    if frame.presence != .passedKey {
                        frame.decodeMilliseconds = Double(monotonicNanoseconds() - begin - (notDecoding - waited)) / 1e6
                    }
                    return frame
                }
                if isFinished { return nil }
                if case (var frame, let position)? = try decodeInRange() {
                    let seconds = decoder.timeBase.seconds(of: position)
                    decoder.waiting { pace?.hold(&frame, at: seconds, container.interrupt) }
                    selector.add(frame, index: frame.index, isKey: frame.beginsGroup ?? frame.isKeyFrame, at: seconds)
                    if frame.isKeyFrame { note(frame, position) }
                    if owed > 0, frame.isDecoded, selector.lastChosen != frame.index { (substitute, owed) = (frame, owed - 1) }
                } else {
                    selector.finish()
                    earlyEnd = decoder.earlyEnd ?? startBehindEnd
                    guard groupwise?.hasDecoded ?? decoder.hasDecoded else {
                        let message = "not one frame could be decoded; check the file with a player"
                        throw earlyEnd ?? VideoError(.damaged, message, url: container.url, lastLog: container.log.last)
                    }
                    // The last frame chosen, if any, is taken above.
                    isFinished = selector.waiting == 0
                }
            }
        } catch {
            isFinished = true
            throw error
        }
    }

    /// Nanoseconds so far that were no work of decoding.
    private var notDecoding: UInt64 { decoder.waited + (groupwise?.deciding ?? 0) }

    // MARK: - Range

    /// The next frame between start and end, numbered.
    private func decodeInRange() throws(VideoError) -> Located? {
        while case (var frame, let position)? = try decode() {
            if position < range.lowerBound { continue }
            if position >= range.upperBound { return nil }
            frame.index = framesDecoded
            framesDecoded += 1
            guard isSound(frame) else {
                framesDamaged += 1
                continue
            }
            return (frame, position)
        }
        return nil
    }

    private func isSound(_ frame: Frame) -> Bool {
        guard frame.isDecoded else { return true }
        return damage?.passes(
            isKeyFrame: frame.isKeyFrame, isCorrupt: frame.isCorrupt, arrival: frame.arrival?.monotonic ?? monotonicNanoseconds(),
            corruptPackets: corruptPackets, delay: decoder.delay) ?? true
    }

    private func decode() throws(VideoError) -> Located? {
        if let first = found {
            found = nil
            return first
        }
        let countsFrames = container.isBare && !decoder.usesArrivalTimes
        let next = if let groupwise { try groupwise.next() } else { try decoder.next() }
        return next.map { ($0, timeline.position(of: countsFrames ? nil : $0.pts)) }
    }

    private var startBehindEnd: VideoError? {
        guard options.start > 0, framesDecoded == 0, let last = timeline.last, last < range.lowerBound else { return nil }
        let end = (decoder.timeBase.seconds(of: last) * 1000).rounded() / 1000
        return VideoError(
            .invalidOptions,
            "nothing comes at or after the start, \(options.start) s: the last frame is at \(end) s; choose an earlier start",
            url: container.url)
    }

    /// Seeks to a key frame before `target` and decodes on to the first frame at or after it.
    ///
    /// Indices may point behind the target (B frames, open groups of pictures), and transport streams have none. So the
    /// place counts only if a sound key frame comes up to the target, and no jump of the clock; else it is tried again from further
    /// back, at last from the beginning.
    private func seek(to target: Int64) throws(VideoError) {
        // What cannot be sought is read from where it stands: the beginning, as nothing was read yet.
        if container.isSequential { return }
        for back in [0.0, 2, 10, .infinity] {
            let isBeginning = back == .infinity
            let distance = isBeginning ? nil : info.timeBase.ticks(of: back)
            guard container.seek(stream, back: distance, from: timeline.origin &+ target) else { continue }
            decoder.restart()
            timeline.reset()
            var isSound = isBeginning
            var next: Located?
            repeat {
                next = try decode()
                guard let (frame, position) = next, isBeginning || frame.pts != nil && !timeline.hasJumped else { break }
                if position <= target, frame.isKeyFrame, !frame.isCorrupt { isSound = true }
                if position >= target { break }
            } while true
            if next == nil, !isBeginning, container.mayJump { continue }
            guard isSound, isBeginning || !timeline.hasJumped, next == nil || isBeginning || next?.frame.pts != nil else { continue }
            found = next
            // What was counted on the way is not of the wanted part.
            decoder.corruptPackets = 0
            return
        }
    }

    /// Goes to a group of pictures before `target`, by packets alone; what is shown before it is not decoded where nothing needs it.
    private func seekGroup(to target: Int64) throws(VideoError) {
        for back in [0.0, 2, 10, .infinity] {
            let isBeginning = back == .infinity
            guard container.seek(stream, back: isBeginning ? nil : info.timeBase.ticks(of: back), from: timeline.origin &+ target) else {
                continue
            }
            timeline.reset()
            sparse!.restart(makeForecast())
            let key = try sparse!.begin()
            var place = timeline
            guard isBeginning || key?.pts.map({ place.position(of: $0) <= target }) ?? false else { continue }
            if let key { info.orientation = key.orientation }
            return
        }
    }

    private func makeForecast() -> FrameForecast {
        FrameForecast(
            timeline, options: options, interval: info.timeBase.seconds(of: decoder.interval), timeBase: info.timeBase, range: range)
    }

    /// Remembers a key frame, just given to the selector, as a place to go on from.
    private func note(_ frame: Frame, _ position: Int64) {
        guard container.isRegularFile, let pts = frame.pts, !frame.isCorrupt else { return }
        let isChosen = selector.lastChosen == frame.index
        resumePoint = ResumePoint(
            pts: pts, position: position, index: frame.index, isChosen: isChosen,
            delivered: framesDelivered + selector.waiting - (isChosen ? 1 : 0), left: framesLeft, corruptPackets: corruptPackets,
            selector: selector.state)
    }

    /// Goes to the very key frame of `point`. Tries from further back as ``seek(to:)`` does, but never from the beginning:
    /// that would cost as much as was gained.
    private func resume(at point: ResumePoint) throws(VideoError) {
        for back in [0.0, 2, 10] {
            guard container.seek(stream, back: info.timeBase.ticks(of: back), from: point.pts) else { continue }
            if let sparse {
                sparse.restart(makeForecast())
                guard let key = try sparse.find(key: point.pts, within: Self.resumeReach) else { continue }
                goOn(at: point, from: key)
                var forecast = makeForecast()
                forecast.resume(point, timeline)
                sparse.resume(forecast)
                return
            }
            decoder.restart()
            var count = 0
            while count < Self.resumeReach, let frame = try decoder.next(), let pts = frame.pts, pts <= point.pts {
                count += 1
                guard pts == point.pts else { continue }
                guard frame.isKeyFrame, !frame.isCorrupt else { break }
                goOn(at: point, from: frame)
                return
            }
        }
        throw VideoError(.unreadable, "the input cannot be taken up at \(info.timeBase.seconds(of: point.pts)) s", url: container.url)
    }

    private func goOn(at point: ResumePoint, from key: Frame) {
        var key = key
        timeline.resume(pts: point.pts, at: point.position)
        info.orientation = key.orientation
        key.index = point.index
        // Whether it was passed over is decided again.
        (key.beginsGroup, key.group) = (sparse == nil ? nil : true, nil)
        selector.resume(point.selector, after: key, index: point.index, isChosen: point.isChosen)
        (framesDecoded, framesDelivered) = (point.index + 1, point.delivered)
        sparse?.framesDelivered = framesDelivered
        sparse?.framesLeft = point.left
        decoder.corruptPackets = point.corruptPackets
    }

    /// Frames, or groups, before the wanted one that are read at most, for each try.
    private static let resumeReach = 1000
}

/// A key frame from which an input can be read on as if it had been read from its beginning.
///
/// Comes with a frame (``Frame/resumePoint``) and goes into ``VideoOptions/resume``. Only for regular files, and only
/// valid with the very same file and options.
public struct ResumePoint: Codable, Hashable, Sendable {
    /// The key frame's, in ticks of the stream's time base.
    let pts: Int64
    /// The key frame's place on the ``Timeline``.
    let position: Int64
    /// The key frame's ``Frame/index``.
    public let index: Int
    /// Whether the key frame itself is delivered.
    let isChosen: Bool
    /// Frames delivered before.
    let delivered: Int
    /// Frames before, and the key frame itself, that were not decoded in their turn.
    let left: Int
    let corruptPackets: Int
    let selector: SelectorState
}
