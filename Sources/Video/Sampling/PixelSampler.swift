import CFFmpeg
import CKernels
import Synchronization

/// Shrinks (or enlarges) a frame, or a part of it, to an interleaved 8-bit RGB picture of a fixed size.
///
/// Bilinear with half-pixel centers, 2×2 taps, clamped edges and no antialiasing: `cv2.resize(…, INTER_LINEAR)` of the
/// whole frame's RGB. 8-bit Y'CbCr gives the very bytes that ffmpeg's `-pix_fmt rgb24` and OpenCV do; of other pictures
/// only the samples that the result needs are read, and only the result is converted. The frame's matrix and range are
/// honored and display rotation is applied. Interlaced frames are taken as they are woven.
///
/// The tables of a geometry are built at its first frame and kept. Copies share them, and a lock: use one
/// sampler for each thread.
public struct PixelSampler: Sendable {
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
    private let cache = Cache()

    /// - Parameters: `width`, `height`: of the result, in pixels, 1 or more.
    public init(width: Int, height: Int, order: Order = .rgb) {
        precondition(
            (1...32768).contains(width) && (1...32768).contains(height), "a sampler needs 1 to 32768 pixels a side")
        self.width = width
        self.height = height
        self.order = order
    }

    /// Writes the picture, or the given columns and rows of it, into `pixels`.
    ///
    /// - Parameters:
    ///   - source: what of the frame becomes the whole result; all of it if `nil`. Within the frame.
    ///   - pixels: pixel (x, y) goes to bytes `y * rowStride + 3 * x` and the two after.
    ///   - rowStride: bytes from a row to the next; 3 × ``width`` if `nil`.
    ///   - columns, rows: what is computed; the same bits as when everything is.
    /// - Throws: ``VideoError/Code/unsupported`` for a pixel format that swscale cannot read.
    public func sample(
        _ frame: Frame, from source: PixelRectangle? = nil, into pixels: UnsafeMutableBufferPointer<UInt8>,
        rowStride: Int? = nil, columns: Range<Int>? = nil, rows: Range<Int>? = nil
    ) throws(VideoError) {
        let rectangle = source ?? PixelRectangle(x: 0, y: 0, width: frame.width, height: frame.height)
        precondition(
            rectangle.x >= 0 && rectangle.y >= 0 && rectangle.width > 0 && rectangle.height > 0
                && rectangle.x + rectangle.width <= frame.width && rectangle.y + rectangle.height <= frame.height,
            "the source rectangle must lie within the frame")
        let columns = columns ?? 0..<width
        let rows = rows ?? 0..<height
        precondition(
            columns.lowerBound >= 0 && columns.upperBound <= width && rows.lowerBound >= 0 && rows.upperBound <= height,
            "columns and rows must lie within the result")
        if columns.isEmpty || rows.isEmpty { return }
        let rowStride = rowStride ?? 3 * width
        precondition(
            rowStride >= 3 * columns.upperBound
                && pixels.count >= (rows.upperBound - 1) * rowStride + 3 * columns.upperBound,
            "the buffer is too small for the result")

        try cache.withState { state throws(VideoError) in
            let picture = try state.canonical.canonical(frame.storage)
            let geometry = state.geometry(of: picture, rectangle: rectangle, width: width, height: height)
            var call = arguments(picture, geometry)
            call.destination = pixels.baseAddress
            call.destination_stride = rowStride
            let isTransposed = picture.orientation.transposed
            let (x, y) = isTransposed ? (rows, columns) : (columns, rows)
            dv_resample(
                &call, Int32(x.lowerBound), Int32(x.upperBound), Int32(y.lowerBound), Int32(y.upperBound),
                version.rawValue)
        }
    }

    /// The whole picture in an array of 3 × width × height bytes.
    public func sample(_ frame: Frame, from source: PixelRectangle? = nil) throws(VideoError) -> [UInt8] {
        var pixels = [UInt8](repeating: 0, count: 3 * width * height)
        var failure: VideoError?
        pixels.withUnsafeMutableBufferPointer { buffer in
            do throws(VideoError) { try sample(frame, from: source, into: buffer) } catch { failure = error }
        }
        if let failure { throw failure }
        return pixels
    }

