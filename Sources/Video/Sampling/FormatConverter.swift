import CFFmpeg

/// Turns pictures that the kernel cannot read into ones that it can, with swscale, at full size.
///
/// Packed, big-endian and otherwise rare Y'CbCr becomes 8-bit planar Y'CbCr with the same subsampling, matrix and range;
/// packed RGB, palettes and Bayer patterns become planar RGB. Transparent pictures are laid over black.
final class FormatConverter {
    private var scaler: OpaquePointer?
    private var converted: (from: FrameStorage, to: FrameStorage)?

    deinit { sws_freeContext(scaler) }

    /// `picture` itself where the kernel reads it directly. The last conversion is kept, so that sampling a
    /// picture block by block converts it once.
    func canonical(_ picture: FrameStorage) throws(VideoError) -> FrameStorage {
        if picture.sampling != nil { return picture }
        if let converted, converted.from === picture { return converted.to }
        let result = try convert(picture)
        converted = (picture, result)
        return result
    }

    private func convert(_ picture: FrameStorage) throws(VideoError) -> FrameStorage {
        let source = picture.raw.pointee
        let format = AVPixelFormat(source.format)
        let target = Self.target(of: picture.format)
        func unsupported(_ result: Int32?) -> VideoError {
            VideoError(
                .unsupported,
                "pixel format \(picture.format.name) cannot be converted; convert the video, for example to yuv420p",
                ffmpegCode: result)
        }
        guard sws_isSupportedInput(format) != 0, let frame = av_frame_alloc() else { throw unsupported(nil) }
        var isKept = false
        defer {
            if !isKept {
                var doomed: UnsafeMutablePointer<AVFrame>? = frame
                av_frame_free(&doomed)
            }
        }
        frame.pointee.width = source.width
        frame.pointee.height = source.height
        frame.pointee.format = target.rawValue
        var result = av_frame_get_buffer(frame, 0)
        guard result >= 0 else { throw unsupported(result) }
        scaler = sws_getCachedContext(
            scaler, source.width, source.height, format, source.width, source.height, target,
            SWS_BILINEAR | SWS_ACCURATE_RND | SWS_FULL_CHR_H_INT, nil, nil, nil)
        guard let scaler else { throw unsupported(nil) }
        let isRGB = target == AV_PIX_FMT_GBRP || target == AV_PIX_FMT_GBRAP
        let matrix = sws_getCoefficients(picture.matrix.swscale)
        let range: Int32 = picture.range == .full ? 1 : 0
        // Equal on both sides, so that Y'CbCr stays as it is.
        sws_setColorspaceDetails(scaler, matrix, range, matrix, isRGB ? 1 : range, 0, 1 << 16, 1 << 16)
        result = sws_scale_frame(scaler, frame, picture.raw)
        guard result >= 0 else { throw unsupported(result) }
        frame.pointee.colorspace = isRGB ? AVCOL_SPC_RGB : source.colorspace
        frame.pointee.color_range = picture.range == .full || isRGB ? AVCOL_RANGE_JPEG : AVCOL_RANGE_MPEG
        frame.pointee.chroma_location = source.chroma_location
        if target == AV_PIX_FMT_GBRAP { layOverBlack(frame) }
        isKept = true
        return FrameStorage(adopting: frame, streamOrientation: picture.orientation)
    }

    private static func target(of format: PixelFormat) -> AVPixelFormat {
        if format.hasAlpha { return AV_PIX_FMT_GBRAP }
        if format.isRGB { return AV_PIX_FMT_GBRP }
        if format.isGray { return AV_PIX_FMT_GRAY8 }
        return switch (format.chromaShiftX, format.chromaShiftY) {
        case (1, 1): AV_PIX_FMT_YUV420P
        case (1, 0): AV_PIX_FMT_YUV422P
        case (2, 0): AV_PIX_FMT_YUV411P
        default: AV_PIX_FMT_YUV444P
        }
    }

    /// Multiplies G, B and R by alpha and then calls the picture opaque, by dropping its fourth plane.
    private func layOverBlack(_ frame: UnsafeMutablePointer<AVFrame>) {
        let (width, height) = (Int(frame.pointee.width), Int(frame.pointee.height))
        let planes = [frame.pointee.data.0!, frame.pointee.data.1!, frame.pointee.data.2!]
        let strides = [frame.pointee.linesize.0, frame.pointee.linesize.1, frame.pointee.linesize.2].map(Int.init)
        let (alpha, alphaStride) = (frame.pointee.data.3!, Int(frame.pointee.linesize.3))
        for (plane, stride) in zip(planes, strides) {
            for y in 0..<height {
                let (row, weights) = (plane + y * stride, alpha + y * alphaStride)
                for x in 0..<width { row[x] = UInt8((Int32(row[x]) * Int32(weights[x]) + 127) / 255) }
            }
        }
        frame.pointee.format = AV_PIX_FMT_GBRP.rawValue
    }
}
