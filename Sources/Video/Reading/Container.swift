import CFFmpeg
import FileNames
import Glibc

/// An opened input: FFmpeg's demuxer and what it reads from.
final class Container {
    /// The input as given, without passwords, for messages.
    var url: String { redaction.text }
    let redaction: Redaction
    let kind: Input
    let log: FFmpegLog
    let interrupt: Interrupt
    private(set) var source: ByteSource?
    private(set) var format: UnsafeMutablePointer<AVFormatContext>?
    /// FFmpeg's own way to open the files of an image sequence.
    private var openImage: ImageOpener?
    private typealias ImageOpener =
        @convention(c) (
            UnsafeMutablePointer<AVFormatContext>?, UnsafeMutablePointer<UnsafeMutablePointer<AVIOContext>?>?, UnsafePointer<CChar>?, Int32,
            UnsafeMutablePointer<OpaquePointer?>?
        ) -> Int32
    /// The files of an image sequence since the last seek, in the order of their packets.
    private(set) var images: [String] = []
    /// While the streams of a live input are looked for.
    private var isProbing = false
    /// Seconds that a single read may take; `nil` for regular files and standard input, which may wait for ever.
    let readTimeout: Double?

    /// Bytes of a regular file; `nil` for everything else.
    var fileSize: Int64? { source?.size }

    /// FFmpeg's names of the format, separated by commas.
    var formatName: String { format?.pointee.iformat?.pointee.name.map { String(cString: $0) } ?? "" }

    /// Whether the input can be opened again and is then the same: a file, and not a pipe.
    var isRegularFile: Bool { fileSize != nil && source?.isCopied == false }

    /// Whether the format has no time stamps of its own, so that FFmpeg counts frames; such formats have nothing to seek by either.
    var hasNoClock: Bool { isBare || formatName.hasSuffix("_pipe") }

    /// Whether this is an MP4 file over a network, of which only the bytes to come can be had.
    var cannotGoBack: Bool { formatName.hasPrefix("mov,") && source == nil && format?.pointee.pb.map { $0.pointee.seekable == 0 } == true }

    /// Whether time stamps may jump within the input, as broadcasts do.
    var mayJump: Bool { hasFlag(AVFMT_TS_DISCONT) }

    private func hasFlag(_ flag: Int32) -> Bool { format.map { $0.pointee.iformat.pointee.flags & flag != 0 } ?? false }

    /// Whether the input can only be read in order, from where it stands.
    var isSequential: Bool {
        switch kind {
        case .file: fileSize == nil || isBare
        case .imageSequence: false
        case .network, .device: isLive || isBare
        }
    }

    /// Whether there is nothing but the coded pictures, without time stamps or an index.
    var isBare: Bool { hasFlag(AVFMT_NOTIMESTAMPS) || hasFlag(AVFMT_GENERIC_INDEX) && format?.pointee.start_time == dv_nopts }

    /// Whether pictures arrive as they are taken: a network input that has no end. What comes through a pipe waits.
    var isLive: Bool {
        if case .device = kind { return true }
        guard case .network = kind, let format else { return false }
        return format.pointee.duration == dv_nopts || format.pointee.duration <= 0
    }

    /// Whether pictures come in bursts, so that they have to be played at their own rate: from files, and playlists.
    var needsPace: Bool {
        switch kind {
        case .device, .file(path: nil): false
        case .file: fileSize != nil
        case .imageSequence: true
        case .network:
            // A server that knows how long its answer is has a file, also where its format does not say how long it plays.
            formatName.split(separator: ",").contains { $0 == "hls" || $0 == "dash" } || !isLive
                || format?.pointee.pb.map { avio_size($0) > 0 } == true
        }
    }

    /// Opens `input` and reads enough of it to know its streams.
    /// - Throws: ``VideoError`` for whatever is wrong with it; never hangs longer than the time-out (except on
    ///   standard input, which may be silent as long as its writer lives).
    init(_ input: String, options: VideoOptions, interrupt: Interrupt) throws(VideoError) {
        redaction = Redaction(input)
        self.interrupt = interrupt
        log = FFmpegLog(redaction)
        kind = try Input(input)
        interrupt.allow(seconds: options.timeout)
        switch kind {
        case .file(let path):
            if path == nil { interrupt.allow(seconds: nil) }
            let bytes = try ByteSource(path: path, interrupt: interrupt)
            (source, readTimeout) = (bytes, path == nil || bytes.size != nil ? nil : options.timeout)
        case .imageSequence: readTimeout = nil
        case .network, .device: readTimeout = options.timeout
        }
        log.claimThread()
        defer { log.releaseThread() }
        try open(input, options: options)
    }

