import Video
import Vision

/// A video frame as the preprocessor wants it. Keeps the sampler of the last geometry, whose tables are costly.
final class FramePicture: PictureSource {
    var frame: Frame
    private var sampler: PixelSampler

    init(_ frame: Frame) {
        self.frame = frame
        sampler = PixelSampler(width: 1, height: 1)
    }

    var width: Int { frame.width }
    var height: Int { frame.height }

    func sample(
        size: (width: Int, height: Int), part: PixelRect, order: InputCard.Color, into target: UnsafeMutablePointer<UInt8>, rowBytes: Int
    ) throws(VisionError) {
        let wanted: PixelSampler.Order = order == .bgr ? .bgr : .rgb
        if sampler.width != size.width || sampler.height != size.height || sampler.order != wanted {
            sampler = PixelSampler(width: size.width, height: size.height, order: wanted)
        }
        // The sampler counts from the corner of the whole picture, `target` from the part's.
        let origin = target - part.y * rowBytes - part.x * 3
        let pixels = UnsafeMutableBufferPointer(start: origin, count: (part.maxY - 1) * rowBytes + part.maxX * 3)
        do throws(VideoError) {
            try sampler.sample(
                frame, into: pixels, rowStride: max(rowBytes, 3 * part.maxX), columns: part.x..<part.maxX, rows: part.y..<part.maxY)
        } catch {
            throw VisionError(.invalidInput, error.description)
        }
    }
}
