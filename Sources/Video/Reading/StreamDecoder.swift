import CFFmpeg
import Glibc

/// Decodes one stream of a container: packets go in, frames come out in presentation order. Knows what was wrong on the way.
final class StreamDecoder {
    /// Of the frames' time stamps: the stream's, or milliseconds where those are arrival times.
    let timeBase: Rational
    /// Ticks that a frame lasts where time stamps do not say it.
    let interval: Int64
    /// Whether frames are stamped with their arrival, as the live stream has no clock of its own.
    let usesArrivalTimes: Bool
    /// Packets that could not be decoded, were flagged as corrupt, or were missed as a reference by others.
    var corruptPackets: Int {
        get { counted + container.log.missingReferences - missingBefore }
        set { (counted, missingBefore) = (newValue, container.log.missingReferences) }
    }
    /// Why the input ended before its own header says; `nil` while reading, and after a regular end.
    private(set) var earlyEnd: VideoError?
    /// Whether any frame came out, wherever the container stood.
    private(set) var hasDecoded = false
    /// Nanoseconds that went by in waiting for live input, which is no work.
    private(set) var waited: UInt64 = 0

    private let container: Container
    private let stream: UnsafeMutablePointer<AVStream>
    private let codec: Codec
    private let maxCorruptRun: Int
    /// Of the stream, or of the last message in it: those of H.264 and HEVC hold until the next.
    private var orientation: Orientation
    private let truncation: TruncationCheck
    private let packet: UnsafeMutablePointer<AVPacket>
    private var spare: UnsafeMutablePointer<AVFrame>?
    private var arrivals = ArrivalLog()
    private var firstArrival: UInt64?
    private var watch: LiveWatch?
    private var lastPts: Int64?
    private var (counted, missingBefore) = (0, 0)
    /// Packets that were flagged as corrupt, and so counted, and that the decoder has not failed on yet.
    private var flagged = 0
    private var corruptRun = 0
    private var isDraining = false
    /// Files of an image sequence, by time stamp, whose pictures have not come out; and how many were read.
    private var pendingImages: [Int64: String] = [:]
    private var imagesRead = 0

    init(container: Container, stream: UnsafeMutablePointer<AVStream>, options: VideoOptions) throws(VideoError) {
        (self.container, self.stream) = (container, stream)
        codec = try Codec(stream: stream, options: options, container: container)
        maxCorruptRun = options.maxCorruptRun
        orientation = stream.displayOrientation
        truncation = TruncationCheck(container: container, stream: stream)
        usesArrivalTimes = (options.live ?? container.isLive) && container.hasNoClock && !container.needsPace
        timeBase = usesArrivalTimes ? Rational(1, 1000) : Rational(stream.pointee.time_base)
        let rate = Rational(av_guess_frame_rate(container.format, stream, nil)).value ?? 0
        interval = max(timeBase.ticks(of: 1 / (rate > 0 ? rate : 25)), 1)
        if options.live == true {
            watch = LiveWatch(container: container, stream: stream, codec: codec.context.pointee.codec_id, timeout: options.timeout)
        }
        packet = av_packet_alloc()
        container.log.clear()
    }

    deinit {
        var packet: UnsafeMutablePointer<AVPacket>? = packet
        av_packet_free(&packet)
        av_frame_free(&spare)
    }

    /// Whether frames are stored in another order than they are shown, as far as the decoder knows.
    var hasBFrames: Bool { codec.context.pointee.has_b_frames > 0 }

    /// Forgets everything decoded, after the container went to another place.
    func restart() {
        codec.flush()
        corruptPackets = 0
        (isDraining, flagged, corruptRun, lastPts, earlyEnd) = (false, 0, 0, nil, nil)
        (pendingImages, imagesRead) = ([:], 0)
    }

    /// The next frame in presentation order, not yet numbered; `nil` at the end.
    /// - Throws: ``VideoError`` after cancellation, or without memory.
    func next() throws(VideoError) -> Frame? {
        while true {
            if spare == nil { spare = av_frame_alloc() }
            guard let frame = spare else { throw VideoError(.internalFailure, "out of memory", url: container.url) }
            let result = codec.receive(frame)
            if result == 0 {
                spare = nil
                watch?.sawPicture()
                corruptRun = 0
                return makeFrame(frame)
            }
            if result == -EAGAIN {
                try feed()
            } else if result == dv_averror_eof {
                finish()
                return nil
            } else {
                try countCorrupt(result)
                // A decoder that fails while draining has nothing more to give than it says with EOF.
                if isDraining, corruptRun > 64 { return nil }
            }
        }
    }