    deinit {
        // The context holds pointers into `source` and `interrupt`, so it goes first.
        interrupt.allow(seconds: readTimeout)
        avformat_close_input(&format)
    }

    private func open(_ input: String, options: VideoOptions) throws(VideoError) {
        guard let context = avformat_alloc_context() else {
            throw VideoError(.internalFailure, "out of memory", url: url)
        }
        format = context
        context.pointee.interrupt_callback = AVIOInterruptCB(
            callback: { opaque in
                guard let opaque else { return 0 }
                return Unmanaged<Container>.fromOpaque(opaque).takeUnretainedValue().shouldStop() ? 1 : 0
            },
            opaque: Unmanaged.passUnretained(self).toOpaque())
        context.pointee.opaque = log.opaque
        // Broken packets are dropped or flagged by the demuxer, not thrown away silently.
        context.pointee.error_recognition = Int32(AV_EF_CRCCHECK)
        var settings: [String: String] = [:]
        var demuxer: UnsafePointer<AVInputFormat>?
        var name = input
        interrupt.allow(seconds: readTimeout)
        switch kind {
        case .file:
            context.pointee.pb = source!.context
            // Set by FFmpeg too, but only once it has opened the input; until then closing would free our stream.
            context.pointee.flags |= AVFMT_FLAG_CUSTOM_IO
            context.pointee.io_open = { _, _, _, _, _ in -EPERM }
            demuxer = try probe(context)
            settings["format_whitelist"] = String(cString: demuxer!.pointee.name)
            // No protocol has this name; an empty list would mean "all".
            settings["protocol_whitelist"] = "none"
            name = ""
        case .imageSequence(let pattern, let glob):
            name = pattern
            demuxer = av_find_input_format("image2")
            settings["protocol_whitelist"] = "file"
            settings["pattern_type"] = glob ? "glob" : "sequence"
            settings["framerate"] = String(options.imageRate)
            openImage = context.pointee.io_open
            context.pointee.io_open = { format, stream, path, flags, settings in
                guard let format, let path, let opaque = format.pointee.interrupt_callback.opaque else { return -EINVAL }
                let container = Unmanaged<Container>.fromOpaque(opaque).takeUnretainedValue()
                container.images.append(String(cString: path))
                let result = container.openImage?(format, stream, path, flags, settings) ?? -EINVAL
                if result >= 0, avio_size(stream?.pointee) != 0 { return result }
                // FFmpeg would not get beyond a file that is empty or cannot be read.
                if result >= 0 { avio_closep(stream) }
                stream?.pointee = Container.noImage()
                return stream?.pointee == nil ? -ENOMEM : 0
            }
            let first = glob ? (matches(glob: pattern) ? 0 : nil) : firstNumber(ofSequence: pattern)
            guard let first else {
                throw VideoError(.notFound, "no file fits the pattern; check the folder and the number of digits", url: url)
            }
            if !glob { settings["start_number"] = String(first) }
        case .network(let scheme):
            settings["protocol_whitelist"] = Input.protocols[scheme]!
            settings["format_whitelist"] = Demuxers.networkFormats
            // Cameras behind firewalls rarely get UDP through, and lost packets are gray pictures.
            if scheme.hasPrefix("rtsp") {
                switch options.rtspTransport {
                case .tcp: settings["rtsp_flags"] = "prefer_tcp"
                case .udp: settings["rtsp_transport"] = "udp"
                }
            }
            // A reader that was behind for a moment lost packets, and not its input.
            if scheme == "udp" { settings["overrun_nonfatal"] = "1" }
            // Else FFmpeg takes what comes to this port by any address of the machine.
            if ["udp", "rtp"].contains(scheme), let address = ownAddress(in: input) { settings["localaddr"] = address }
        case .device(let path):
            name = path
            demuxer = try Demuxers.camera(url: url)
            settings["protocol_whitelist"] = "none"
        }
        // A camera's clock that begins anew is not one that overflows: FFmpeg would take it for that, and then back, in the middle of a stream.
        if options.live == true { settings["correct_ts_overflow"] = "0" }
        let usual = context.pointee.probesize
        if options.live == true { context.pointee.probesize = Self.keptForProbing }
        var dictionary: OpaquePointer?
        for (key, value) in settings { av_dict_set(&dictionary, key, value, 0) }
        defer { av_dict_free(&dictionary) }
        try check(avformat_open_input(&format, name.fileName, demuxer, &dictionary), "cannot open the input")
        format!.pointee.probesize = usual
        images = []
        interrupt.allow(seconds: readTimeout)
        isProbing = options.live == true
        if isProbing { beBrief() }
        defer { isProbing = false }
        try check(findStreams(), "cannot make out the streams")
    }

