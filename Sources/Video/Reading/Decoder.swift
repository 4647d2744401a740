import CFFmpeg

/// The codec of the chosen stream.
final class Decoder {
    private(set) var context: UnsafeMutablePointer<AVCodecContext>?

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

    deinit { avcodec_free_context(&context) }

    var codecID: AVCodecID { context!.pointee.codec_id }

    /// Returns the decoder to its state before the first packet.
    func flush() { avcodec_flush_buffers(context) }

    /// `nil` ends the stream and lets the delayed frames out.
    func send(_ packet: UnsafeMutablePointer<AVPacket>?) -> Int32 { avcodec_send_packet(context, packet) }

    func receive(_ frame: UnsafeMutablePointer<AVFrame>) -> Int32 { avcodec_receive_frame(context, frame) }
}
