import Video
import Vision

/// A video frame as the preprocessor wants it. Keeps the sampler of the last geometry, whose tables are costly.
final class FramePicture: PixelSource {
    var frame: Frame
    private var sampler: PixelSampler
    private var scratch: [UInt8] = []

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
        do throws(VideoError) {
            if rowBytes >= 3 * part.maxX {
                // The sampler counts from the corner of the whole picture, `target` from the part's.
                let origin = target - part.y * rowBytes - part.x * 3
                try draw(part, UnsafeMutableBufferPointer(start: origin, count: (part.maxY - 1) * rowBytes + part.maxX * 3), rowBytes)
            } else {
                try drawCropped(part, rowOfWhole: 3 * size.width, target, rowBytes)
            }
        } catch {
            throw VisionError(.invalidInput, error.description)
        }
    }

    private func draw(_ part: PixelRect, _ pixels: UnsafeMutableBufferPointer<UInt8>, _ rowBytes: Int) throws(VideoError) {
        try sampler.sample(frame, into: pixels, rowStride: rowBytes, columns: part.x..<part.maxX, rows: part.y..<part.maxY)
    }

    /// A centre crop of a picture that is wider than the target: by way of a whole picture's rows.
    private func drawCropped(
        _ part: PixelRect, rowOfWhole: Int, _ target: UnsafeMutablePointer<UInt8>, _ rowBytes: Int
    ) throws(VideoError) {
        if scratch.count < rowOfWhole * part.maxY { scratch = [UInt8](repeating: 0, count: rowOfWhole * part.maxY) }
        var failure: VideoError?
        scratch.withUnsafeMutableBufferPointer { pixels in
            do throws(VideoError) { try draw(part, pixels, rowOfWhole) } catch { failure = error }
            for y in 0..<part.height {
                (target + y * rowBytes).update(from: pixels.baseAddress! + (part.y + y) * rowOfWhole + part.x * 3, count: part.width * 3)
            }
        }
        if let failure { throw failure }
    }
}
