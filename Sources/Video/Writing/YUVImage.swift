import CFFmpeg

/// An image to draw on and then encode: 8-bit Y'CbCr with one chroma sample for 2×2 of luma, levels 16 to 235 (240).
///
/// Not thread-safe.
public final class YUVImage {
    /// Even numbers of pixels.
    public let width: Int
    public let height: Int
    /// Equations of its colors.
    public internal(set) var matrix = ColorMatrix.bt601
    /// Presentation time in ``timeBase`` ticks, as the source has it.
    public internal(set) var pts: Int64?
    public internal(set) var timeBase = Rational(1, 25)
    private(set) var raw: UnsafeMutablePointer<AVFrame>

    init(width: Int, height: Int) throws(VideoError) {
        precondition(width > 0 && height > 0 && width % 2 == 0 && height % 2 == 0, "halved chroma needs even sizes")
        (self.width, self.height) = (width, height)
        raw = try Self.allocate(width, height)
    }

    deinit {
        var frame: UnsafeMutablePointer<AVFrame>? = raw
        av_frame_free(&frame)
    }

    private static func allocate(_ width: Int, _ height: Int) throws(VideoError) -> UnsafeMutablePointer<AVFrame> {
        var frame = av_frame_alloc()
        if let frame {
            (frame.pointee.width, frame.pointee.height) = (Int32(width), Int32(height))
            frame.pointee.format = AV_PIX_FMT_YUV420P.rawValue
            if av_frame_get_buffer(frame, 0) >= 0 { return frame }
        }
        av_frame_free(&frame)
        throw VideoError(.internalFailure, "out of memory for an image of \(width)×\(height) pixels")
    }

    /// Makes the pixels this image's own again, where an encoder still holds them. What they were is lost.
    func makeWritable() throws(VideoError) {
        guard av_frame_is_writable(raw) == 0 else { return }
        var old: UnsafeMutablePointer<AVFrame>? = raw
        raw = try Self.allocate(width, height)
        av_frame_free(&old)
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
