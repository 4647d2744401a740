import CFFmpeg

/// Turns decoded frames into images of one size to draw on: as shown, that is turned where the stream says so.
///
/// An ordinary frame of that size is copied plane by plane; others go through swscale. Matrix and primaries stay as they are.
public final class FrameConverter {
    public let width: Int
    public let height: Int
    /// Even sizes only, for halved chroma: the size asked for, rounded up.
    private var scaler: OpaquePointer?
    private var sampler: PixelSampler?
    private var turned: [UInt8] = []

    /// - Parameters: `width`, `height`: of the images, in pixels; odd numbers become the next even ones.
    public init(width: Int, height: Int) {
        (self.width, self.height) = (Self.even(width), Self.even(height))
    }

    deinit { sws_freeContext(scaler) }

    static func even(_ size: Int) -> Int { max(2, (size + 1) & ~1) }

    public func makeImage() throws(VideoError) -> YUVImage { try YUVImage(width: width, height: height) }

    /// Makes `image` a copy of `frame`, scaled to its size.
    /// - Throws: ``VideoError/Code/unsupported`` for a pixel format that swscale cannot read.
    public func load(_ frame: Frame, into image: YUVImage) throws(VideoError) {
        try image.makeWritable()
        let source = frame.storage
        // Encoders have no images in RGB here: those become the most common kind.
        image.matrix = source.matrix == .rgb ? .bt601 : source.matrix
        (image.pts, image.timeBase) = (frame.pts, frame.timeBase)
        describe(source, in: image.raw)
        let isUpright = frame.orientation == .identity
        let isPlain = source.raw.pointee.format == AV_PIX_FMT_YUV420P.rawValue && source.range == .limited
        if isUpright, isPlain, frame.width == width, frame.height == height {
            copyPlanes(of: source, to: image)
        } else if isUpright, !source.format.hasAlpha {
            try scale(source.raw, matrix: source.matrix, isFull: source.range == .full, into: image)
        } else {
            try turn(frame, into: image)
        }
    }

    private func describe(_ source: FrameStorage, in frame: UnsafeMutablePointer<AVFrame>) {
        let s = source.raw.pointee
        let isRGB = source.matrix == .rgb
        frame.pointee.colorspace = isRGB ? AVCOL_SPC_SMPTE170M : s.colorspace
        (frame.pointee.color_primaries, frame.pointee.color_trc) = (s.color_primaries, s.color_trc)
        frame.pointee.color_range = AVCOL_RANGE_MPEG
        let aspect = s.sample_aspect_ratio
        let isTurned = source.orientation.transposed
        frame.pointee.sample_aspect_ratio = isTurned ? AVRational(num: aspect.den, den: aspect.num) : aspect
    }

    private func copyPlanes(of source: FrameStorage, to image: YUVImage) {
        for (number, target) in image.planes.enumerated() {
            guard let (base, stride) = source.plane(number) else { continue }
            let (bytes, rows) = number == 0 ? (width, height) : (width / 2, height / 2)
            for y in 0..<rows { (target.base + y * target.stride).update(from: base + y * stride, count: bytes) }
        }
    }

    private func scale(
        _ source: UnsafeMutablePointer<AVFrame>, matrix: ColorMatrix, isFull: Bool, into image: YUVImage
    ) throws(VideoError) {
        let format = AVPixelFormat(source.pointee.format)
        scaler = sws_getCachedContext(
            scaler, source.pointee.width, source.pointee.height, format, Int32(width), Int32(height), AV_PIX_FMT_YUV420P,
            SWS_BICUBIC, nil, nil, nil)
        guard let scaler, sws_isSupportedInput(format) != 0 else {
            let name = av_get_pix_fmt_name(format).map { String(cString: $0) } ?? "unknown"
            throw VideoError(.unsupported, "pixel format \(name) cannot be converted; convert the video, for example to yuv420p")
        }
        let coefficients = sws_getCoefficients(matrix.swscale)
        sws_setColorspaceDetails(scaler, coefficients, isFull ? 1 : 0, coefficients, 0, 0, 1 << 16, 1 << 16)
        let result = sws_scale(
            scaler, planePointers(of: source).map { UnsafePointer($0) }, lineSizes(of: source), 0, source.pointee.height,
            planePointers(of: image.raw), lineSizes(of: image.raw))
        guard result > 0 else { throw VideoError(.unsupported, "a frame could not be converted", ffmpegCode: result) }
    }

    /// A turned or transparent frame goes by way of RGB: such clips are few, and the sampler knows how.
    private func turn(_ frame: Frame, into image: YUVImage) throws(VideoError) {
        let sampler = self.sampler ?? PixelSampler(width: width, height: height)
        self.sampler = sampler
        turned = try sampler.sample(frame)
        scaler = sws_getCachedContext(
            scaler, Int32(width), Int32(height), AV_PIX_FMT_RGB24, Int32(width), Int32(height), AV_PIX_FMT_YUV420P,
            SWS_BICUBIC, nil, nil, nil)
        guard let scaler else { throw VideoError(.internalFailure, "cannot convert an image of \(width)×\(height) pixels") }
        let coefficients = sws_getCoefficients(image.matrix.swscale)
        sws_setColorspaceDetails(scaler, coefficients, 1, coefficients, 0, 0, 1 << 16, 1 << 16)
        turned.withUnsafeBufferPointer { pixels in
            _ = sws_scale(
                scaler, [pixels.baseAddress, nil, nil, nil], [Int32(3 * width), 0, 0, 0], 0, Int32(height),
                planePointers(of: image.raw), lineSizes(of: image.raw))
        }
    }
}
