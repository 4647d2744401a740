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
