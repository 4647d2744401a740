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
        return try StillEncoder.encode(AV_CODEC_ID_PNG, name: "PNG", size: (width, height), format: AV_PIX_FMT_RGB24) { context in
            // Rows predicted from their neighbours: half the size of the default, for photographs.
            av_opt_set(context.pointee.priv_data, "pred", "paeth", 0)
        } fill: { frame throws(VideoError) in
            let (target, stride) = (frame.pointee.data.0!, Int(frame.pointee.linesize.0))
            rgb.withUnsafeBufferPointer { source in
                for y in 0..<height { (target + y * stride).update(from: source.baseAddress! + 3 * y * width, count: 3 * width) }
            }
        }
    }
}
