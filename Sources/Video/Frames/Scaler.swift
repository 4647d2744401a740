import CFFmpeg

/// Converts pictures to another size or pixel format, with swscale. Its tables are kept for pictures of the same kind.
final class Scaler {
    private let flags: Int32
    private var context: OpaquePointer?

    /// - Parameter flags: swscale's, the way to interpolate among them.
    init(_ flags: Int32) { self.flags = flags }

    deinit { sws_freeContext(context) }

    /// Fills `target`, which has memory.
    ///
    /// - Parameter isFull: whether levels go from 0 to 255, in the source and in the target.
    /// - Throws: ``VideoError/Code/unsupported`` for a pixel format that swscale cannot read.
    func convert(
        _ source: UnsafeMutablePointer<AVFrame>, to target: UnsafeMutablePointer<AVFrame>, matrix: ColorMatrix,
        isFull: (source: Bool, target: Bool)
    ) throws(VideoError) {
        let (from, to) = (source.pointee, target.pointee), format = AVPixelFormat(from.format)
        var result: Int32?
        if sws_isSupportedInput(format) != 0 {
            context = sws_getCachedContext(
                context, from.width, from.height, format, to.width, to.height, AVPixelFormat(to.format), flags, nil, nil, nil)
            if let context {
                let coefficients = sws_getCoefficients(matrix.ffmpeg.swscale)
                // Equal on both sides, so that Y'CbCr stays as it is.
                sws_setColorspaceDetails(
                    context, coefficients, isFull.source ? 1 : 0, coefficients, isFull.target ? 1 : 0, 0, 1 << 16, 1 << 16)
                result = sws_scale(
                    context, planePointers(of: source).map { UnsafePointer($0) }, lineSizes(of: source), 0, from.height,
                    planePointers(of: target), lineSizes(of: target))
            }
        }
        guard let result, result >= 0 else {
            throw VideoError(
                .unsupported,
                "pixel format \(PixelFormat(from.format).name) cannot be converted; convert the video, for example to yuv420p",
                ffmpegCode: result)
        }
    }
}

/// A picture with memory of its own, to be given back with ``free(_:)``.
///
/// - Parameter alignment: of rows, in bytes; 0 takes what suits the CPU.
func allocatePicture(
    _ format: AVPixelFormat, width: Int, height: Int, alignment: Int32 = 0
) throws(VideoError) -> UnsafeMutablePointer<AVFrame> {
    var frame = av_frame_alloc()
    if let frame {
        (frame.pointee.width, frame.pointee.height, frame.pointee.format) = (Int32(width), Int32(height), format.rawValue)
        if av_frame_get_buffer(frame, alignment) >= 0 { return frame }
    }
    av_frame_free(&frame)
    throw VideoError(.internalFailure, "out of memory for a picture of \(width)×\(height) pixels")
}

func free(_ frame: UnsafeMutablePointer<AVFrame>) {
    var frame: UnsafeMutablePointer<AVFrame>? = frame
    av_frame_free(&frame)
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
