/// A picture at the model's input size: 8-bit, channels interleaved, rows 64-byte aligned.
///
/// ```
/// row y:  │ c₀c₁c₂ c₀c₁c₂ … (width × channels bytes) │ unused up to rowBytes │
/// ```
/// One stage writes it, then hands it to the next: it is shared by reference and has no lock of its own.
public final class PixelBuffer: @unchecked Sendable {
    public let width, height: Int
    /// 1 (gray) or 3 (in the order that the model wants).
    public let channels: Int
    /// Distance between the starts of two rows, in bytes; a multiple of 64.
    public let rowBytes: Int
    /// `rowBytes × height` bytes, 64-byte aligned, zero at first. The bytes past a row's pixels are never read as pixels.
    public let base: UnsafeMutablePointer<UInt8>

    /// What the bytes around the picture are laid out for; nil when they must be painted anew.
    var paintedFor: Placement?

    public init(width: Int, height: Int, channels: Int) {
        precondition(width > 0 && height > 0 && (channels == 1 || channels == 3), "a picture needs pixels of 1 or 3 channels")
        (self.width, self.height, self.channels) = (width, height, channels)
        rowBytes = (width * channels + 63) / 64 * 64
        let memory = UnsafeMutableRawPointer.allocate(byteCount: rowBytes * height, alignment: 64)
        base = memory.initializeMemory(as: UInt8.self, repeating: 0, count: rowBytes * height)
    }

    deinit { base.deallocate() }

    public func row(_ y: Int) -> UnsafeMutableBufferPointer<UInt8> {
        precondition(y >= 0 && y < height)
        return UnsafeMutableBufferPointer(start: base + y * rowBytes, count: width * channels)
    }

    /// Sets every pixel inside `area` to `color` (one value per channel).
    func fill(_ area: PixelRect, with color: [UInt8]) {
        let area = area.intersection(PixelRect(x: 0, y: 0, width: width, height: height))
        guard !area.isEmpty else { return }
        for y in area.y..<area.maxY {
            let row = base + y * rowBytes
            for x in area.x..<area.maxX {
                for channel in 0..<channels { row[x * channels + channel] = color[channel] }
            }
        }
    }
}

/// A rectangle of whole pixels; y grows downwards.
public struct PixelRect: Sendable, Hashable {
    public var x, y, width, height: Int

    public init(x: Int, y: Int, width: Int, height: Int) {
        (self.x, self.y, self.width, self.height) = (x, y, width, height)
    }

    /// One past the last column and row.
    public var maxX: Int { x + width }
    public var maxY: Int { y + height }
    public var isEmpty: Bool { width <= 0 || height <= 0 }

    /// Whether both cover a pixel.
    public func meets(_ other: PixelRect) -> Bool { !intersection(other).isEmpty }

    /// With so many more pixels on each side.
    public func widened(by pixels: Int) -> PixelRect {
        PixelRect(x: x - pixels, y: y - pixels, width: width + 2 * pixels, height: height + 2 * pixels)
    }

    /// What both cover; empty (and at an unspecified place) when they do not meet.
    public func intersection(_ other: PixelRect) -> PixelRect {
        let (left, top) = (max(x, other.x), max(y, other.y))
        return PixelRect(
            x: left, y: top, width: max(0, min(maxX, other.maxX) - left), height: max(0, min(maxY, other.maxY) - top))
    }
}
