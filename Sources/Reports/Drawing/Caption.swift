import Vision

/// A color, or a range of colors, and its meaning.
struct LegendEntry {
    let name: String
    let colors: [Color]

    init(_ name: String, _ colors: [Color]) { (self.name, self.colors) = (name, colors) }

    fileprivate var swatchWidth: Int { colors.count > 1 ? 2 * colors.count : 7 }
    /// The space to the next entry included.
    fileprivate func width(_ scale: Int) -> Int { TextLine(name, scale: scale).width + (swatchWidth + 11) * scale }
}

/// Lines of text and a legend on a dark band along the lower edge of an image.
struct Caption {
    let area: PixelRect
    private let lines: [String]
    private let legend: [LegendEntry]
    private let scale: Int
    private let legendWidth: Int
    private let isLegendBelow: Bool

    /// - Parameter isLegendBelow: nil puts the legend below the lines only if it has no room beside the first one.
    init(_ lines: [String], legend: [LegendEntry], isLegendBelow: Bool? = nil, width: Int, bottom: Int, scale: Int) {
        (self.lines, self.legend, self.scale) = (lines, legend, scale)
        legendWidth = legend.reduce(0) { $0 + $1.width(scale) } - (legend.isEmpty ? 0 : 8 * scale)
        let room = width - TextLine(lines.first ?? "", scale: scale).width - 9 * scale
        self.isLegendBelow = isLegendBelow ?? (!legend.isEmpty && legendWidth > room)
        let height = (12 * (lines.count + (self.isLegendBelow ? 1 : 0)) + 3) * scale
        area = PixelRect(x: 0, y: bottom - height, width: width, height: height)
    }

    func draw(on canvas: inout Canvas) {
        let (margin, pitch) = (3 * scale, 12 * scale)
        canvas.fill(area, .black, opacity: 0.75)
        for (index, line) in lines.enumerated() {
            let text = TextLine(line, scale: scale).fitted(to: area.width - 2 * margin)
            canvas.write(text, x: margin, y: area.y + margin + index * pitch, .white)
        }
        var x = isLegendBelow ? margin : area.width - margin - legendWidth
        let y = area.y + margin + (isLegendBelow ? lines.count * pitch : 0)
        for entry in legend {
            let step = entry.swatchWidth * scale / entry.colors.count
            for (index, color) in entry.colors.enumerated() {
                canvas.fill(PixelRect(x: x + index * step, y: y, width: step, height: 7 * scale), color)
            }
            canvas.write(TextLine(entry.name, scale: scale), x: x + (entry.swatchWidth + 3) * scale, y: y, .white)
            x += entry.width(scale)
        }
    }
}
