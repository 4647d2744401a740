import Video

/// A color and its meaning.
struct LegendEntry {
    let name: String
    let color: Color
    init(_ name: String, _ color: Color) { (self.name, self.color) = (name, color) }

    /// Width of entries side by side, in pixels.
    static func width(_ entries: [LegendEntry], scale: Int) -> Int {
        entries.reduce(0) { $0 + $1.width(scale) } - (entries.isEmpty ? 0 : 8 * scale)
    }

    /// The space to the next entry included.
    func width(_ scale: Int) -> Int { TextLine(name, scale: scale).width + 18 * scale }
}

extension DrawingSurface {
    /// Draws entries side by side.
    /// - Returns: x behind the last one.
    @discardableResult mutating func draw(_ entries: [LegendEntry], x: Int, y: Int, scale: Int) -> Int {
        entries.reduce(x) { x, entry in
            fill(PixelRectangle(x: x, y: y, width: 7 * scale, height: 7 * scale), entry.color)
            write(TextLine(entry.name, scale: scale), x: x + 10 * scale, y: y, .white)
            return x + entry.width(scale)
        }
    }
}

/// Lines of text and a legend on a dark band along the lower edge of an image.
struct Caption {
    let area: PixelRectangle
    private let lines: [String]
    private let legend: [LegendEntry]
    private let scale: Int
    /// Whether the legend has a line of its own, because it has no room beside the first line.
    private let isLegendBelow: Bool

    init(_ lines: [String], legend: [LegendEntry], on canvas: Canvas) {
        // No larger than labels, because the caption hides a part of the image.
        (self.lines, self.legend, scale) = (lines, legend, canvas.textScale)
        let room = canvas.width - TextLine(lines.first ?? "", scale: scale).width - 9 * scale
        isLegendBelow = !legend.isEmpty && LegendEntry.width(legend, scale: scale) > room
        let height = (12 * (lines.count + (isLegendBelow ? 1 : 0)) + 3) * scale
        area = PixelRectangle(x: 0, y: canvas.height - height, width: canvas.width, height: height)
    }

    func draw(on canvas: inout Canvas) {
        let (margin, pitch) = (3 * scale, 12 * scale)
        canvas.fill(area, .black, opacity: 0.75)
        for (index, line) in lines.enumerated() {
            let text = TextLine(line, scale: scale).fitted(to: area.width - 2 * margin)
            canvas.write(text, x: margin, y: area.y + margin + index * pitch, .white)
        }
        let x = isLegendBelow ? margin : area.width - margin - LegendEntry.width(legend, scale: scale)
        canvas.draw(legend, x: x, y: area.y + margin + (isLegendBelow ? lines.count * pitch : 0), scale: scale)
    }
}
