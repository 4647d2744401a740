import Video
import Vision

/// An 8-bit RGB image to draw on. Whatever lies outside is left out, so callers need not clip.
///
/// Coordinates are those of pixels' upper left corners: (0, 0) is the corner of the image, y grows downwards.
struct Canvas: DrawingSurface, Sendable {
    let width: Int
    let height: Int
    /// Rows without gaps, 3 bytes a pixel.
    private(set) var pixels: [UInt8]

    init(width: Int, height: Int, color: Color = .black) {
        (self.width, self.height) = (width, height)
        pixels = [UInt8](repeating: 0, count: 3 * width * height)
        fill(bounds, color)
    }

    /// The frame as displayed, stretched to the given size; its own if nil.
    init(_ frame: Frame, width: Int? = nil, height: Int? = nil) throws(VideoError) {
        (self.width, self.height) = (width ?? frame.width, height ?? frame.height)
        pixels = try PixelSampler(width: self.width, height: self.height).sample(frame)
    }

    func png() throws(VideoError) -> [UInt8] { try StillImage.png.encode(rgb: pixels, width: width, height: height) }

    func contains(_ x: Int, _ y: Int) -> Bool { x >= 0 && y >= 0 && x < width && y < height }

    /// Lays a color over one pixel; `opacity` 0…1.
    @inline(__always)
    mutating func blend(_ x: Int, _ y: Int, _ color: Color, _ opacity: Double) {
        guard contains(x, y) else { return }
        let at = 3 * (y * width + x)
        let weight = Int(opacity * 256 + 0.5)
        func mix(_ old: UInt8, _ new: UInt8) -> UInt8 { UInt8((Int(old) * (256 - weight) + Int(new) * weight) >> 8) }
        pixels[at] = mix(pixels[at], color.red)
        pixels[at + 1] = mix(pixels[at + 1], color.green)
        pixels[at + 2] = mix(pixels[at + 2], color.blue)
    }

    mutating func fill(_ area: PixelRect, _ color: Color, opacity: Double) {
        let (columns, rows) = clipped(area)
        for y in rows { for x in columns { blend(x, y, color, opacity) } }
    }

    func jpeg(quantizer: Int) throws(VideoError) -> [UInt8] {
        try StillImage.jpeg(quantizer: quantizer).encode(rgb: pixels, width: width, height: height)
    }

    /// Copies another image so that its upper left corner is at (x, y).
    mutating func paste(_ other: Canvas, x: Int, y: Int) {
        let columns = max(0, -x)..<max(max(0, -x), min(other.width, width - x))
        for row in 0..<other.height where y + row >= 0 && y + row < height && !columns.isEmpty {
            let from = 3 * (row * other.width + columns.lowerBound), to = 3 * ((y + row) * width + x + columns.lowerBound)
            pixels.replaceSubrange(to..<to + 3 * columns.count, with: other.pixels[from..<from + 3 * columns.count])
        }
    }

    /// Mixes every pixel with its gray value, so that what is drawn next stands out. `share` 0…1: 1 leaves gray only.
    mutating func desaturate(_ share: Double) {
        let keep = Int((1 - share) * 256)
        pixels.withUnsafeMutableBufferPointer { pixels in
            for at in stride(from: 0, to: pixels.count, by: 3) {
                let gray = (77 * Int(pixels[at]) + 150 * Int(pixels[at + 1]) + 29 * Int(pixels[at + 2])) >> 8
                for channel in at..<at + 3 { pixels[channel] = UInt8((Int(pixels[channel]) * keep + gray * (256 - keep)) >> 8) }
            }
        }
    }

    /// Darkens what is not marked and draws an outline around what is.
    ///
    /// - Parameter isMarked: called once for every pixel.
    mutating func highlight(_ color: Color, dimming: Double = 0.5, thickness: Int = 1, _ isMarked: (_ x: Int, _ y: Int) -> Bool) {
        var marks = [Bool](repeating: false, count: width * height)
        for y in 0..<height { for x in 0..<width { marks[y * width + x] = isMarked(x, y) } }
        for y in 0..<height {
            for x in 0..<width {
                guard marks[y * width + x] else {
                    blend(x, y, .black, dimming)
                    continue
                }
                func isUnmarked(_ x: Int, _ y: Int) -> Bool { contains(x, y) && !marks[y * width + x] }
                if isUnmarked(x - thickness, y) || isUnmarked(x + thickness, y) || isUnmarked(x, y - thickness)
                    || isUnmarked(x, y + thickness)
                {
                    blend(x, y, color, 0.8)
                }
            }
        }
    }

    /// Lays heat colors over the image: `share` is 0…1 for every pixel, and 0 leaves the pixel as it is.
    mutating func heatmap(opacity: Double = 0.6, _ share: (_ x: Int, _ y: Int) -> Double) {
        for y in 0..<height {
            for x in 0..<width {
                let value = share(x, y)
                if value > 0 { blend(x, y, .heat(value), opacity) }
            }
        }
    }
}
