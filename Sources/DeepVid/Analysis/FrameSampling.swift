import Video
import Vision

/// A video frame, or a part of it, as the preprocessor wants it. Keeps the sampler of the last geometry, whose tables are costly.
final class FrameSampling: PixelSource {
    var frame: Frame
    /// As displayed; nil for all of the frame.
    var part: PicturePart?
    private var sampler: PixelSampler

    init(_ frame: Frame) {
        self.frame = frame
        sampler = PixelSampler(width: 1, height: 1)
    }

    var width: Int { part?.columns.count ?? frame.width }
    var height: Int { part?.rows.count ?? frame.height }

    func sample(
        size: (width: Int, height: Int), part: PixelRect, order: InputCard.Color, into target: UnsafeMutablePointer<UInt8>, rowBytes: Int
    ) throws(VisionError) {
        let wanted: PixelSampler.Order = order == .bgr ? .bgr : .rgb
        if sampler.width != size.width || sampler.height != size.height || sampler.order != wanted {
            sampler = PixelSampler(width: size.width, height: size.height, order: wanted)
        }
        let pixels = UnsafeMutableBufferPointer(start: target, count: (part.height - 1) * rowBytes + 3 * part.width)
        do throws(VideoError) {
            try sampler.sample(
                frame, part: self.part, into: pixels, rowStride: rowBytes, columns: part.x..<part.maxX, rows: part.y..<part.maxY)
        } catch {
            throw VisionError(.invalidInput, error.description)
        }
    }
}
