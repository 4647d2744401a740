import Models
import DeepCache
import Pictures
import Results
import Video
import Vision

/// Four views of a frame: what the matcher found changed with the codec's motion, and what the layers at three strides
/// computed again.
struct MatchPicture {
    let frame: Frame
    let vectors: [MotionVector]
    let cache: Cache
    let trace: ReuseTrace

    /// Arrows are this much too long.
    private static let stretch = 4.0
    private static let vectorColour = Colour.sky
    /// Panels are at least 480 pixels wide: room for 40 characters.
    private static let textScale = 2

    private var isResting: Bool { cache.reason == nil && cache.reused == 1 }

    func png() throws(DeepVidError) -> [UInt8] {
        do throws(VideoError) {
            let size = panelSize
            let plain = try Canvas(frame, width: size.width, height: size.height)
            let grid = ModelGrid(trace.placement, of: plain)
            var panels = [blocks(plain, grid)]
            panels += StrideHeat.chosen(trace.session, inputHeight: trace.placement.modelHeight, isResting: isResting)
                .map { heat($0, plain, grid) }
            return try lay(panels).png()
        } catch {
            throw DeepVidError(error)
        }
    }

    /// As large as the frame, but no wider than 960 pixels, and large enough for the text.
    private var panelSize: (width: Int, height: Int) {
        let (width, height) = (Double(frame.width), Double(frame.height))
        let scale = min(max(1, (480 / width).rounded(.up)), 960 / width, 960 / height)
        return (max(1, Int((width * scale).rounded())), max(1, Int((height * scale).rounded())))
    }

    /// Two beside two, and the caption below.
    private func lay(_ panels: [Canvas]) -> Canvas {
        let (gap, columns) = (4, 2)
        let rows = (panels.count + columns - 1) / columns
        let (width, height) = (panels[0].width, panels[0].height)
        let scale = Self.textScale
        let footing = 30 * scale
        var sheet = Canvas(
            width: columns * width + (columns - 1) * gap, height: rows * (height + gap) + footing, colour: Colour(24, 24, 28))
        for (index, panel) in panels.enumerated() {
            sheet.paste(panel, x: index % columns * (width + gap), y: index / columns * (height + gap))
        }
        footer(on: &sheet, y: rows * (height + gap), scale: scale)
        return sheet
    }

    private func footer(on sheet: inout Canvas, y: Int, scale: Int) {
        var title = "frame \(frame.index)"
        if let pts = frame.ptsSeconds { title += "  \(decimal(pts, 3)) s" }
        if frame.pictureType != "?" { title += "  \(frame.pictureType) picture" }
        title += "  "
        if let reason = cache.reason {
            title += "computed in full: \(reason)"
        } else {
            title += isResting ? "at rest: nothing computed" : "\(decimal(100 * (1 - cache.reused), 1)) % of the MACs computed"
        }
        sheet.write(TextLine(title, scale: scale).fitted(to: sheet.width - 8 * scale), x: 4 * scale, y: y + 4 * scale, .white)
        var x = 4 * scale
        let second = y + 17 * scale
        func key(_ colour: Colour, _ name: String) {
            sheet.fill(PixelRectangle(x: x, y: second, width: 7 * scale, height: 7 * scale), colour)
            sheet.write(TextLine(name, scale: scale), x: x + 10 * scale, y: second, .white)
            x += 18 * scale + TextLine(name, scale: scale).width
        }
        key(.yellow, "changed")
        if !vectors.isEmpty { key(Self.vectorColour, "motion x\(decimal(Self.stretch, 0))") }
        for step in 0..<24 {
            let colour = Colour.heat(Double(step) / 23)
            sheet.fill(PixelRectangle(x: x + 2 * step * scale, y: second, width: 2 * scale, height: 7 * scale), colour)
        }
        sheet.write(TextLine("few to all layers computed", scale: scale), x: x + 51 * scale, y: second, .white)
    }

    private func blocks(_ plain: Canvas, _ grid: ModelGrid) -> Canvas {
        var canvas = plain
        var title = "not compared: everything computed"
        if let match = trace.match, let changed = trace.changed {
            canvas.spotlight(.yellow, thickness: canvas.textScale) { x, y in grid.pixel(x: x, y: y).map { changed[$0.y, $0.x] } ?? false }
            title = "blocks changed: \(decimal(100 * match.share, 1)) %"
            if match.motion != .none { title += ", camera moved by \(match.motion.x), \(match.motion.y)" }
        }
        let scale = Double(canvas.width) / Double(frame.width)
        let cell = 20 * Double(canvas.textScale)
        VectorField(vectors, cell: cell / scale).draw(
            on: &canvas, scale: scale, stretch: Self.stretch, longest: 2 * cell, Self.vectorColour)
        return titled(canvas, title)
    }

    private func heat(_ heat: StrideHeat, _ plain: Canvas, _ grid: ModelGrid) -> Canvas {
        var canvas = plain
        canvas.fade(0.85)
        canvas.fill(canvas.bounds, .black, opacity: 0.35)
        let placement = trace.placement
        canvas.tint { x, y in
            guard let pixel = grid.pixel(x: x, y: y) else { return 0 }
            return heat[pixel.y * heat.height / placement.modelHeight, pixel.x * heat.width / placement.modelWidth]
        }
        return titled(canvas, "stride \(heat.stride), \(heat.layers) layers: \(decimal(100 * heat.computed, 1)) % computed")
    }

    private func titled(_ canvas: Canvas, _ title: String) -> Canvas {
        var canvas = canvas
        canvas.plate(TextLine(title, scale: Self.textScale).fitted(to: canvas.width - 16), x: 0, y: 0, .black, opacity: 0.7)
        return canvas
    }
}
