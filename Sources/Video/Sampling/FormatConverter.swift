import CFFmpeg

/// Turns pictures that the kernel cannot read into ones that it can, with swscale, at full size.
///
/// Packed, big-endian and otherwise rare Y'CbCr becomes 8-bit planar Y'CbCr with the same subsampling, matrix and range;
/// packed RGB, palettes and Bayer patterns become planar RGB. Transparent pictures are laid over black.
final class FormatConverter {
    private let scaler = Scaler(SWS_BILINEAR | SWS_ACCURATE_RND | SWS_FULL_CHR_H_INT)
    private var converted: (from: FrameStorage, to: FrameStorage)?

    /// `picture` itself where the kernel reads it directly. The last conversion is kept, so that sampling a
    /// picture block by block converts it once.
    func canonical(_ picture: FrameStorage) throws(VideoError) -> FrameStorage {
        if picture.format.sampling != nil { return picture }
        if let converted, converted.from === picture { return converted.to }
        let result = try convert(picture)
        converted = (picture, result)
        return result
    }

    private func convert(_ picture: FrameStorage) throws(VideoError) -> FrameStorage {
        let source = picture.raw.pointee, target = Self.target(of: picture.format)
        let isFull = picture.range == .full, isRGB = picture.format.isRGB || picture.format.hasAlpha
        let frame = try allocatePicture(target, width: picture.codedWidth, height: picture.codedHeight)
        do throws(VideoError) {
            try scaler.convert(picture.raw, to: frame, matrix: picture.matrix, isFull: (isFull, isRGB || isFull))
        } catch {
            free(frame)
            throw error
        }
        frame.pointee.colorspace = isRGB ? AVCOL_SPC_RGB : source.colorspace
        frame.pointee.color_range = isFull || isRGB ? AVCOL_RANGE_JPEG : AVCOL_RANGE_MPEG
        if target == AV_PIX_FMT_GBRAP { layOverBlack(frame) }
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
        let planes = planePointers(of: frame).map { $0! }, strides = lineSizes(of: frame).map(Int.init)
        let (width, height) = (Int(frame.pointee.width), Int(frame.pointee.height))
        for (plane, stride) in zip(planes, strides).prefix(3) {
            for y in 0..<height {
                let (row, weights) = (plane + y * stride, planes[3] + y * strides[3])
                for x in 0..<width { row[x] = UInt8((Int32(row[x]) * Int32(weights[x]) + 127) / 255) }
            }
        }
        frame.pointee.format = AV_PIX_FMT_GBRP.rawValue
    }
}
