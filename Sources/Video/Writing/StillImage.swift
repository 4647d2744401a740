import CFFmpeg

/// Still pictures as files, by FFmpeg's encoders.
public enum StillImage: Sendable {
    /// 8 bits a channel.
    case png
    /// With halved chroma. Quantizer: 2, the best, to 31, the smallest file.
    case jpeg(quantizer: Int)

    /// The bytes of a file.
    ///
    /// - Parameters:
    ///   - rgb: rows without gaps, 3 bytes a pixel.
    ///   - width, height: in pixels, 1 or more.
    /// - Throws: ``VideoError/Code/unsupported`` when this FFmpeg has no such encoder.
    public func encode(rgb: [UInt8], width: Int, height: Int) throws(VideoError) -> [UInt8] {
        precondition(width > 0 && height > 0 && rgb.count == 3 * width * height, "a picture needs 3 bytes for each of its pixels")
        let picture = try makePicture(rgb: rgb, width: width, height: height)
        defer { free(picture) }
        switch self {
        case .png:
            return try Self.encode(picture, AV_CODEC_ID_PNG, name: "PNG") { context in
                // Rows predicted from their neighbors: half the size of the default, for photographs.
                av_opt_set(context.pointee.priv_data, "pred", "paeth", 0)
            }
        case .jpeg(let quantizer):
            let converted = try allocatePicture(AV_PIX_FMT_YUVJ420P, width: width, height: height)
            defer { free(converted) }
            try Scaler(SWS_BILINEAR | SWS_ACCURATE_RND).convert(picture, to: converted, matrix: .bt601, isFull: (true, true))
            return try Self.encode(converted, AV_CODEC_ID_MJPEG, name: "JPEG") { context in
                context.pointee.flags |= AV_CODEC_FLAG_QSCALE
                context.pointee.global_quality = FF_QP2LAMBDA * Int32(max(2, min(31, quantizer)))
            }
        }
    }

    /// The bytes of a PNG file of one channel.
    ///
    /// - Parameters:
    ///   - gray: rows without gaps; 8 bits a pixel where all values have room there, else 16.
    ///   - width, height: in pixels, 1 or more.
    /// - Throws: ``VideoError/Code/unsupported`` when this FFmpeg has no such encoder.
    public static func png(gray: [UInt16], width: Int, height: Int) throws(VideoError) -> [UInt8] {
        precondition(width > 0 && height > 0 && gray.count == width * height, "a picture needs a value for each of its pixels")
        let isNarrow = gray.allSatisfy { $0 < 256 }
        let picture = try allocatePicture(isNarrow ? AV_PIX_FMT_GRAY8 : AV_PIX_FMT_GRAY16BE, width: width, height: height, alignment: 1)
        defer { free(picture) }
        let target = picture.pointee.data.0!, row = Int(picture.pointee.linesize.0)
        for y in 0..<height {
            for x in 0..<width {
                let value = gray[y * width + x]
                if isNarrow {
                    target[y * row + x] = UInt8(value)
                } else {
                    (target[y * row + 2 * x], target[y * row + 2 * x + 1]) = (UInt8(value >> 8), UInt8(value & 255))
                }
            }
        }
        return try encode(picture, AV_CODEC_ID_PNG, name: "PNG") { _ in }
    }

    /// - Parameters:
    ///   - name: of the kind of file, for errors.
    ///   - prepare: sets the encoder's options before it is opened.
    private static func encode(
        _ picture: UnsafeMutablePointer<AVFrame>, _ codec: AVCodecID, name: String, prepare: (UnsafeMutablePointer<AVCodecContext>) -> Void
    ) throws(VideoError) -> [UInt8] {
        func check(_ result: Int32) throws(VideoError) {
            if result < 0 { throw VideoError(.internalFailure, "cannot encode a \(name) picture", ffmpegCode: result) }
        }
        guard let codec = avcodec_find_encoder(codec) else {
            throw VideoError(.unsupported, "this FFmpeg has no \(name) encoder; install one that is built with it")
        }
        var context = avcodec_alloc_context3(codec), packet = av_packet_alloc()
        defer {
            avcodec_free_context(&context)
            av_packet_free(&packet)
        }
        guard let context, let packet else { throw VideoError(.internalFailure, "out of memory for a \(name) picture") }
        (context.pointee.width, context.pointee.height) = (picture.pointee.width, picture.pointee.height)
        context.pointee.pix_fmt = AVPixelFormat(picture.pointee.format)
        context.pointee.time_base = AVRational(num: 1, den: 1)
        context.pointee.thread_count = 1
        prepare(context)
        try check(avcodec_open2(context, codec, nil))
        picture.pointee.quality = context.pointee.global_quality
        try check(avcodec_send_frame(context, picture))
        try check(avcodec_receive_packet(context, packet))
        return [UInt8](UnsafeBufferPointer(start: packet.pointee.data, count: Int(packet.pointee.size)))
    }
}

/// A picture to be given back with ``free(_:)``, from rows without gaps, 3 bytes a pixel.
func makePicture(rgb: [UInt8], width: Int, height: Int) throws(VideoError) -> UnsafeMutablePointer<AVFrame> {
    let picture = try allocatePicture(AV_PIX_FMT_RGB24, width: width, height: height, alignment: 1)
    picture.pointee.data.0!.update(from: rgb, count: rgb.count)
    return picture
}