    private func arguments(_ picture: FrameStorage, _ geometry: SamplingGeometry) -> dv_resampling {
        let source = geometry.key.source
        var call = dv_resampling()
        let isRGB = source.layout == DV_LAYOUT_RGB
        let (p0, p1, p2) = source.planes
        let first = picture.plane(isRGB && order == .bgr ? p2 : p0)
        let second = picture.plane(p1)
        let third = picture.plane(isRGB && order == .bgr ? p0 : p2)
        call.plane = (first?.base, second?.base, third?.base)
        call.stride = (first?.stride ?? 0, second?.stride ?? 0, third?.stride ?? 0)
        let (luma, chroma) = (Int32(geometry.key.codedWidth), Int32(geometry.chromaWidth))
        call.width = isRGB ? (luma, luma, luma) : (luma, chroma, chroma)
        call.layout = Int32(source.layout)
        call.depth_shift = Int32(source.depthShift)
        call.luma_columns = UnsafePointer(geometry.lumaColumns.columns)
        call.chroma_columns = UnsafePointer(geometry.chromaColumns.columns)
        call.luma_rows = UnsafePointer(geometry.lumaRows.baseAddress)
        call.chroma_rows = UnsafePointer(geometry.chromaRows.baseAddress)
        let colors = picture.colors
        (call.y, call.rv, call.gu, call.gv, call.bu) = (colors.y, colors.rv, colors.gu, colors.gv, colors.bu)
        (call.offset, call.green_offset) = (colors.offset, colors.greenOffset)
        if source.isConverted {
            call.converts = 1
            call.rgb = picture.exactColors
            call.rgb_columns = UnsafePointer(geometry.rgbColumns.columns)
            call.rgb_rows = UnsafePointer(geometry.rgbRows.baseAddress)
            (call.chroma_shift_x, call.chroma_shift_y) = (Int32(source.chromaShiftX), Int32(source.chromaShiftY))
            call.columns = Int32(geometry.columnCount)
        }
        call.bgr = order == .bgr ? 1 : 0
        call.transposed = picture.orientation.transposed ? 1 : 0
        call.scratch = geometry.scratch
        call.scratch_row = Int32(geometry.scratchRow)
        return call
    }

    /// Tables and converter, shared by copies of the sampler.
    ///
    /// `@unchecked Sendable`: the state is touched under the lock only. (A `Mutex` around it would not let the
    /// caller's buffer in.)
    private final class Cache: @unchecked Sendable {
        private let lock = Mutex(())
        private var state = State()

        func withState(_ body: (inout State) throws(VideoError) -> Void) throws(VideoError) {
            try lock.withLock { _ throws(VideoError) in try body(&state) }
        }
    }

    private struct State {
        let canonical = FormatConverter()
        private var geometries: [SamplingGeometry] = []

        /// The tables for a picture; the few last ones are kept, as regions of interest come and go.
        mutating func geometry(of picture: FrameStorage, rectangle: PixelRectangle, width: Int, height: Int)
            -> SamplingGeometry
        {
            let key = SamplingGeometry.Key(
                source: picture.sampling!, codedWidth: picture.codedWidth, codedHeight: picture.codedHeight,
                orientation: picture.orientation, rectangle: rectangle,
                width: width, height: height)
            if let known = geometries.last(where: { $0.key == key }) { return known }
            let made = SamplingGeometry(key)
            geometries.append(made)
            if geometries.count > 4 { geometries.removeFirst() }
            return made
        }
    }
}

/// A rectangle of whole pixels; (0, 0) is the upper left corner of the picture as shown.
public struct PixelRectangle: Sendable, Hashable {
    public var x: Int
    public var y: Int
    public var width: Int
    public var height: Int

    public init(x: Int, y: Int, width: Int, height: Int) {
        self.x = x
        self.y = y
        self.width = width
        self.height = height
    }
}