    /// FFmpeg asks this from its network code, in the thread that reads.
    private func shouldStop() -> Bool {
        // RTMP announces its streams by their first packets, when FFmpeg is looking for them already.
        if isProbing { beBrief() }
        return interrupt.shouldStop
    }

    /// Bytes. FFmpeg's demuxer for transport streams keeps so much of the beginning of each connection, to go back to, until as much
    /// was read; with the usual 5 MB memory rises by that for minutes. What it looks for there comes ten times a second.
    private static let keptForProbing: Int64 = 1 << 20

    /// Makes `findStreams` stop at the first picture: what it reads on to learn more, such as the frame rate, gets old meanwhile.
    private func beBrief() {
        format!.pointee.fps_probe_size = 2
        // A transport stream may always bring more streams; with a picture among those that it announced, we have what we want.
        if streams.contains(where: \.isVideo) { format!.pointee.ctx_flags &= ~AVFMTCTX_NOHEADER }
    }

    /// Decodes the first pictures as far as needed, within the decoder's own limit on their size.
    private func findStreams() -> Int32 {
        var limits = streams.map { _ -> OpaquePointer? in
            var limit: OpaquePointer?
            av_dict_set_int(&limit, "max_pixels", StreamDecoder.maxPixels, 0)
            return limit
        }
        defer { for i in limits.indices { av_dict_free(&limits[i]) } }
        return avformat_find_stream_info(format, &limits)
    }

    /// Recognises the format by content alone: an extension proves nothing, and `.txt` would pass as ANSI art.
    private func probe(_ context: UnsafeMutablePointer<AVFormatContext>) throws(VideoError) -> UnsafePointer<AVInputFormat> {
        var found: UnsafePointer<AVInputFormat>?
        let score = av_probe_input_buffer2(context.pointee.pb, &found, "", nil, 0, 0)
        guard let found, score >= 0 else {
            if interrupt.shouldStop { throw error(dv_averror_exit, "") }
            if case .file(path: nil) = kind, source?.isEmpty == true { throw VideoError(.notVideo, ByteSource.noInput) }
            throw VideoError(
                .notVideo, "the content is not in any video format known to FFmpeg; check that the file is complete",
                url: url, ffmpegCode: score < 0 ? score : nil, lastLog: log.last)
        }
        if let reason = Demuxers.refusal(ofFileFormat: String(cString: found.pointee.name)) {
            throw VideoError(.refused, reason, url: url)
        }
        return found
    }

    /// Three bytes that no decoder takes for an image. FFmpeg closes and frees them.
    private static func noImage() -> UnsafeMutablePointer<AVIOContext>? {
        guard let buffer = av_mallocz(64)?.assumingMemoryBound(to: UInt8.self),
            let stream = avio_alloc_context(
                buffer, 64, 0, nil, { _, _, _ in dv_averror_eof }, nil, { _, _, whence in whence & AVSEEK_SIZE != 0 ? 3 : -Int64(EINVAL) })
        else { return nil }
        (stream.pointee.buf_end, stream.pointee.pos) = (buffer + 3, 3)
        return stream
    }

