import Video

/// Something to draw on: what a rectangle and a pixel are, everything else is made of.
///
/// Whatever lies outside is left out, so callers need not clip. (0, 0) is the upper left corner of the picture.
public protocol DrawingSurface {
    var width: Int { get }
    var height: Int { get }
    /// Lays a colour over one pixel; `opacity` 0…1.
    mutating func blend(_ x: Int, _ y: Int, _ colour: Colour, _ opacity: Double)
    /// Lays a colour over a rectangle; `opacity` 0…1.
    mutating func fill(_ area: PixelRectangle, _ colour: Colour, opacity: Double)
}

extension DrawingSurface {
    public mutating func fill(_ area: PixelRectangle, _ colour: Colour) { fill(area, colour, opacity: 1) }

    public var bounds: PixelRectangle { PixelRectangle(x: 0, y: 0, width: width, height: height) }

    /// How many pixels a font's pixel is, for text that reads well on a picture of this size.
    public var textScale: Int { Swift.max(1, (Swift.min(width, height) + 220) / 360) }

    /// The part of a rectangle that lies within the picture. Sides may be any number.
    func clipped(_ area: PixelRectangle) -> (columns: Range<Int>, rows: Range<Int>) {
        func range(_ start: Int, _ length: Int, _ limit: Int) -> Range<Int> {
            let (end, overflows) = start.addingReportingOverflow(length)
            let low = Swift.max(0, Swift.min(start, limit))
            return low..<Swift.max(low, Swift.min(limit, overflows ? (length > 0 ? limit : 0) : end))
        }
        return (range(area.x, area.width, width), range(area.y, area.height, height))
    }
}
