import CFFmpeg
import Glibc

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
    public let info: StreamInfo
    /// Packets that could not be decoded and were left out.
    public private(set) var damagedPackets = 0
    /// Frames decoded at or after the start, whether delivered or not.
    public private(set) var framesDecoded = 0
    /// Frames delivered by ``next()``.
    public private(set) var framesDelivered = 0
    /// Why the input ended before its own header says; `nil` while reading, and after a regular end.
    public private(set) var earlyEnd: VideoError?

    private let options: VideoOptions
    private let container: Container
    private let stream: UnsafeMutablePointer<AVStream>
    private let decoder: Decoder
    private let packet: UnsafeMutablePointer<AVPacket>
    private var spare: UnsafeMutablePointer<AVFrame>?
    private let orientation: Orientation
    private var selector: FrameSelector
    private var truncation: TruncationCheck
    private var arrivals = ArrivalLog()
    private var watch: LiveWatch?
    private var pace: Pace?
    /// Nanoseconds of the present ``next()`` that went by in waiting for live input, which is no work.
    private var waited: UInt64 = 0
    private var startPts: Int64?
    private var endPts: Int64?
    private var lastPts: Int64?
    private var damagedRun = 0
    private var isDraining = false
    private var isFinished = false
    /// The first frame at or after the start, found while seeking.
    private var found: Frame?
    /// For the next frame that is delivered.
    private var resumePoint: ResumePoint?

    /// Opens an input: a path, a URL, an image sequence (`frame%04d.png` or a glob), or `-` for standard input.
    ///
    /// - Throws: ``VideoError`` when it cannot be opened, is not a video, or would reach beyond itself.
    public init(_ input: String, options: VideoOptions = VideoOptions()) throws(VideoError) {
        try options.validate()
        self.options = options
        let container = try Container(input, options: options, interrupt: Interrupt())
        self.container = container
        stream = try container.chooseStream(options.stream)
        decoder = try Decoder(stream: stream, options: options, container: container)
        orientation = stream.displayOrientation
        info = StreamInfo(
            format: container.format!, stream: stream, decoder: decoder.context!, orientation: orientation,
            isLive: options.live ?? container.isLive)
        selector = FrameSelector(options: options, averageFrameRate: info.averageFrameRate?.value)
        truncation = TruncationCheck(container: container, stream: stream)
        if options.live == true {
            watch = LiveWatch(container: container, stream: stream, codec: decoder.codecID, timeout: options.timeout)
        }
        // Where late pictures are dropped, those that come at once would be.
        if info.isLive, container.needsPace { pace = Pace(averageFrameRate: info.averageFrameRate?.value) }
        packet = av_packet_alloc()
        container.log.clear()

        let origin = stream.pointee.start_time == dv_nopts ? 0 : stream.pointee.start_time
        if options.start > 0 { startPts = origin + info.timeBase.ticks(of: options.start) }
        if let duration = options.duration {
            endPts = origin + info.timeBase.ticks(of: options.start + duration)
        }
        if let point = options.resume { try resume(at: point) } else if let startPts { try seek(to: startPts) }
    }

    deinit {
        var packet: UnsafeMutablePointer<AVPacket>? = packet
        av_packet_free(&packet)
        av_frame_free(&spare)
    }

    /// Ends a blocked or coming ``next()`` with ``VideoError/Code/cancelled``. Callable from any thread.
    public var canceller: @Sendable () -> Void {
        let interrupt = container.interrupt
        return { interrupt.cancel() }
    }

    /// The next selected frame; once `nil`, always `nil`.
    ///
    /// Damaged packets are skipped and counted. When the input breaks off, the frames before come out, then `nil`,
    /// and ``earlyEnd`` says why.
    /// - Throws: ``VideoError`` if not one frame could be decoded, or after cancellation; `nil` follows.
    public func next() throws(VideoError) -> Frame? {
        if isFinished { return nil }
        let begin = monotonicNanoseconds()
        waited = 0
        container.log.claimThread()
        defer { container.log.releaseThread() }
        do throws(VideoError) {
            while true {
                if var frame = selector.take() {
                    framesDelivered += 1
                    if framesDelivered == options.maxFrames { isFinished = true }
                    if let point = resumePoint, frame.index >= point.index { (frame.resumePoint, resumePoint) = (point, nil) }
                    frame.decodeMilliseconds = milliseconds(since: begin)
                    return frame
                }
                if var frame = try decodeInRange() {
                    waiting { pace?.hold(&frame, container.interrupt) }
                    selector.add(frame)
                    if frame.isKeyFrame { note(frame) }
                } else {
                    selector.finish()
                    isFinished = true
                    guard var frame = selector.take() else { return nil }
                    framesDelivered += 1
                    frame.decodeMilliseconds = milliseconds(since: begin)
                    return frame
                }
            }
        } catch {
            isFinished = true
            throw error
        }
    }

    // MARK: - Range

    /// The next frame between start and end, numbered.
    private func decodeInRange() throws(VideoError) -> Frame? {
        while let frame = try decodeOrTakeFound() {
            if let pts = frame.pts {
                if let startPts, pts < startPts { continue }
                if let endPts, pts >= endPts { return nil }
            }
            framesDecoded += 1
            return frame.numbered(framesDecoded - 1)
        }
        return nil
    }

    private func decodeOrTakeFound() throws(VideoError) -> Frame? {
        guard let frame = found else { return try decode() }
        found = nil
        return frame
    }

    /// Seeks to a key frame before `target` and decodes on to the first frame at or after it.
    ///
    /// Indices may point behind the target (B frames, open groups of pictures), and transport streams have none. So the
    /// position counts only if a sound key frame comes up to the target; else it is tried again from further
    /// back, at last from the beginning.
    private func seek(to target: Int64) throws(VideoError) {
        // What cannot be sought is read from where it stands: the beginning, as nothing was read yet.
        if container.isSequential { return }
        for back in [0.0, 2, 10, .infinity] {
            guard container.seek(stream, back: back.isFinite ? info.timeBase.ticks(of: back) : nil, from: target) else {
                if back == 0 { return }
                continue
            }
            restart()
            var isSound = back == .infinity
            while let frame = try decode() {
                guard let pts = frame.pts else { return }
                if pts <= target, frame.isKeyFrame, !frame.isCorrupt { isSound = true }
                if pts < target { continue }
                if isSound { found = frame }
                break
            }
            // Found, or nothing at all at or after the target: the start lies beyond the end.
            if isSound { return }
        }
    }

    /// Remembers a key frame, just given to the selector, as a place to go on from.
    private func note(_ frame: Frame) {
        guard container.fileSize != nil, let pts = frame.pts, !frame.isCorrupt else { return }
        let isChosen = selector.lastChosen == frame.index
        resumePoint = ResumePoint(
            pts: pts, index: frame.index, isChosen: isChosen, delivered: framesDelivered + selector.waiting - (isChosen ? 1 : 0),
            damagedPackets: damagedPackets, selector: selector.state)
    }

    /// Goes to the very key frame of `point`. Tries from further back as ``seek(to:)`` does, but never from the beginning:
    /// that would cost as much as was gained.
    private func resume(at point: ResumePoint) throws(VideoError) {
        for back in [0.0, 2, 10] {
            guard container.seek(stream, back: info.timeBase.ticks(of: back), from: point.pts) else { continue }
            restart()
            var count = 0
            while count < Self.resumeReach, let frame = try decode(), let pts = frame.pts, pts <= point.pts {
                count += 1
                guard pts == point.pts else { continue }
                guard frame.isKeyFrame, !frame.isCorrupt else { break }
                let numbered = frame.numbered(point.index)
                selector.resume(point.selector, after: numbered, isChosen: point.isChosen)
                (framesDecoded, framesDelivered) = (point.index + 1, point.delivered)
                damagedPackets = point.damagedPackets
                return
            }
        }
        throw VideoError(.unreadable, "the input cannot be taken up at \(info.timeBase.seconds(of: point.pts)) s", url: container.url)
    }

    /// Frames before the wanted one that are decoded at most, for each try.
    private static let resumeReach = 1000

    /// Forgets everything decoded; what was counted while seeking is no damage of the wanted part.
    private func restart() {
        decoder.flush()
        truncation.didSeek()
        (isDraining, damagedPackets, damagedRun, lastPts, earlyEnd) = (false, 0, 0, nil, nil)
    }

    // MARK: - Decoding

    /// The next frame in presentation order, not yet numbered; `nil` at the end.
    private func decode() throws(VideoError) -> Frame? {
        while true {
            if spare == nil { spare = av_frame_alloc() }
            guard let frame = spare else { throw VideoError(.internalFailure, "out of memory", url: container.url) }
            let result = decoder.receive(frame)
            if result == 0 {
                spare = nil
                watch?.sawPicture()
                damagedRun = 0
                return makeFrame(frame)
            }
            if result == -EAGAIN {
                try feed()
            } else if result == dv_averror_eof {
                try finishStream()
                return nil
            } else {
                try countDamage(result)
                // A decoder that fails while draining has nothing more to give than it says with EOF.
                if isDraining, damagedRun > 64 { return nil }
            }
        }
    }

    private func makeFrame(_ raw: UnsafeMutablePointer<AVFrame>) -> Frame {
        // The container's own time stamp, and the decoder's guess only where there is none.
        let known = raw.pointee.pts != dv_nopts ? raw.pointee.pts : raw.pointee.best_effort_timestamp
        let pts = known == dv_nopts ? nil : known
        if let pts { lastPts = pts }
        var frame = Frame(
            picture: Picture(adopting: raw, streamOrientation: orientation), index: 0, pts: pts,
            timeBase: info.timeBase, decodeMilliseconds: 0)
        frame.arrival = arrivals.arrival(pts: pts)
        return frame
    }

    /// Gives the decoder one packet, or tells it that there are no more.
    private func feed() throws(VideoError) {
        while true {
            av_packet_unref(packet)
            let result = waiting { container.read(packet) }
            if result < 0 {
                if container.interrupt.isCancelled { throw container.error(result, "reading was cancelled") }
                if result == -EAGAIN, !container.interrupt.shouldStop {
                    usleep(1000)
                    continue
                }
                if result == dv_averror_invalid_data, truncation.mayGoOn(container) {
                    try countDamage(result)
                    if !isDraining { continue }
                    return
                }
                earlyEnd = truncation.reason(readResult: result, container: container, lastPts: lastPts)
                return drain()
            }
            if let problem = watch?.problem(packet) {
                earlyEnd = problem
                return drain()
            }
            guard packet.pointee.stream_index == stream.pointee.index else { continue }
            arrivals.add(pts: packet.pointee.pts)
            truncation.count(packet)
            if packet.pointee.flags & AV_PKT_FLAG_CORRUPT != 0 {
                damagedPackets += 1
                // The torn last packet of a truncated file; half a picture helps nobody.
                if truncation.isAtEnd(container) { continue }
            }
            let sent = decoder.send(packet)
            if sent < 0, sent != -EAGAIN { try countDamage(sent) }
            return
        }
    }

    private func drain() {
        isDraining = true
        _ = decoder.send(nil)
    }

    private func countDamage(_ result: Int32) throws(VideoError) {
        if result == -ENOMEM { throw VideoError(.internalFailure, "out of memory", url: container.url, pts: lastPts) }
        damagedPackets += 1
        damagedRun += 1
        if damagedRun >= options.maxDamagedRun, !isDraining {
            earlyEnd = VideoError(
                .damaged, "\(damagedRun) packets in a row could not be decoded; the rest of the input is given up",
                url: container.url, stream: info.stream, pts: lastPts, ffmpegCode: result, lastLog: container.log.last)
            drain()
        }
    }

    private func finishStream() throws(VideoError) {
        // The last frames came out after the reason was noted.
        earlyEnd?.pts = lastPts
        if lastPts == nil, framesDecoded == 0, options.start == 0 {
            throw earlyEnd
                ?? VideoError(
                    .damaged, "not one frame could be decoded; check the file with a player", url: container.url,
                    stream: info.stream, lastLog: container.log.last)
        }
    }

    /// Runs what waits for live input more than it works.
    private func waiting<T>(_ body: () -> T) -> T {
        guard watch != nil else { return body() }
        let begin = monotonicNanoseconds()
        defer { waited += monotonicNanoseconds() - begin }
        return body()
    }

    private func milliseconds(since begin: UInt64) -> Double { Double(monotonicNanoseconds() - begin - waited) / 1e6 }
}