    /// Goes to a key frame at or before `target − back` ticks, or to the beginning with `back` `nil`; `false` if it cannot.
    func seek(_ stream: UnsafePointer<AVStream>, back: Int64?, from target: Int64) -> Bool {
        let beginning = stream.pointee.start_time == dv_nopts ? 0 : stream.pointee.start_time
        let index = stream.pointee.index
        images = []
        if let back, target &- back > beginning {
            return av_seek_frame(format, index, target &- back, AVSEEK_FLAG_BACKWARD) >= 0
        }
        // Streams made to be tuned into (MPEG-TS) are searched by time stamps, which may miss the first picture.
        if mayJump, !hasFlag(AVFMT_NO_BYTE_SEEK) {
            return av_seek_frame(format, index, 0, AVSEEK_FLAG_BYTE) >= 0
        }
        return av_seek_frame(format, index, beginning, AVSEEK_FLAG_BACKWARD) >= 0 || av_seek_frame(format, index, 0, AVSEEK_FLAG_BYTE) >= 0
    }

    /// The time stamp at which the input begins, in ticks of `stream`: its earliest stream's, as for ffmpeg's `-ss`. `nil` if unknown.
    func origin(of stream: UnsafePointer<AVStream>) -> Int64? {
        let own = stream.pointee.start_time == dv_nopts ? nil : stream.pointee.start_time
        guard let start = format?.pointee.start_time, start != dv_nopts else { return own }
        // Microseconds, and so rounded.
        let second = AVRational(num: 1, den: AV_TIME_BASE)
        let first = av_rescale_q(start, second, stream.pointee.time_base), tolerance = av_rescale_q(1, second, stream.pointee.time_base) + 1
        if let own, own &- first <= tolerance { return own }
        return first
    }

    /// Reads one packet; FFmpeg's return value. Waits no longer than the time-out.
    func read(_ packet: UnsafeMutablePointer<AVPacket>) -> Int32 {
        if let readTimeout { interrupt.allow(seconds: readTimeout) }
        return av_read_frame(format, packet)
    }

    /// Whether a read that returned `result` waited too long. FFmpeg may hand out what it still has before it says so, at a
    /// time when the deadline is another.
    func hasTimedOut(_ result: Int32) -> Bool {
        interrupt.hasTimedOut || result == -ETIMEDOUT || (result == dv_averror_exit && !interrupt.isCancelled)
    }

    /// Turns a failed call's number into the error to throw.
    func check(_ result: Int32, _ what: String) throws(VideoError) {
        if result < 0 { throw error(result, what) }
    }

    func error(_ result: Int32, _ what: String) -> VideoError {
        var (code, message): (VideoError.Code, String) =
            switch result {
            case _ where interrupt.isCancelled: (.cancelled, "reading was cancelled")
            case _ where hasTimedOut(result):
                (.timedOut, "no data for \(readTimeout ?? 0) s; check that the source is running, or raise --timeout")
            case -ENOENT: (.notFound, "\(what): no such file")
            case -EADDRINUSE:
                (
                    .unreadable,
                    "another program already listens at port \(url.firstMatch(of: /:([0-9]+)(?:[\/?]|$)/)?.1 ?? "of this address"); "
                        + "end it, or give this camera another port"
                )
            case dv_averror_unauthorized, dv_averror_forbidden:
                (
                    .unauthorized,
                    "the camera or server refuses this user or password; check the input (in a password, @ is written as %40, and # as %23)"
                )
            case -ENOMEM: (.internalFailure, what)
            case dv_averror_protocol_not_found: (.refused, "\(what): the input names a protocol that is not allowed here")
            case dv_averror_invalid_data: (.notVideo, "\(what): the content is damaged, incomplete or not a video")
            case -EPERM: (.refused, "\(what): the file names another input, which is not opened")
            default: (.unreadable, what)
            }
        if let character = redaction.unencoded, code != .cancelled { message += "; \(Input.encodingHint(character))" }
        // What FFmpeg makes of a wait that was ended, such as "Invalid data found" or "Immediate exit requested", explains nothing.
        if code == .timedOut || code == .cancelled { return VideoError(code, message, url: url) }
        return VideoError(code, message, url: url, ffmpegCode: result, lastLog: log.last)
    }
}
