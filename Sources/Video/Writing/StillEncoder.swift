import CFFmpeg

/// One picture through one of FFmpeg's encoders.
enum StillEncoder {
    /// - Parameters:
    ///   - name: of the kind of file, for errors.
    ///   - size: in pixels.
    ///   - prepare: sets the encoder's options before it is opened.
    ///   - fill: writes the picture into a frame that has memory.
    static func encode(
        _ codec: AVCodecID, name: String, size: (width: Int, height: Int), format: AVPixelFormat,
        prepare: (UnsafeMutablePointer<AVCodecContext>) -> Void, fill: (UnsafeMutablePointer<AVFrame>) throws(VideoError) -> Void
    ) throws(VideoError) -> [UInt8] {
        func check(_ result: Int32) throws(VideoError) {
            if result < 0 { throw VideoError(.internalFailure, "cannot encode a \(name) picture", ffmpegCode: result) }
        }
        guard let codec = avcodec_find_encoder(codec) else {
            throw VideoError(.unsupported, "this FFmpeg has no \(name) encoder; install one that is built with it")
        }
        var context = avcodec_alloc_context3(codec)
        var frame = av_frame_alloc()
        var packet = av_packet_alloc()
        defer {
            avcodec_free_context(&context)
            av_frame_free(&frame)
            av_packet_free(&packet)
        }
        guard let context, let frame, let packet else { throw VideoError(.internalFailure, "out of memory for a \(name) picture") }
        (context.pointee.width, context.pointee.height) = (Int32(size.width), Int32(size.height))
        context.pointee.pix_fmt = format
        context.pointee.time_base = AVRational(num: 1, den: 1)
        context.pointee.thread_count = 1
        prepare(context)
        try check(avcodec_open2(context, codec, nil))
        (frame.pointee.width, frame.pointee.height) = (Int32(size.width), Int32(size.height))
        frame.pointee.format = format.rawValue
        frame.pointee.quality = context.pointee.global_quality
        try check(av_frame_get_buffer(frame, 0))
        try fill(frame)
        try check(avcodec_send_frame(context, frame))
        try check(avcodec_receive_packet(context, packet))
        return [UInt8](UnsafeBufferPointer(start: packet.pointee.data, count: Int(packet.pointee.size)))
    }
}
