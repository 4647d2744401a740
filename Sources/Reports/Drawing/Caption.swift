import Pictures
import Video

/// What a picture shows: a line of text, more lines, and colours with their meaning, on a dark band along the bottom.
struct Caption {
    /// A colour and what it stands for.
    struct Key {
        let name: String
        let colour: Colour
        init(_ name: String, _ colour: Colour) { (self.name, self.colour) = (name, colour) }
    }

    let area: PixelRectangle
    private let lines: [String]
    private let keys: [Key]
    private let scale: Int
    private var margin: Int { 3 * scale }
    private var pitch: Int { 12 * scale }

    /// - Parameter canvas: its lower edge is covered.
    init(title: String, lines: [String] = [], keys: [Key], on canvas: Canvas) {
        // Not larger than labels, for it hides a part of the picture.
        (self.lines, self.keys, scale) = ([title] + lines, keys, canvas.textScale)
        // The keys stand at the right of the title where there is room, else below everything.
        let height = (1 + lines.count) * 12 * scale + 3 * scale
        let room = canvas.width - TextLine(title, scale: scale).width - 9 * scale
        let below = Self.width(keys, scale) > room
        let total = height + (below && !keys.isEmpty ? 12 * scale : 0)
        area = PixelRectangle(x: 0, y: canvas.height - total, width: canvas.width, height: total)
        isBelow = below
    }

    private let isBelow: Bool

    func draw(on canvas: inout Canvas) {
        canvas.fill(area, .black, opacity: 0.75)
        for (index, line) in lines.enumerated() {
            canvas.write(
                TextLine(line, scale: scale).fitted(to: area.width - 2 * margin), x: margin, y: area.y + margin + index * pitch, .white)
        }
        var x = isBelow ? margin : area.width - margin - Self.width(keys, scale)
        let y = area.y + margin + (isBelow ? lines.count * pitch : 0)
        for key in keys {
            canvas.fill(PixelRectangle(x: x, y: y, width: 7 * scale, height: 7 * scale), key.colour)
            canvas.write(TextLine(key.name, scale: scale), x: x + 10 * scale, y: y, .white)
            x += TextLine(key.name, scale: scale).width + 18 * scale
        }
    }

    private static func width(_ keys: [Key], _ scale: Int) -> Int {
        keys.reduce(0) { $0 + TextLine($1.name, scale: scale).width + 18 * scale } - (keys.isEmpty ? 0 : 8 * scale)
    }
}
