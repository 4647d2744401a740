import DeepCache
import Video
import Vision

/// An 8-bit RGB image to draw on.
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
        let (width, height) = (width ?? frame.width, height ?? frame.height)
        try self.init(frame, width: width, height: height, columns: 0..<width, rows: 0..<height)
    }

    /// A part of the frame stretched to the given size. O(pixels of the part).
    init(_ frame: Frame, width: Int, height: Int, columns: Range<Int>, rows: Range<Int>) throws(VideoError) {
        (self.width, self.height) = (columns.count, rows.count)
        var pixels = [UInt8](repeating: 0, count: 3 * columns.count * rows.count)
        let sampler = PixelSampler(width: width, height: height)
        try pixels.withUnsafeMutableBufferPointer { buffer throws(VideoError) in
            try sampler.sample(frame, into: buffer, columns: columns, rows: rows)
        }
        self.pixels = pixels
    }

    func png() throws(VideoError) -> [UInt8] { try StillImage.png.encode(rgb: pixels, width: width, height: height) }

    func contains(_ x: Int, _ y: Int) -> Bool { x >= 0 && y >= 0 && x < width && y < height }

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

    /// Darkens what did not change and draws an outline around what did. `mask` is of the model's input.
    mutating func highlight(_ mask: ChangeMask, _ pixels: ModelPixelMap) {
        var marks = [Bool](repeating: false, count: width * height)
        for y in 0..<height { for x in 0..<width { marks[y * width + x] = pixels[x, y].map { mask[$0.y, $0.x] } ?? false } }
        let reach = textScale
        for y in 0..<height {
            for x in 0..<width {
                func isUnmarked(_ x: Int, _ y: Int) -> Bool { contains(x, y) && !marks[y * width + x] }
                if !marks[y * width + x] {
                    blend(x, y, .black, 0.5)
                } else if isUnmarked(x - reach, y) || isUnmarked(x + reach, y) || isUnmarked(x, y - reach) || isUnmarked(x, y + reach) {
                    blend(x, y, .yellow, 0.8)
                }
            }
        }
    }
}
