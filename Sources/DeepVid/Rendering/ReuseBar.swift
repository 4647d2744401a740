import Pictures
import Results
import Video

/// How much of the computation of a frame was reused, as a bar in the lower right corner.
struct ReuseBar {
    let cache: Cache

    func draw(on canvas: inout some DrawingSurface) {
        let scale = canvas.textScale
        let share = cache.reused.isFinite ? max(0, min(1, cache.reused)) : 0
        let text = cache.reason.map { "in full: \($0.prefix(24))" } ?? "reuse \(decimal(100 * share, 0)) %"
        let line = TextLine(text, scale: scale)
        let (margin, length) = (2 * scale, 48 * scale)
        // Wide enough for every text but the longest, so that the bar stands still.
        let textWidth = max(line.width, TextLine("reuse 100 %", scale: scale).width)
        let size = (width: textWidth + length + 3 * margin, height: type(of: canvas).plateSize(line).height)
        let (x, y) = (canvas.width - size.width, canvas.height - size.height)
        canvas.fill(PixelRectangle(x: x, y: y, width: size.width, height: size.height), .black, opacity: 0.6)
        canvas.write(line, x: x + margin, y: y + margin, .white)
        let bar = PixelRectangle(x: canvas.width - length - margin, y: y + margin, width: length, height: 7 * scale)
        canvas.fill(bar, .white, opacity: 0.25)
        canvas.fill(PixelRectangle(x: bar.x, y: bar.y, width: Int(Double(length) * share), height: bar.height), Colour(70, 220, 130))
    }
}
