import CFFmpeg
import CKernels

/// Owns an `AVFrame` reference and what was worked out about it once.
///
/// `@unchecked Sendable`: nobody writes to the frame after `init`, and FFmpeg's reference counts are atomic.
final class FrameStorage: @unchecked Sendable {
    let raw: UnsafeMutablePointer<AVFrame>
    let format: PixelFormat
    let orientation: Orientation
    let matrix: ColorMatrix
    let range: ColorRange
    /// How the sampler reads it; `nil` where it must be converted first.
    let sampling: SamplingLayout?
    let colors: ColorCoefficients
    let exactColors: dv_rgb_row

    var codedWidth: Int { Int(raw.pointee.width) }
    var codedHeight: Int { Int(raw.pointee.height) }

    /// Takes over `frame`, which must be writable by nobody else.
    init(adopting frame: UnsafeMutablePointer<AVFrame>, streamOrientation: Orientation) {
        raw = frame
        let f = frame.pointee
        format = PixelFormat(f.format)
        if let side = av_frame_get_side_data(frame, AV_FRAME_DATA_DISPLAYMATRIX), side.pointee.size >= 36 {
            orientation = side.pointee.data.withMemoryRebound(to: Int32.self, capacity: 9) {
                Orientation(displayMatrix: $0)
            }
        } else {
            orientation = streamOrientation
        }
        sampling = SamplingLayout(format)
        matrix = ColorMatrix(f.colorspace, isRGB: format.isRGB)
        range = ColorRange(
            f.color_range, format: AVPixelFormat(f.format), isRGB: format.isRGB, isGray: format.isGray)
        colors = ColorCoefficients(matrix: matrix, range: range, isGray: format.isGray)
        exactColors = dv_rgb_row(matrix: matrix, range: range)
    }

    deinit {
        var frame: UnsafeMutablePointer<AVFrame>? = raw
        av_frame_free(&frame)
    }

    func plane(_ number: Int) -> (base: UnsafePointer<UInt8>, stride: Int)? {
        guard (0..<8).contains(number) else { return nil }
        return withUnsafePointer(to: raw.pointee.data) { data in
            withUnsafePointer(to: raw.pointee.linesize) { strides in
                let base = UnsafeRawPointer(data).assumingMemoryBound(to: UnsafeMutablePointer<UInt8>?.self)[number]
                let stride = UnsafeRawPointer(strides).assumingMemoryBound(to: Int32.self)[number]
                guard let base else { return nil }
                return (UnsafePointer(base), Int(stride))
            }
        }
    }

    /// Rows of plane `number`; 0 where there is none.
    func rows(ofPlane number: Int) -> Int {
        let isChroma = (number == 1 || number == 2) && !format.isRGB
        return isChroma ? (codedHeight + (1 << format.chromaShiftY) - 1) >> format.chromaShiftY : codedHeight
    }

    func withPlane<R>(_ number: Int, _ body: (UnsafeRawBufferPointer, Int) throws -> R) rethrows -> R? {
        guard let (base, stride) = plane(number), stride > 0 else { return nil }
        let bytes = av_image_get_linesize(AVPixelFormat(raw.pointee.format), raw.pointee.width, Int32(number))
        let length = stride * (rows(ofPlane: number) - 1) + Int(max(bytes, 0))
        return try body(UnsafeRawBufferPointer(start: base, count: length), stride)
    }
}
