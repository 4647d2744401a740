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
        get { counted + log.missingReferences - missingBefore }
        set { (counted, missingBefore) = (newValue, log.missingReferences) }
    }
    /// Why the input ended before its own header says; `nil` while reading, and after a regular end.
    private(set) var earlyEnd: VideoError?
    /// Whether any frame came out, wherever the container stood.
    private(set) var hasDecoded = false
    /// Nanoseconds that went by in waiting for live input, which is no work.
    private(set) var waited: UInt64 = 0

    let container: Container
    let stream: UnsafeMutablePointer<AVStream>
    /// Of what the decoder says.
    private let log: FFmpegLog
    /// Whether FFmpeg's index comes from the file's header: that of AVI is at the end, Matroska's holds key frames only, and a fragmented
    /// MP4 file's what has been read so far.
    let hasIndex: Bool
    /// Streams that were there at the beginning; a later one with pictures takes the place of ours.
    let streamCount: Int
    /// Seconds that a live stream may go on without a picture; `nil` for input that is not live.
    let liveTimeout: Double?
    /// When the last one came out, or was held back.
    var lastPicture = monotonicNanoseconds()
    let codec: UnsafeMutablePointer<AVCodecContext>
    /// Keeps the last packets; nil where nobody wants them.
    private let ring: PacketRing?
    private let maxCorruptRun: Int
    /// Of the stream, or of the last message in it: those of H.264 and HEVC hold until the next.
    private var orientation: Orientation
    private let packet: UnsafeMutablePointer<AVPacket>
    private var spare: UnsafeMutablePointer<AVFrame>?
    private(set) var arrivals = ArrivalLog()
    private var firstArrival: UInt64?
    private var lastPts: Int64?
    private var (counted, missingBefore) = (0, 0)
    /// Packets that were flagged as corrupt, and so counted, and that the decoder has not failed on yet.
    private var flagged = 0
    private var corruptRun = 0
    private var isDraining = false
    /// Too many packets in a row could not be decoded: nothing more is to be sent.
    private(set) var hasGivenUp = false
    /// Files of an image sequence, by time stamp, whose pictures have not come out; and how many were read.
    private var pendingImages: [Int64: String] = [:]
    private var imagesRead = 0

    /// - Parameters:
    ///   - ring: keeps the last packets.
    ///   - log: takes what the decoder says; `nil` for the container's.
    init(
        container: Container, stream: UnsafeMutablePointer<AVStream>, options: VideoOptions, ring: PacketRing? = nil, log: FFmpegLog? = nil
    ) throws(VideoError) {
        let id = stream.pointee.codecpar.pointee.codec_id, name = String(cString: avcodec_get_name(id))
        guard let decoder = avcodec_find_decoder(id) else {
            throw VideoError(
                .unsupported, "this FFmpeg has no decoder for \(name); convert the video, for example to H.264",
                url: container.url, ffmpegCode: dv_averror_decoder_not_found)
        }
        guard let codec = avcodec_alloc_context3(decoder), let packet = av_packet_alloc() else {
            throw VideoError(.internalFailure, "out of memory", url: container.url)
        }
        (self.container, self.stream, self.codec, self.packet, self.ring) = (container, stream, codec, packet, ring)
        self.log = log ?? container.log
        (streamCount, liveTimeout) = (container.streams.count, options.live == true ? options.timeout : nil)
        (maxCorruptRun, orientation) = (options.maxCorruptRun, stream.displayOrientation)
        hasIndex = stream.pointee.nb_frames > 0 && container.formatName != "avi"
        usesArrivalTimes = (options.live ?? container.isLive) && container.hasNoClock && !container.needsPace
        timeBase = usesArrivalTimes ? Rational(1, 1000) : Rational(stream.pointee.time_base)
        let rate = Rational(av_guess_frame_rate(container.format, stream, nil)).value ?? 0
        interval = max(timeBase.ticks(of: 1 / (rate > 0 ? rate : 25)), 1)
        // From here on `deinit` tidies up, also when this throws.
        try open(decoder, name, options)
        try ring?.begin(stream, timeBase: timeBase)
        self.log.clear()
    }

    deinit {
        var (codec, packet): (UnsafeMutablePointer<AVCodecContext>?, UnsafeMutablePointer<AVPacket>?) = (codec, packet)
        avcodec_free_context(&codec)
        av_packet_free(&packet)
        av_frame_free(&spare)
    }

    /// Whether frames are stored in another order than they are shown, as far as the decoder knows.
    var hasBFrames: Bool { delay > 0 }
    /// Pictures that it holds back; without frame threads, as for live input, those that are shown after later ones.
    var delay: Int { Int(codec.pointee.has_b_frames) }

    /// Forgets everything decoded, after the container went to another place.
    func restart() {
        flush()
        corruptPackets = 0
        (flagged, corruptRun, lastPts, earlyEnd, hasGivenUp) = (0, 0, nil, nil, false)
        (pendingImages, imagesRead) = ([:], 0)
    }

    /// Forgets the pictures that others are built on; what was counted stays. The next packet begins with a key frame.
    func flush() {
        avcodec_flush_buffers(codec)
        isDraining = false
    }

    /// The next frame in presentation order, not yet numbered; `nil` at the end.
    /// - Throws: ``VideoError`` after cancellation, or without memory.
    func next() throws(VideoError) -> Frame? {
        while true {
            switch try receive() {
            case .frame(let frame): return frame
            case .ended: return nil
            case .needsPacket: if let packet = try read() { try send(packet) } else { drain() }
            }
        }
    }

    /// What the decoder has to say.
    enum Output {
        case frame(Frame)
        /// It gives nothing before it is sent more, or told that there is no more.
        case needsPacket
        /// After `drain()`: all is out.
        case ended
    }

    func receive() throws(VideoError) -> Output {
        while true {
            if spare == nil { spare = av_frame_alloc() }
            guard let frame = spare else { throw VideoError(.internalFailure, "out of memory", url: container.url) }
            let result = avcodec_receive_frame(codec, frame)
            if result == 0 {
                spare = nil
                lastPicture = monotonicNanoseconds()
                arrivals.longestGap = 0
                corruptRun = 0
                return .frame(makeFrame(frame))
            }
            if result == -EAGAIN { return .needsPacket }
            if result == dv_averror_eof {
                finish()
                return .ended
            }
            try countCorrupt(result)
            // A decoder that fails while draining has nothing more to give than it says with EOF.
            if isDraining, corruptRun > 64 { return .ended }
        }
    }

    /// When the packet with this time stamp was received.
    func arrival(pts: Int64?) -> Arrival { arrivals.arrival(pts: pts) }

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
        let storage = FrameStorage(adopting: raw, streamOrientation: orientation)
        if [AV_CODEC_ID_H264, AV_CODEC_ID_HEVC].contains(codec.pointee.codec_id) { orientation = storage.orientation }
        return Frame(storage: storage, pts: pts, timeBase: timeBase, arrival: arrival)
    }

    /// The stream's next packet, valid until the next call; `nil` at the end, and ``earlyEnd`` says if that came too early.
    /// - Throws: after cancellation.
    func read() throws(VideoError) -> UnsafeMutablePointer<AVPacket>? {
        while true {
            av_packet_unref(packet)
            let result = waiting { container.read(packet) }
            if result < 0 {
                if container.interrupt.isCancelled { throw container.error(result, "reading was cancelled") }
                if result == -EAGAIN, !container.interrupt.shouldStop {
                    usleep(1000)
                    continue
                }
                if result == dv_averror_invalid_data, mayGoOn {
                    try countCorrupt(result)
                    if !hasGivenUp { continue }
                    return nil
                }
                earlyEnd = truncation(readResult: result)
                return nil
            }
            if let problem = liveProblem(packet) {
                earlyEnd = problem
                return nil
            }
            guard packet.pointee.stream_index == stream.pointee.index else { continue }
            arrivals.add(pts: packet.pointee.pts)
            try ring?.add(packet, stampingArrivals: usesArrivalTimes)
            if imagesRead < container.images.count {
                pendingImages[packet.pointee.pts] = container.images[imagesRead]
                imagesRead += 1
            }
            return packet
        }
    }

    /// Gives the decoder one packet.
    func send(_ packet: UnsafeMutablePointer<AVPacket>) throws(VideoError) {
        // Decoded all the same: what is left of a key frame is better than none.
        if packet.pointee.flags & AV_PKT_FLAG_CORRUPT != 0 { (counted, flagged) = (counted + 1, flagged + 1) }
        let sent = avcodec_send_packet(codec, packet)
        if sent < 0, sent != -EAGAIN { try countCorrupt(sent) }
    }

    /// The same with a picture, which is kept until its packet was taken.
    func send(_ picture: CodedPicture) throws(VideoError) {
        defer { withExtendedLifetime(picture) {} }
        try send(picture.packet)
    }

    /// Tells the decoder that there are no more packets.
    func drain() {
        isDraining = true
        avcodec_send_packet(codec, nil)
    }

    private func countCorrupt(_ result: Int32) throws(VideoError) {
        if result == -ENOMEM { throw VideoError(.internalFailure, "out of memory", url: container.url) }
        if flagged > 0 { flagged -= 1 } else { counted += 1 }
        corruptRun += 1
        if corruptRun >= maxCorruptRun, !isDraining {
            hasGivenUp = true
            var message = "\(corruptRun) packets in a row could not be decoded; the rest of the input is given up"
            if container.cannotGoBack { message += "; if this is an MP4 with its index at the end, download it first" }
            earlyEnd = VideoError(.damaged, message, url: container.url, ffmpegCode: result, lastLog: log.last)
            drain()
        }
    }

    private func finish() {
        let unread = pendingImages.sorted { $0.key < $1.key }.map(\.value)
        guard earlyEnd == nil, !unread.isEmpty else { return }
        let names = unread.prefix(5).joined(separator: ", ") + (unread.count > 5 ? ", …" : "")
        earlyEnd = VideoError(
            .damaged, "\(unread.count) of \(imagesRead) images could not be read (\(names)); the others were", url: container.url)
    }

    /// Runs what waits for live input more than it works.
    func waiting<T>(_ body: () -> T) -> T {
        guard liveTimeout != nil else { return body() }
        let begin = monotonicNanoseconds()
        defer { waited += monotonicNanoseconds() - begin }
        return body()
    }

    /// More than 16K×8K, and little enough that a forged header cannot take all memory.
    static let maxPixels: Int64 = 1 << 27

    private func open(_ decoder: UnsafePointer<AVCodec>, _ name: String, _ options: VideoOptions) throws(VideoError) {
        try container.check(avcodec_parameters_to_context(codec, stream.pointee.codecpar), "cannot set the \(name) decoder up")
        codec.pointee.pkt_timebase = stream.pointee.time_base
        codec.pointee.opaque = log.opaque
        codec.pointee.thread_count = Int32(options.decoderThreads)
        // With frame threads H.264's motion vectors are read while another thread still writes them, and differ from
        // run to run. So asking for them costs the parallelism of streams that are not sliced.
        let exportsMotion = options.exportMotionVectors && StreamInfo.codecsWithMotionVectors.contains(name)
        // Each frame thread also holds a picture back, for as long as the next ones take to come.
        let isLive = options.live == true
        codec.pointee.thread_type = exportsMotion || isLive ? FF_THREAD_SLICE : FF_THREAD_FRAME | FF_THREAD_SLICE
        if isLive { codec.pointee.flags |= AV_CODEC_FLAG_LOW_DELAY }
        codec.pointee.max_pixels = Self.maxPixels
        // A damaged picture is shown and marked as such, not swallowed.
        codec.pointee.flags |= AV_CODEC_FLAG_OUTPUT_CORRUPT
        if exportsMotion { codec.pointee.export_side_data |= AV_CODEC_EXPORT_DATA_MVS }
        try container.check(avcodec_open2(codec, decoder, nil), "cannot open the \(name) decoder")
    }
}
