import CFFmpeg

/// Owns an `AVFrame` reference and what was worked out about it once.
///
/// `@unchecked Sendable`: nobody writes to the frame after `init`, and FFmpeg's reference counts are atomic.
final class FrameStorage: @unchecked Sendable {
    let raw: UnsafeMutablePointer<AVFrame>
    let format: PixelFormat
    let orientation: Orientation
    let matrix: ColorMatrix
    let range: ColorRange

    var codedWidth: Int { Int(raw.pointee.width) }
    var codedHeight: Int { Int(raw.pointee.height) }

    /// Takes over `frame`, which must be writable by nobody else.
    init(adopting frame: UnsafeMutablePointer<AVFrame>, streamOrientation: Orientation) {
        raw = frame
        let f = frame.pointee
        format = PixelFormat(f.format)
        let side = av_frame_get_side_data(frame, AV_FRAME_DATA_DISPLAYMATRIX)?.pointee
        orientation = Orientation(displayMatrix: side?.data, size: side?.size) ?? streamOrientation
        matrix = ColorMatrix(f.colorspace, isRGB: format.isRGB)
        range = ColorRange(f.color_range, format)
    }

    deinit { free(raw) }

    func plane(_ number: Int) -> (base: UnsafePointer<UInt8>, stride: Int)? {
        planePointers(of: raw)[number].map { (UnsafePointer($0), Int(lineSizes(of: raw)[number])) }
    }
}
