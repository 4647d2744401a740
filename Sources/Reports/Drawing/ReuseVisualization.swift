import DeepCache
import DeepVid
import Video
import Vision

/// Four views of a frame: what the matcher found changed together with the codec's motion vectors, and what the layers at three
/// strides computed again.
package struct ReuseVisualization {
    private let frame: Frame
    private let result: FrameResult
    private let trace: ReuseTrace

    /// - Parameter trace: of this frame; valid until the analyzer's next one.
    package init(_ frame: Frame, _ result: FrameResult, _ trace: ReuseTrace) {
        (self.frame, self.result, self.trace) = (frame, result, trace)
    }

    /// A name for the image of a frame: names sort by frame.
    package static func imageName(_ frame: Frame) -> String { "frame-\(Format.padded(frame.index, 6)).png" }

    /// Share of the multiply-accumulates that were not computed, 0…1.
    private var reused: Double { result.reuse?.share ?? 0 }
    /// Why nothing was reused; nil if something was.
    private var reason: String? { result.reuse?.reason?.rawValue }
    /// Arrows are longer than the motion by this factor, because most motion between two frames is small.
    private static let motionFactor = 4.0
    private static let motionColor = Color.sky
    /// Views are at least 480 pixels wide, so that 40 characters fit.
    private static let textScale = 2
    private static let gap = 4

    package func png() throws(VideoError) -> [UInt8] {
        let size = viewSize
        let plain = try Canvas(frame, width: size.width, height: size.height)
        let pixels = ModelPixelMap(trace.placement, of: plain)
        let heatmaps = RecomputeHeatmap.chosen(
            trace.session.recomputedLayers, inputHeight: trace.placement.modelHeight, computedNothing: reason == nil && reused == 1)
        return try sheet([changes(plain, pixels)] + heatmaps.map { heat($0, plain, pixels) }).png()
    }

    /// As large as the frame, but no larger than 960 pixels, and large enough for the text.
    private var viewSize: (width: Int, height: Int) {
        let (width, height) = (Double(frame.width), Double(frame.height))
        let scale = min(max(1, (480 / width).rounded(.up)), 960 / width, 960 / height)
        return (max(1, Int((width * scale).rounded())), max(1, Int((height * scale).rounded())))
    }

    /// The views in two columns, and a caption below.
    private func sheet(_ views: [Canvas]) -> Canvas {
        let (width, height) = (views[0].width + Self.gap, views[0].height + Self.gap)
        let size = (width: 2 * width - Self.gap, height: (views.count + 1) / 2 * height + 27 * Self.textScale)
        var sheet = Canvas(width: size.width, height: size.height, color: Color(24, 24, 28))
        for (index, view) in views.enumerated() { sheet.paste(view, x: index % 2 * width, y: index / 2 * height) }
        drawCaption(on: &sheet)
        return sheet
    }

    private func drawCaption(on sheet: inout Canvas) {
        var title = "frame \(frame.index)"
        if let pts = frame.ptsSeconds { title += "  \(Format.decimal(pts, 3)) s" }
        if frame.pictureType != "?" { title += "  \(frame.pictureType) picture" }
        if let reason {
            title += "  computed in full: \(reason)"
        } else {
            title += reused == 1 ? "  unchanged: nothing computed" : "  \(Format.decimal(100 * (1 - reused), 1)) % of the MACs computed"
        }
        var legend = [LegendEntry("changed", [.yellow])]
        if !frame.motionVectors.isEmpty {
            legend.append(LegendEntry("motion x\(Format.decimal(Self.motionFactor, 0))", [Self.motionColor]))
        }
        legend.append(LegendEntry("few to all layers computed", (0..<24).map { .heat(Double($0) / 23) }))
        Caption([title], legend: legend, isLegendBelow: true, width: sheet.width, bottom: sheet.height, scale: Self.textScale)
            .draw(on: &sheet)
    }

    private func changes(_ plain: Canvas, _ pixels: ModelPixelMap) -> Canvas {
        var canvas = plain
        var title = "not compared: everything computed"
        if let match = trace.match, let mask = trace.changed {
            canvas.highlight(mask, pixels)
            title = "blocks changed: \(Format.decimal(100 * match.share, 1)) %"
            if match.motion != .none { title += ", camera moved by \(match.motion.x), \(match.motion.y)" }
        }
        let scale = Double(canvas.width) / Double(frame.width)
        let cell = 20 * Double(canvas.textScale)
        MotionField(frame.motionVectors, cell: cell / scale).draw(
            on: &canvas, scale: scale, factor: Self.motionFactor, longest: 2 * cell, Self.motionColor)
        return titled(canvas, title)
    }

    private func heat(_ heat: RecomputeHeatmap, _ plain: Canvas, _ pixels: ModelPixelMap) -> Canvas {
        var canvas = plain
        canvas.desaturate(0.85)
        canvas.fill(canvas.bounds, .black, opacity: 0.35)
        let (height, width) = (trace.placement.modelHeight, trace.placement.modelWidth)
        for y in 0..<canvas.height {
            for x in 0..<canvas.width {
                guard let pixel = pixels[x, y] else { continue }
                let share = heat[pixel.y * heat.height / height, pixel.x * heat.width / width]
                if share > 0 { canvas.blend(x, y, .heat(share), 0.6) }
            }
        }
        return titled(canvas, "stride \(heat.stride), \(heat.layers) layers: \(Format.decimal(100 * heat.computed, 1)) % computed")
    }

    private func titled(_ canvas: Canvas, _ title: String) -> Canvas {
        var canvas = canvas
        canvas.label(TextLine(title, scale: Self.textScale).fitted(to: canvas.width - 16), x: 0, y: 0, .black, opacity: 0.7)
        return canvas
    }
}

/// Which pixel of the model's input lies under each pixel of an image of the whole frame.
struct ModelPixelMap {
    private let columns: [Int?]
    private let rows: [Int?]

    init(_ placement: Placement, of canvas: Canvas) {
        func map(_ count: Int, _ source: Int, _ limit: Int, _ point: (Double) -> Double) -> [Int?] {
            (0..<count).map { at in
                let there = Int(point((Double(at) + 0.5) * Double(source) / Double(count)).rounded(.down))
                return (0..<limit).contains(there) ? there : nil
            }
        }
        columns = map(canvas.width, placement.sourceWidth, placement.modelWidth) { placement.modelPoint(sourceX: $0, y: 0).x }
        rows = map(canvas.height, placement.sourceHeight, placement.modelHeight) { placement.modelPoint(sourceX: 0, y: $0).y }
    }

    /// Nil for pixels that the model does not see, beside a center crop.
    subscript(x: Int, y: Int) -> (x: Int, y: Int)? {
        guard let column = columns[x], let row = rows[y] else { return nil }
        return (column, row)
    }
}
