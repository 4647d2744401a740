import CFFmpeg
import Glibc

/// Writes packets of other containers into a file, as they are: nothing is decoded or encoded.
///
/// The first packet of the video has to be a key frame; it is shown at 0. Pictures that come after it and are shown before it belong to the
/// group before, cannot be decoded without that, and are left out (open groups of pictures). Sound from before it is left out, too.
/// MP4 where it can hold all streams, else Matroska. The file grows under a name of its own beside the last one and takes that in
/// ``finish()``; a writer that is dropped before leaves nothing. Not thread-safe.
final class PacketWriter {
    /// With the ending of its container.
    let path: String
    /// Video packets, and so pictures (of interlaced video, perhaps fields).
    private(set) var frames = 0
    /// Presentation times of the first picture, and of the end of the last one, in seconds of the source.
    private(set) var start: Double?
    private(set) var end = 0.0
    private let partial: String
    private var format: UnsafeMutablePointer<AVFormatContext>?
    /// By the number in the source.
    private var streams: [Int32: Target] = [:]
    /// Of the first picture, in ticks of the video.
    private var origin: Int64?
    private let video: CodedStream

    private struct Target {
        let source: CodedStream
        let stream: UnsafeMutablePointer<AVStream>
        var lastDts = Int64.min
        /// The first ones, as long as no packet says when it is decoded (Matroska, where pictures are stored in another order than shown).
        var undated: [Packet] = []
    }

    /// - Parameters:
    ///   - name: of the file, without an ending.
    ///   - sources: the video, and what goes with it; what no container here can hold is left out.
    /// - Throws: ``VideoError/Code/unwritable``, or ``VideoError/Code/unsupported`` when no container can hold the video.
    init(_ name: String, _ sources: [CodedStream]) throws(VideoError) {
        guard let video = sources.first(where: \.isVideo) else { preconditionFailure("a clip needs a video") }
        self.video = video
        let mp4 = av_guess_format("mp4", nil, nil), matroska = av_guess_format("matroska", nil, nil)
        let isMP4 = sources.allSatisfy { $0.fits(mp4) }
        let container = UnsafePointer(isMP4 ? mp4 : matroska), kept = sources.filter { $0.fits(container) }
        path = name + (isMP4 ? ".mp4" : ".mkv")
        partial = VideoWriter.partialName(of: path)
        guard video.fits(container) else {
            let reason = "neither MP4 nor Matroska holds \(video.codecName)"
            throw VideoError(.unsupported, "\(reason); convert the video, for example to H.264", url: path)
        }
        // A protocol of its own, so that no name is taken for a URL. From here on `deinit` tidies up, also when this throws.
        let url = "file:" + partial
        var result = avformat_alloc_output_context2(&format, container, nil, url)
        guard result >= 0, let format else { throw Self.unwritable(path, result) }
        for source in kept {
            guard let stream = source.add(to: format) else { throw VideoError(.internalFailure, "out of memory", url: path) }
            streams[source.index] = Target(source: source, stream: stream)
        }
        result = avio_open(&format.pointee.pb, url, AVIO_FLAG_WRITE)
        guard result >= 0 else { throw Self.unwritable(path, result) }
        var flags: OpaquePointer?
        // The index at the beginning: players on the web start without the whole file.
        if isMP4 { av_dict_set(&flags, "movflags", "+faststart", 0) }
        defer { av_dict_free(&flags) }
        result = avformat_write_header(format, &flags)
        guard result >= 0 else { throw Self.unwritable(path, result) }
    }

    deinit {
        guard let format else { return }
        avio_closep(&format.pointee.pb)
        avformat_free_context(format)
        unlink(partial)
    }

    /// Writes a packet, unless it is of a stream that is left out, or has no time.
    func write(_ packet: Packet) throws(VideoError) {
        guard let source = streams[packet.stream]?.source, packet.hasTime else { return }
        if origin == nil {
            guard source.isVideo, packet.isKey else { return }
            (origin, start) = (packet.pts, seconds(packet.pts))
        }
        let shift = source.isVideo ? origin! : av_rescale_q(origin!, video.timeBase, source.timeBase)
        guard packet.pts >= shift else { return }
        if source.isVideo {
            frames += 1
            end = max(end, seconds(packet.pts + max(packet.raw.pointee.duration, 0)))
        }
        if packet.dts == dv_nopts, streams[packet.stream]!.lastDts == .min {
            streams[packet.stream]!.undated.append(packet)
            return
        }
        let undated = streams[packet.stream]!.undated
        streams[packet.stream]!.undated = []
        for (index, earlier) in undated.enumerated() {
            let steps = Int64(undated.count - index)
            try put(earlier, dts: packet.dts - steps * max(1, earlier.raw.pointee.duration), shift: shift)
        }
        try put(packet, dts: packet.dts, shift: shift)
    }

    /// - Parameters:
    ///   - dts: when it is decoded; missing is after the packet before.
    ///   - shift: what becomes 0.
    private func put(_ packet: Packet, dts: Int64, shift: Int64) throws(VideoError) {
        guard let format, var target = streams[packet.stream] else { return }
        guard let copy = av_packet_clone(packet.raw) else { throw VideoError(.internalFailure, "out of memory", url: path) }
        var owned: UnsafeMutablePointer<AVPacket>? = copy
        defer { av_packet_free(&owned) }
        (copy.pointee.pts, copy.pointee.dts) = (packet.pts - shift, dts == dv_nopts ? dv_nopts : dts - shift)
        av_packet_rescale_ts(copy, target.source.timeBase, target.stream.pointee.time_base)
        // Muxers refuse what does not ascend, as the clocks of cheap cameras do not.
        if target.lastDts != .min { copy.pointee.dts = max(copy.pointee.dts, target.lastDts + 1) }
        copy.pointee.pts = max(copy.pointee.pts, copy.pointee.dts)
        target.lastDts = copy.pointee.dts
        streams[packet.stream] = target
        (copy.pointee.stream_index, copy.pointee.pos) = (target.stream.pointee.index, -1)
        let result = av_interleaved_write_frame(format, copy)
        guard result >= 0 else { throw Self.unwritable(path, result) }
    }

    /// Ends the file and gives it its name.
    /// - Returns: its size in bytes; nil if there was no picture, and so is no file.
    /// - Throws: ``VideoError/Code/unwritable``; nothing stays then.
    func finish() throws(VideoError) -> Int? {
        guard let format else { preconditionFailure("a file ends once") }
        guard frames > 0, let origin else { return nil }
        // A clip of pictures of which none says when it is decoded: in the order in which they came.
        for target in streams.values {
            let shift = target.source.isVideo ? origin : av_rescale_q(origin, video.timeBase, target.source.timeBase)
            for packet in target.undated { try put(packet, dts: packet.pts, shift: shift) }
        }
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

    private func seconds(_ ticks: Int64) -> Double { Rational(video.timeBase).seconds(of: ticks) }

    private static func unwritable(_ path: String, _ code: Int32) -> VideoError {
        VideoError(.unwritable, "cannot be written: \(describe(ffmpegError: code).lowercased())", url: path)
    }
}
