import CFFmpeg

/// An image to draw on and then encode: 8-bit Y'CbCr with one chroma sample for 2×2 of luma, levels 16 to 235 (240).
///
/// Not thread-safe.
public final class YUVImage {
    /// Even numbers of pixels, for halved chroma.
    public let width, height: Int
    /// Equations of its colors.
    public private(set) var matrix = ColorMatrix.bt601
    /// Presentation time in ``timeBase`` ticks, as the source has it.
    public internal(set) var pts: Int64?
    public internal(set) var timeBase = Rational(1, 25)
    private(set) var raw: UnsafeMutablePointer<AVFrame>
    private let scaler = Scaler(SWS_BICUBIC)
    /// For turned or transparent frames, which go by way of RGB: such clips are few, and the sampler knows how.
    private lazy var sampler = PixelSampler(width: width, height: height)

    /// - Parameters: `width`, `height`: in pixels; odd numbers become the next even ones.
    public init(width: Int, height: Int) throws(VideoError) {
        func even(_ size: Int) -> Int { max(2, (size + 1) & ~1) }
        (self.width, self.height) = (even(width), even(height))
        raw = try allocatePicture(AV_PIX_FMT_YUV420P, width: self.width, height: self.height)
    }

    deinit { free(raw) }

    /// Becomes a copy of `frame` as shown, that is turned where the stream says so, scaled to this size. Matrix and primaries stay as
    /// they are. What was here is lost; where an encoder still holds it, the image gets other memory.
    ///
    /// An ordinary frame of this size is copied plane by plane; others go through swscale.
    /// - Throws: ``VideoError/Code/unsupported`` for a pixel format that swscale cannot read.
    public func load(_ frame: Frame) throws(VideoError) {
        if av_frame_is_writable(raw) == 0 {
            let old = raw
            raw = try allocatePicture(AV_PIX_FMT_YUV420P, width: width, height: height)
            free(old)
        }
        let source = frame.storage
        // Encoders have no images in RGB here: those become the most common kind.
        matrix = source.matrix == .rgb ? .bt601 : source.matrix
        (pts, timeBase) = (frame.pts, frame.timeBase)
        describe(source)
        let isUpright = frame.orientation == .identity
        let isPlain = source.raw.pointee.format == AV_PIX_FMT_YUV420P.rawValue && source.range == .limited
        if isUpright, isPlain, frame.width == width, frame.height == height {
            av_frame_copy(raw, source.raw)
        } else if isUpright, !source.format.hasAlpha {
            try scaler.convert(source.raw, to: raw, matrix: source.matrix, isFull: (source.range == .full, false))
        } else {
            let upright = try makePicture(rgb: sampler.sample(frame), width: width, height: height)
            defer { free(upright) }
            try scaler.convert(upright, to: raw, matrix: matrix, isFull: (true, false))
        }
    }

    private func describe(_ source: FrameStorage) {
        let s = source.raw.pointee
        raw.pointee.colorspace = source.matrix == .rgb ? AVCOL_SPC_SMPTE170M : s.colorspace
        (raw.pointee.color_primaries, raw.pointee.color_trc) = (s.color_primaries, s.color_trc)
        raw.pointee.color_range = AVCOL_RANGE_MPEG
        let aspect = s.sample_aspect_ratio
        raw.pointee.sample_aspect_ratio = source.orientation.transposed ? AVRational(num: aspect.den, den: aspect.num) : aspect
    }

    /// Luma, Cb and Cr, each with the bytes from one row to the next. Valid until the image is written or loaded again.
    public var planes: [(base: UnsafeMutablePointer<UInt8>, stride: Int)] {
        zip(planePointers(of: raw), lineSizes(of: raw)).prefix(3).map { ($0!, Int($1)) }
    }

    /// A color in this image's levels.
    public func levels(red: UInt8, green: UInt8, blue: UInt8) -> (y: UInt8, cb: UInt8, cr: UInt8) {
        let (kr, kb) = matrix.luma
        let (r, g, b) = (Double(red) / 255, Double(green) / 255, Double(blue) / 255)
        let luma = kr * r + (1 - kr - kb) * g + kb * b
        func chroma(_ value: Double, _ weight: Double) -> UInt8 { UInt8((128 + 224 * (value - luma) / (2 * (1 - weight))).rounded()) }
        return (UInt8((16 + 219 * luma).rounded()), chroma(b, kb), chroma(r, kr))
    }
}
