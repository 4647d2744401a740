import Tracking
import Video
import Vision

/// A frame to draw zones by: with a grid of fractions of its width and height, and the zones that there are.
package enum ZoneImage {
    /// Lines of the grid each way.
    private static let lines = 10
    /// Rows of a frame for each pixel of the font's pixels, so that it can be read on a large frame.
    private static let rowsOfScale = 400

    /// - Parameter zones: in pixels of the frame.
    /// - Returns: a PNG file.
    /// - Throws: when the frame's pixels cannot be read.
    package static func png(_ frame: Frame, zones: ZoneLayout) throws(VideoError) -> [UInt8] {
        var canvas = try Canvas(frame)
        let scale = max(1, (canvas.height + rowsOfScale / 2) / rowsOfScale)
        drawGrid(on: &canvas, scale)
        for mask in zones.masks { draw(mask, closed: true, Palette.loose, on: &canvas, scale) }
        for (number, zone) in zones.zones.enumerated() { draw(zone, closed: true, Palette.color(number), on: &canvas, scale) }
        for (number, line) in zones.lines.enumerated() {
            draw(line, closed: false, Palette.color(zones.zones.count + number), on: &canvas, scale)
        }
        return try canvas.png()
    }

    private static func drawGrid(on canvas: inout Canvas, _ scale: Int) {
        let (width, height) = (canvas.width, canvas.height)
        for line in 1..<lines {
            let x = width * line / lines, y = height * line / lines
            // White beside black is seen on anything.
            for (offset, color) in [(0, Color.white), (scale, Color.black)] {
                canvas.fill(PixelRect(x: x + offset, y: 0, width: scale, height: height), color, opacity: 0.35)
                canvas.fill(PixelRect(x: 0, y: y + offset, width: width, height: scale), color, opacity: 0.35)
            }
        }
        for line in 1..<lines {
            let text = TextLine("0.\(line)", scale: scale), size = text.labelSize
            canvas.label(text, x: width * line / lines - size.width / 2, y: 0, .black, opacity: 0.6)
            canvas.label(text, x: 0, y: height * line / lines - size.height / 2, .black, opacity: 0.6)
        }
    }

    private static func draw(_ place: Place, closed: Bool, _ color: Color, on canvas: inout Canvas, _ scale: Int) {
        let points = place.points, thickness = Double(2 * scale)
        guard let first = points.first, let last = points.last else { return }
        if closed { canvas.fill(polygon: points, color, opacity: 0.25) }
        for (from, to) in zip(points, points.dropFirst()) { canvas.line(from: from, to: to, color, thickness: thickness) }
        if closed { canvas.line(from: last, to: first, color, thickness: thickness) }
        let text = TextLine(place.name, scale: scale).fitted(to: canvas.width), size = text.labelSize
        canvas.label(
            text, x: min(max(0, Int(first.x)), canvas.width - size.width), y: min(max(0, Int(first.y)), canvas.height - size.height), color)
    }
}
