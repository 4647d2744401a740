import Video

/// An 8-bit RGB picture to draw on. Whatever lies outside is left out, so callers need not clip.
///
/// Coordinates are those of pixels' upper left corners: (0, 0) is the corner of the picture, y grows downwards.
public struct Canvas: DrawingSurface, Sendable {
    public let width: Int
    public let height: Int
    /// Rows without gaps, 3 bytes a pixel.
    public private(set) var pixels: [UInt8]

    public init(width: Int, height: Int, colour: Colour = .black) {
        (self.width, self.height) = (width, height)
        pixels = [UInt8](repeating: 0, count: 3 * width * height)
        fill(bounds, colour)
    }

    /// The frame as displayed, stretched to the given size; its own if nil.
    public init(_ frame: Frame, width: Int? = nil, height: Int? = nil) throws(VideoError) {
        (self.width, self.height) = (width ?? frame.width, height ?? frame.height)
        pixels = try PixelSampler(width: self.width, height: self.height).sample(frame)
    }

    /// The bytes of a PNG file.
    public func png() throws(VideoError) -> [UInt8] { try PNG.encode(rgb: pixels, width: width, height: height) }

    /// Nil outside.
    public subscript(x: Int, y: Int) -> Colour? {
        guard contains(x, y) else { return nil }
        let at = 3 * (y * width + x)
        return Colour(pixels[at], pixels[at + 1], pixels[at + 2])
    }

    func contains(_ x: Int, _ y: Int) -> Bool { x >= 0 && y >= 0 && x < width && y < height }

    /// Lays a colour over one pixel; `opacity` 0…1.
    @inline(__always)
    public mutating func blend(_ x: Int, _ y: Int, _ colour: Colour, _ opacity: Double) {
        guard contains(x, y) else { return }
        let at = 3 * (y * width + x)
        let weight = Int(opacity * 256 + 0.5)
        func mix(_ old: UInt8, _ new: UInt8) -> UInt8 { UInt8((Int(old) * (256 - weight) + Int(new) * weight) >> 8) }
        pixels[at] = mix(pixels[at], colour.red)
        pixels[at + 1] = mix(pixels[at + 1], colour.green)
        pixels[at + 2] = mix(pixels[at + 2], colour.blue)
    }

    public mutating func fill(_ area: PixelRectangle, _ colour: Colour, opacity: Double) {
        let (columns, rows) = clipped(area)
        for y in rows { for x in columns { blend(x, y, colour, opacity) } }
    }

    /// The bytes of a JPEG file; see ``JPEG``.
    public func jpeg(quantizer: Int = 5) throws(VideoError) -> [UInt8] {
        try JPEG.encode(rgb: pixels, width: width, height: height, quantizer: quantizer)
    }

    /// Copies a picture to (x, y).
    public mutating func paste(_ other: Canvas, x: Int, y: Int) {
        let columns = Swift.max(0, -x)..<Swift.max(Swift.max(0, -x), Swift.min(other.width, width - x))
        for row in 0..<other.height where y + row >= 0 && y + row < height && !columns.isEmpty {
            let from = 3 * (row * other.width + columns.lowerBound), to = 3 * ((y + row) * width + x + columns.lowerBound)
            pixels.replaceSubrange(to..<to + 3 * columns.count, with: other.pixels[from..<from + 3 * columns.count])
        }
    }

    /// Takes the colour away, so that what is laid over it stands out. `share` 0…1 of it.
    public mutating func fade(_ share: Double) {
        let keep = Int((1 - share) * 256)
        pixels.withUnsafeMutableBufferPointer { pixels in
            for at in stride(from: 0, to: pixels.count, by: 3) {
                let grey = (77 * Int(pixels[at]) + 150 * Int(pixels[at + 1]) + 29 * Int(pixels[at + 2])) >> 8
                for channel in at..<at + 3 { pixels[channel] = UInt8((Int(pixels[channel]) * keep + grey * (256 - keep)) >> 8) }
            }
        }
    }
}
