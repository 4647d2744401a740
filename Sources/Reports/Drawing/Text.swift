import Video

/// A line of text in the built-in font; `scale` pixels for a pixel of the font.
public struct TextLine: Sendable, Hashable {
    public var text: String
    public var scale: Int

    public init(_ text: String, scale: Int = 1) { (self.text, self.scale) = (text, scale) }

    /// Without space around it.
    public var width: Int { text.isEmpty ? 0 : (text.count * Font.advance - (Font.advance - Font.width)) * scale }
    /// From the top of a capital to the bottom of a `g`.
    public var height: Int { Font.height * scale }

    /// The text, cut with `..` where it is wider than `width`.
    public func fitted(to width: Int) -> TextLine {
        guard self.width > width else { return self }
        let count = Swift.max(0, (width / scale + 1) / Font.advance - 2)
        return TextLine(count == 0 ? "" : String(text.prefix(count)) + "..", scale: scale)
    }
}

extension DrawingSurface {
    /// Writes text whose upper left corner is (x, y).
    public mutating func write(_ line: TextLine, x: Int, y: Int, _ colour: Colour) {
        for (index, character) in line.text.enumerated() {
            let left = x + index * Font.advance * line.scale
            for (row, bits) in Font.rows(of: character).enumerated() {
                for column in 0..<Font.width where bits >> UInt8(Font.width - 1 - column) & 1 != 0 {
                    fill(
                        PixelRectangle(
                            x: left + column * line.scale, y: y + row * line.scale, width: line.scale, height: line.scale), colour)
                }
            }
        }
    }

    /// Space between a plate's edge and its text.
    static func margin(_ scale: Int) -> Int { 2 * scale }

    /// The size of the plate that `plate` draws.
    public static func plateSize(_ line: TextLine) -> (width: Int, height: Int) {
        (line.width + 2 * margin(line.scale), line.height + 2 * margin(line.scale) - line.scale)
    }

    /// Writes text on a filled rectangle whose upper left corner is (x, y).
    public mutating func plate(_ line: TextLine, x: Int, y: Int, _ colour: Colour, text: Colour? = nil, opacity: Double = 0.85) {
        let size = Self.plateSize(line)
        fill(PixelRectangle(x: x, y: y, width: size.width, height: size.height), colour, opacity: opacity)
        write(line, x: x + Self.margin(line.scale), y: y + Self.margin(line.scale), text ?? colour.contrast)
    }
}
