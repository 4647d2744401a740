import CFFmpeg
import CKernels

/// A rectangle of a picture as displayed, in pixels.
public struct PicturePart: Sendable, Hashable {
    public let columns, rows: Range<Int>

    public init(columns: Range<Int>, rows: Range<Int>) { (self.columns, self.rows) = (columns, rows) }
}

/// Shrinks (or enlarges) a frame, or a part of it, to an interleaved 8-bit RGB picture of a fixed size.
///
/// Bilinear with half-pixel centers, 2×2 taps, clamped edges and no antialiasing: `cv2.resize(…, INTER_LINEAR)` of the
/// whole frame's RGB. 8-bit Y'CbCr gives the very bytes that ffmpeg's `-pix_fmt rgb24` and OpenCV do; of other pictures
/// only the samples that the result needs are read, and only the result is converted. The frame's matrix and range are
/// honored and display rotation is applied. Interlaced frames are taken as they are woven.
///
/// The tables of the last kind of frame are kept. Not thread-safe.
public final class PixelSampler {
    public enum Order: Sendable { case rgb, bgr }

    /// Instruction sets; all give the same bits.
    package enum Version: Int32, Sendable, CaseIterable {
        case portable = 0
        case avx2 = 1
        case avx512 = 2

        package static let best = Version(rawValue: dv_resample_best())!
    }

    public let width: Int
    public let height: Int
    public let order: Order
    package var version = Version.best
    private let converter = FormatConverter()
    private var geometry: SamplingGeometry?

    /// - Parameters: `width`, `height`: of the result, in pixels, 1 or more.
    public init(width: Int, height: Int, order: Order = .rgb) {
        precondition(
            (1...32768).contains(width) && (1...32768).contains(height), "a sampler needs 1 to 32768 pixels a side")
        (self.width, self.height, self.order) = (width, height, order)
    }

    /// Writes the picture, or the given columns and rows of the result, into `pixels`.
    ///
    /// - Parameters:
    ///   - part: of the picture, that the result shows as if there were nothing around it; nil for all of it.
    ///   - pixels: the first pixel of what is computed goes to the first three bytes.
    ///   - rowStride: bytes from a row to the next; without gaps if `nil`.
    ///   - columns, rows: what is computed; the same bits as when everything is.
    /// - Throws: ``VideoError/Code/unsupported`` for a pixel format that swscale cannot read.
    public func sample(
        _ frame: Frame, part: PicturePart? = nil, into pixels: UnsafeMutableBufferPointer<UInt8>, rowStride: Int? = nil,
        columns: Range<Int>? = nil, rows: Range<Int>? = nil
    ) throws(VideoError) {
        let columns = columns ?? 0..<width, rows = rows ?? 0..<height
        if let part {
            precondition(
                part.columns.clamped(to: 0..<frame.width) == part.columns && part.rows.clamped(to: 0..<frame.height) == part.rows
                    && !part.columns.isEmpty && !part.rows.isEmpty, "the part must lie within the picture")
        }
        precondition(
            columns.lowerBound >= 0 && columns.upperBound <= width && rows.lowerBound >= 0 && rows.upperBound <= height,
            "columns and rows must lie within the result")
        if columns.isEmpty || rows.isEmpty { return }
        let rowStride = rowStride ?? 3 * columns.count
        precondition(
            rowStride >= 3 * columns.count && pixels.count >= (rows.count - 1) * rowStride + 3 * columns.count,
            "the buffer is too small for the result")

        let picture = try converter.canonical(frame.storage)
        if geometry?.suits(picture, part) != true { geometry = SamplingGeometry(picture, part, width: width, height: height) }
        var call = arguments(picture, geometry!)
        // The kernel counts from the corner of the whole result.
        call.destination = pixels.baseAddress! - rows.lowerBound * rowStride - 3 * columns.lowerBound
        call.destination_stride = rowStride
        let (x, y) = picture.orientation.transposed ? (rows, columns) : (columns, rows)
        dv_resample(
            &call, Int32(x.lowerBound), Int32(x.upperBound), Int32(y.lowerBound), Int32(y.upperBound), version.rawValue)
    }

    /// The whole picture in an array of 3 × width × height bytes.
    public func sample(_ frame: Frame) throws(VideoError) -> [UInt8] {
        var pixels = [UInt8](repeating: 0, count: 3 * width * height)
        try pixels.withUnsafeMutableBufferPointer { buffer throws(VideoError) in try sample(frame, into: buffer) }
        return pixels
    }

    private func arguments(_ picture: FrameStorage, _ geometry: SamplingGeometry) -> dv_resampling {
        let source = picture.format.sampling!
        var call = dv_resampling()
        let isRGB = source.layout == DV_LAYOUT_RGB
        let (p0, p1, p2) = source.planes
        let first = picture.plane(isRGB && order == .bgr ? p2 : p0)
        let second = picture.plane(p1)
        let third = picture.plane(isRGB && order == .bgr ? p0 : p2)
        call.plane = (first?.base, second?.base, third?.base)
        call.stride = (first?.stride ?? 0, second?.stride ?? 0, third?.stride ?? 0)
        let (luma, chroma) = (Int32(picture.codedWidth), Int32(geometry.chromaWidth))
        call.width = isRGB ? (luma, luma, luma) : (luma, chroma, chroma)
        call.layout = Int32(source.layout)
        call.depth_shift = Int32(source.depthShift)
        let columns = UnsafePointer(geometry.columns.columns), rows = UnsafePointer(geometry.rows)
        (call.luma_columns, call.luma_rows, call.rgb_columns, call.rgb_rows) = (columns, rows, columns, rows)
        (call.chroma_columns, call.chroma_rows) = (UnsafePointer(geometry.chromaColumns.columns), UnsafePointer(geometry.chromaRows))
        call.setColors(picture.matrix, picture.range, isGray: picture.format.isGray)
        call.converts = source.isConverted ? 1 : 0
        (call.chroma_shift_x, call.chroma_shift_y) = (Int32(picture.format.chromaShiftX), Int32(picture.format.chromaShiftY))
        call.columns = Int32(geometry.columnCount)
        call.bgr = order == .bgr ? 1 : 0
        call.transposed = picture.orientation.transposed ? 1 : 0
        call.scratch = geometry.scratch
        call.scratch_row = Int32(geometry.scratchRow)
        return call
    }
}
