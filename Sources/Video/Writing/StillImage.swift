import CFFmpeg

/// Still pictures as JPEG files, by FFmpeg's encoder.
public enum JPEG {
    /// The bytes of a JPEG file with halved chroma.
    ///
    /// - Parameters:
    ///   - rgb: rows without gaps, 3 bytes a pixel.
    ///   - width, height: in pixels, 1 or more.
    ///   - quantizer: 2, the best, to 31, the smallest file.
    /// - Throws: ``VideoError/Code/unsupported`` when this FFmpeg has no JPEG encoder.
    public static func encode(rgb: [UInt8], width: Int, height: Int, quantizer: Int = 5) throws(VideoError) -> [UInt8] {
        precondition(width > 0 && height > 0 && rgb.count == 3 * width * height, "a picture needs 3 bytes for each of its pixels")
        return try StillEncoder.encode(AV_CODEC_ID_MJPEG, name: "JPEG", size: (width, height), format: AV_PIX_FMT_YUVJ420P) { context in
            context.pointee.flags |= AV_CODEC_FLAG_QSCALE
            context.pointee.global_quality = FF_QP2LAMBDA * Int32(max(2, min(31, quantizer)))
        } fill: { frame throws(VideoError) in
            let scaler = sws_getContext(
                Int32(width), Int32(height), AV_PIX_FMT_RGB24, Int32(width), Int32(height), AV_PIX_FMT_YUVJ420P,
                SWS_BILINEAR | SWS_ACCURATE_RND, nil, nil, nil)
            guard let scaler else { throw VideoError(.internalFailure, "cannot convert a picture of \(width)×\(height) pixels") }
            defer { sws_freeContext(scaler) }
            rgb.withUnsafeBufferPointer { source in
                var (planes, strides): ([UnsafePointer<UInt8>?], [Int32]) = (
                    [source.baseAddress, nil, nil, nil], [Int32(3 * width), 0, 0, 0]
                )
                let (targets, targetStrides) = (planePointers(of: frame), lineSizes(of: frame))
                sws_scale(scaler, &planes, &strides, 0, Int32(height), targets, targetStrides)
            }
        }
    }
}

/// The four first planes, as swscale takes them.
func planePointers(of frame: UnsafeMutablePointer<AVFrame>) -> [UnsafeMutablePointer<UInt8>?] {
    let data = frame.pointee.data
    return [data.0, data.1, data.2, data.3]
}

func lineSizes(of frame: UnsafeMutablePointer<AVFrame>) -> [Int32] {
    let sizes = frame.pointee.linesize
    return [sizes.0, sizes.1, sizes.2, sizes.3]
}

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
        return try StillEncoder.encode(AV_CODEC_ID_PNG, name: "PNG", size: (width, height), format: AV_PIX_FMT_RGB24) { context in
            // Rows predicted from their neighbors: half the size of the default, for photographs.
            av_opt_set(context.pointee.priv_data, "pred", "paeth", 0)
        } fill: { frame throws(VideoError) in
            let (target, stride) = (frame.pointee.data.0!, Int(frame.pointee.linesize.0))
            rgb.withUnsafeBufferPointer { source in
                for y in 0..<height { (target + y * stride).update(from: source.baseAddress! + 3 * y * width, count: 3 * width) }
            }
        }
    }
}

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