    private func makeFrame(_ raw: UnsafeMutablePointer<AVFrame>) -> Frame {
        // The container's own time stamp, and the decoder's guess only where there is none.
        let known = raw.pointee.pts != dv_nopts ? raw.pointee.pts : raw.pointee.best_effort_timestamp
        var pts = known == dv_nopts ? nil : known
        let arrival = arrivals.arrival(pts: pts)
        pendingImages[known] = nil
        if usesArrivalTimes {
            let first = firstArrival ?? arrival.monotonic
            firstArrival = first
            // Pictures may have come before the first one that could be decoded.
            pts = max(Int64(bitPattern: arrival.monotonic &- first) / 1_000_000, lastPts.map { $0 + 1 } ?? 0)
        } else if pts == nil {
            // AVI has no time stamps for frames that are shown after the last one decoded.
            pts = lastPts.map { $0 &+ interval }
        }
        if let pts { lastPts = pts }
        hasDecoded = true
        var frame = Frame(
            storage: FrameStorage(adopting: raw, streamOrientation: orientation), index: 0, pts: pts, timeBase: timeBase,
            decodeMilliseconds: 0)
        frame.arrival = arrival
        if [AV_CODEC_ID_H264, AV_CODEC_ID_HEVC].contains(codec.context.pointee.codec_id) { orientation = frame.orientation }
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
                if result == dv_averror_invalid_data, truncation.mayGoOn() {
                    try countCorrupt(result)
                    if !isDraining { continue }
                    return
                }
                earlyEnd = truncation.reason(readResult: result, lastPts: lastPts)
                return drain()
            }
            if let problem = watch?.problem(packet) {
                earlyEnd = problem
                return drain()
            }
            guard packet.pointee.stream_index == stream.pointee.index else { continue }
            arrivals.add(pts: packet.pointee.pts)
            if imagesRead < container.images.count {
                pendingImages[packet.pointee.pts] = container.images[imagesRead]
                imagesRead += 1
            }
            // Decoded all the same: what is left of a key frame is better than none.
            if packet.pointee.flags & AV_PKT_FLAG_CORRUPT != 0 { (counted, flagged) = (counted + 1, flagged + 1) }
            let sent = codec.send(packet)
            if sent < 0, sent != -EAGAIN { try countCorrupt(sent) }
            return
        }
    }

    private func drain() {
        isDraining = true
        _ = codec.send(nil)
    }

    private func countCorrupt(_ result: Int32) throws(VideoError) {
        if result == -ENOMEM { throw VideoError(.internalFailure, "out of memory", url: container.url, pts: lastPts) }
        if flagged > 0 { flagged -= 1 } else { counted += 1 }
        corruptRun += 1
        if corruptRun >= maxCorruptRun, !isDraining {
            var message = "\(corruptRun) packets in a row could not be decoded; the rest of the input is given up"
            if container.cannotGoBack { message += "; if this is an MP4 with its index at the end, download it first" }
            earlyEnd = VideoError(
                .damaged, message, url: container.url, stream: Int(stream.pointee.index), pts: lastPts, ffmpegCode: result,
                lastLog: container.log.last)
            drain()
        }
    }

    private func finish() {
        // The last frames came out after the reason was noted.
        earlyEnd?.pts = lastPts
        let unread = pendingImages.sorted { $0.key < $1.key }.map(\.value)
        if earlyEnd == nil, !unread.isEmpty {
            let names = unread.prefix(5).joined(separator: ", ") + (unread.count > 5 ? ", …" : "")
            earlyEnd = VideoError(
                .damaged, "\(unread.count) of \(imagesRead) images could not be read (\(names)); the others were", url: container.url,
                stream: Int(stream.pointee.index), pts: lastPts)
        }
    }

    /// Runs what waits for live input more than it works.
    func waiting<T>(_ body: () -> T) -> T {
        guard watch != nil else { return body() }
        let begin = monotonicNanoseconds()
        defer { waited += monotonicNanoseconds() - begin }
        return body()
    }
}

/// FFmpeg's decoder of one stream.
final class Codec {
    let context: UnsafeMutablePointer<AVCodecContext>

    /// More than 16K×8K, and little enough that a forged header cannot take all memory.
    static let maxPixels: Int64 = 1 << 27

    init(stream: UnsafeMutablePointer<AVStream>, options: VideoOptions, container: Container) throws(VideoError) {
        let parameters = stream.pointee.codecpar!
        let id = parameters.pointee.codec_id
        let name = String(cString: avcodec_get_name(id))
        guard let codec = avcodec_find_decoder(id) else {
            throw VideoError(
                .unsupported, "this FFmpeg has no decoder for \(name); convert the video, for example to H.264",
                url: container.url, stream: Int(stream.pointee.index), ffmpegCode: dv_averror_decoder_not_found)
        }
        guard let made = avcodec_alloc_context3(codec) else {
            throw VideoError(.internalFailure, "out of memory", url: container.url)
        }
        context = made
        try container.check(avcodec_parameters_to_context(made, parameters), "cannot set the \(name) decoder up")
        made.pointee.pkt_timebase = stream.pointee.time_base
        made.pointee.opaque = container.log.opaque
        made.pointee.thread_count = Int32(options.threads)
        // With frame threads H.264's motion vectors are read while another thread still writes them, and differ from
        // run to run. So asking for them costs the parallelism of streams that are not sliced.
        let exportsMotion = options.exportMotionVectors && StreamInfo.codecsWithMotionVectors.contains(name)
        // Each frame thread also holds a picture back, for as long as the next ones take to come.
        let isLive = options.live == true
        made.pointee.thread_type = exportsMotion || isLive ? FF_THREAD_SLICE : FF_THREAD_FRAME | FF_THREAD_SLICE
        if isLive { made.pointee.flags |= AV_CODEC_FLAG_LOW_DELAY }
        made.pointee.max_pixels = Self.maxPixels
        // A damaged picture is shown and marked as such, not swallowed.
        made.pointee.flags |= AV_CODEC_FLAG_OUTPUT_CORRUPT
        if exportsMotion { made.pointee.export_side_data |= AV_CODEC_EXPORT_DATA_MVS }
        try container.check(avcodec_open2(made, codec, nil), "cannot open the \(name) decoder")
    }

    deinit {
        var context: UnsafeMutablePointer<AVCodecContext>? = context
        avcodec_free_context(&context)
    }

    /// Returns the decoder to its state before the first packet.
    func flush() { avcodec_flush_buffers(context) }

    /// `nil` ends the stream and lets the delayed frames out.
    func send(_ packet: UnsafeMutablePointer<AVPacket>?) -> Int32 { avcodec_send_packet(context, packet) }

    func receive(_ frame: UnsafeMutablePointer<AVFrame>) -> Int32 { avcodec_receive_frame(context, frame) }
}
