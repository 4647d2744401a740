import CFFmpeg
import Glibc

/// Writes images as a video file, with the times that they have.
///
/// The file grows under a name of its own beside `path` and takes that name in ``finish()``: what stands there is always a whole
/// video. A writer that is dropped before leaves nothing.
///
/// Not thread-safe.
public final class VideoWriter {
    public let path: String
    /// What the images are encoded with.
    public var codec: VideoWriterOptions.Codec { encoder.codec }
    public private(set) var frames = 0
    private let partial: String
    private let encoder: VideoEncoder
    /// `nil` once the video is finished.
    private var format: UnsafeMutablePointer<AVFormatContext>?
    /// Ticks from an image without a time to the next one.
    private let interval: Int64
    private var timeline: Timeline?
    private var lastTicks: Int64 = -1
    /// Seconds, about. MP4 has no room for a gap of a day, and nobody would wait for its end.
    private static let longestGap = 600.0

    /// - Parameters:
    ///   - path: of the file to make, or to replace in the end.
    ///   - first: the first image, not written yet: its size, time base and colors are the video's.
    /// - Throws: ``VideoError/Code/unwritable``, or ``VideoError/Code/unsupported`` when there is no encoder for it.
    public init(_ path: String, first: YUVImage, options: VideoWriterOptions) throws(VideoError) {
        (self.path, partial) = (path, Self.partialName(of: path))
        encoder = try VideoEncoder(options, first: first)
        let rate = options.frameRate?.value ?? 25
        interval = max(1, encoder.timeBase.ticks(of: 1 / (rate > 0 ? rate : 25)))
        // From here on `deinit` tidies up, also when this throws. A protocol of its own, so that no name is taken for a URL.
        let url = "file:" + partial, container = options.container
        var result = avformat_alloc_output_context2(&format, nil, container.rawValue, url)
        guard result >= 0, let format else {
            throw VideoError(.unsupported, "this FFmpeg cannot write \(container.rawValue) files", url: path, ffmpegCode: result)
        }
        guard let stream = avformat_new_stream(format, nil) else { throw VideoError(.internalFailure, "out of memory", url: path) }
        avcodec_parameters_from_context(stream.pointee.codecpar, encoder.context)
        stream.pointee.time_base = encoder.timeBase.av
        if let rate = options.frameRate { stream.pointee.avg_frame_rate = rate.av }
        stream.pointee.sample_aspect_ratio = encoder.context.pointee.sample_aspect_ratio
        result = avio_open(&format.pointee.pb, url, AVIO_FLAG_WRITE)
        guard result >= 0 else { throw Self.unwritable(path, result) }
        var flags: OpaquePointer?
        // The index at the beginning: players on the web start without the whole file.
        if container != .matroska { av_dict_set(&flags, "movflags", "+faststart", 0) }
        defer { av_dict_free(&flags) }
        // So that it can be told from a recording, see `StreamInfo.isDrawn`.
        av_dict_set(&format.pointee.metadata, "comment", StreamInfo.drawnMark, 0)
        result = avformat_write_header(format, &flags)
        guard result >= 0 else { throw Self.unwritable(path, result) }
    }

    deinit {
        guard let format else { return }
        avio_closep(&format.pointee.pb)
        avformat_free_context(format)
        unlink(partial)
    }

    /// Encodes an image. Its memory may be used again for the next one.
    ///
    /// The video begins at 0. An image whose time is missing, lies before the last one's, or more than ten minutes after it, comes one
    /// frame later than that one, and time goes on from there.
    /// - Throws: ``VideoError/Code/unwritable`` when the disk is full.
    public func write(_ image: YUVImage) throws(VideoError) {
        let frame = image.raw
        frame.pointee.pts = ticks(of: image)
        // The source's own types would be taken for wishes.
        frame.pointee.pict_type = AV_PICTURE_TYPE_NONE
        let result = avcodec_send_frame(encoder.context, frame)
        guard result >= 0 else { throw VideoError(.internalFailure, "a frame could not be encoded", url: path, ffmpegCode: result) }
        frames += 1
        try drain()
    }

    private func ticks(of image: YUVImage) -> Int64 {
        var pts: Int64?
        if let own = image.pts, image.timeBase.denominator > 0, image.timeBase.numerator > 0 {
            pts = av_rescale_q(own, image.timeBase.av, encoder.timeBase.av)
        }
        let longest = min(encoder.timeBase.ticks(of: Self.longestGap), Int64(Int32.max) / 4)
        var line = timeline ?? Timeline(origin: pts ?? 0, interval: interval, longest: longest)
        lastTicks = max(line.position(of: pts), lastTicks + 1)
        timeline = line
        return lastTicks
    }

    /// Hands on what the encoder has ready.
    private func drain() throws(VideoError) {
        var packet = av_packet_alloc()
        defer { av_packet_free(&packet) }
        guard let packet, let format, let stream = format.pointee.streams[0] else {
            throw VideoError(.internalFailure, "out of memory", url: path)
        }
        while true {
            let result = avcodec_receive_packet(encoder.context, packet)
            if result == -EAGAIN || result == dv_averror_eof { return }
            guard result >= 0 else { throw VideoError(.internalFailure, "a frame could not be encoded", url: path, ffmpegCode: result) }
            packet.pointee.stream_index = stream.pointee.index
            // Of all but the last it is the time to the next that counts.
            if packet.pointee.duration <= 0 { packet.pointee.duration = interval }
            av_packet_rescale_ts(packet, encoder.timeBase.av, stream.pointee.time_base)
            let written = av_interleaved_write_frame(format, packet)
            guard written >= 0 else { throw Self.unwritable(path, written) }
        }
    }

    /// Ends the video and gives it its name.
    /// - Returns: the file's size in bytes.
    /// - Throws: ``VideoError/Code/unwritable``; nothing stays then.
    @discardableResult public func finish() throws(VideoError) -> Int {
        guard let format else { preconditionFailure("a video ends once") }
        avcodec_send_frame(encoder.context, nil)
        try drain()
        var result = av_write_trailer(format)
        if result >= 0 { result = format.pointee.pb.pointee.error }
        let closed = avio_closep(&format.pointee.pb)
        guard result >= 0, closed >= 0 else { throw Self.unwritable(path, min(result, closed)) }
        var status = stat()
        stat(partial, &status)
        guard rename(partial, path) == 0 else { throw Self.unwritable(path, -errno) }
        avformat_free_context(format)
        self.format = nil
        return Int(status.st_size)
    }

    private static func unwritable(_ path: String, _ code: Int32) -> VideoError {
        VideoError(.unwritable, "cannot be written: \(describe(ffmpegError: code).lowercased())", url: path)
    }

    /// Beside the file, so that it can be renamed; hidden, and no other process's.
    static func partialName(of path: String) -> String {
        let cut = path.lastIndex(of: "/").map { path.index(after: $0) } ?? path.startIndex
        return "\(path[..<cut]).\(path[cut...]).\(getpid()).part"
    }
}
