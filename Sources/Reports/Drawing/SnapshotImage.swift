import Video
import Vision

/// Pictures of one object in a frame, as JPEG files.
package enum SnapshotImage {
    /// The frame's part around the box, as large as in the source.
    ///
    /// - Parameter box: [x, y, width, height] in pixels of the displayed frame.
    /// - Throws: when the frame's pixels cannot be read, or this FFmpeg has no JPEG encoder.
    package static func crop(_ frame: Frame, box: [Double]) throws(VideoError) -> [UInt8] {
        let (left, top) = (box[0], box[1]), (right, bottom) = (box[0] + box[2], box[1] + box[3])
        let margin = max(leastMargin, marginShare * max(box[2], box[3]))
        func range(_ low: Double, _ high: Double, _ limit: Int) -> Range<Int> {
            let first = min(max(0, Int((low - margin).rounded(.down))), limit - 1)
            return first..<max(first + 1, min(limit, Int((high + margin).rounded(.up))))
        }
        let columns = range(left, right, frame.width), rows = range(top, bottom, frame.height)
        var pixels = [UInt8](repeating: 0, count: 3 * columns.count * rows.count)
        try pixels.withUnsafeMutableBufferPointer { buffer throws(VideoError) in
            try PixelSampler(width: frame.width, height: frame.height).sample(frame, into: buffer, columns: columns, rows: rows)
        }
        return try StillImage.jpeg(quantizer: quantizer).encode(rgb: pixels, width: columns.count, height: rows.count)
    }

    /// The whole frame with the box drawn over it.
    ///
    /// - Parameters:
    ///   - box: [x, y, width, height] in pixels of the displayed frame.
    ///   - label: stands at the box.
    ///   - number: chooses the color: the object's id.
    package static func frame(_ frame: Frame, box: [Double], label: String, number: Int) throws(VideoError) -> [UInt8] {
        var canvas = try Canvas(frame)
        let area = PixelRect(Box(x: Float(box[0]), y: Float(box[1]), width: Float(box[2]), height: Float(box[3])))
        let thickness = max(1, (min(canvas.width, canvas.height) + 180) / 240)
        canvas.draw(
            [LabeledBox(area: area, label: label, color: Palette.color(number), thickness: thickness)], edge: max(1, thickness / 2))
        return try canvas.jpeg(quantizer: quantizer)
    }

    /// Of the longer side of the box, and at least so many pixels: somebody's surroundings help to tell what it is.
    private static let (marginShare, leastMargin) = (0.15, 8.0)
    /// Good enough to enlarge: about as JPEG's quality 90.
    private static let quantizer = 3
}
