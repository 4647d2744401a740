import CFFmpeg

/// Still pictures as PNG files, by FFmpeg's encoder.
public enum PNG {
    /// The bytes of a PNG file, 8 bits a channel.
    ///
    /// - Parameters:
    ///   - rgb: rows without gaps, 3 bytes a pixel.
    ///   - width, height: in pixels, 1 or more.
    /// - Throws: ``VideoError/Code/unsupported`` when this FFmpeg has no PNG encoder.
    public static func encode(rgb: [UInt8], width: Int, height: Int) throws(VideoError) -> [UInt8] {
        precondition(width > 0 && height > 0 && rgb.count == 3 * width * height, "a picture needs 3 bytes for each of its pixels")
        guard let codec = avcodec_find_encoder(AV_CODEC_ID_PNG) else {
            throw VideoError(.unsupported, "this FFmpeg has no PNG encoder; install one that is built with zlib")
        }
        var context = avcodec_alloc_context3(codec)
        var frame = av_frame_alloc()
        var packet = av_packet_alloc()
        defer {
            avcodec_free_context(&context)
            av_frame_free(&frame)
            av_packet_free(&packet)
        }
        guard let context, let frame, let packet else { throw VideoError(.internalFailure, "out of memory for a PNG picture") }
        (context.pointee.width, context.pointee.height) = (Int32(width), Int32(height))
        context.pointee.pix_fmt = AV_PIX_FMT_RGB24
        context.pointee.time_base = AVRational(num: 1, den: 1)
        context.pointee.thread_count = 1
        // Rows predicted from their neighbours: half the size of the default, for photographs.
        av_opt_set(context.pointee.priv_data, "pred", "paeth", 0)
        try check(avcodec_open2(context, codec, nil))
        (frame.pointee.width, frame.pointee.height) = (Int32(width), Int32(height))
        frame.pointee.format = AV_PIX_FMT_RGB24.rawValue
        try check(av_frame_get_buffer(frame, 0))
        let (target, stride) = (frame.pointee.data.0!, Int(frame.pointee.linesize.0))
        rgb.withUnsafeBufferPointer { source in
            for y in 0..<height { (target + y * stride).update(from: source.baseAddress! + 3 * y * width, count: 3 * width) }
        }
        try check(avcodec_send_frame(context, frame))
        try check(avcodec_receive_packet(context, packet))
        return [UInt8](UnsafeBufferPointer(start: packet.pointee.data, count: Int(packet.pointee.size)))
    }

    private static func check(_ result: Int32) throws(VideoError) {
        if result < 0 { throw VideoError(.internalFailure, "cannot encode a PNG picture", ffmpegCode: result) }
    }
}
