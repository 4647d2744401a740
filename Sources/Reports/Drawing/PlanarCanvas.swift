import Video

/// Draws on a picture that is about to be encoded, in its own planes: what is not drawn on is not touched.
///
/// A chroma sample stands for four pixels and takes the colour of as many of them as are drawn on.
public struct PlanarCanvas: DrawingSurface {
    public let width: Int
    public let height: Int
    private let picture: PlanarPicture
    private let luma: UnsafeMutablePointer<UInt8>
    private let lumaStride: Int
    private let chroma: (cb: UnsafeMutablePointer<UInt8>, cr: UnsafeMutablePointer<UInt8>)
    private let chromaStrides: (cb: Int, cr: Int)

    /// Valid until the picture is written or loaded again.
    public init(_ picture: PlanarPicture) {
        (self.picture, width, height) = (picture, picture.width, picture.height)
        let planes = picture.planes
        (luma, lumaStride) = planes[0]
        (chroma, chromaStrides) = ((planes[1].base, planes[2].base), (planes[1].stride, planes[2].stride))
    }

    public mutating func blend(_ x: Int, _ y: Int, _ colour: Colour, _ opacity: Double) {
        guard x >= 0, y >= 0, x < width, y < height else { return }
        fill(PixelRectangle(x: x, y: y, width: 1, height: 1), colour, opacity: opacity)
    }

    /// - Complexity: O(pixels of the rectangle).
    public mutating func fill(_ area: PixelRectangle, _ colour: Colour, opacity: Double) {
        let (columns, rows) = clipped(area)
        guard !columns.isEmpty, !rows.isEmpty else { return }
        let (y, cb, cr) = picture.levels(red: colour.red, green: colour.green, blue: colour.blue)
        let weight = Self.weight(opacity)
        for row in rows { Self.mix(luma + row * lumaStride + columns.lowerBound, columns.count, y, weight) }
        for row in rows.lowerBound / 2...(rows.upperBound - 1) / 2 {
            // One or both of the rows that the sample stands for.
            let share = Double(rows.clamped(to: 2 * row..<2 * row + 2).count) / 2
            let (full, half) = (Self.weight(opacity * share), Self.weight(opacity * share / 2))
            let (first, last) = (columns.lowerBound / 2, (columns.upperBound - 1) / 2)
            for (plane, stride, level) in [(chroma.cb, chromaStrides.cb, cb), (chroma.cr, chromaStrides.cr, cr)] {
                let line = plane + row * stride
                if first == last {
                    Self.mix(line + first, 1, level, columns.count == 2 ? full : half)
                    continue
                }
                Self.mix(line + first, 1, level, columns.lowerBound % 2 == 0 ? full : half)
                Self.mix(line + first + 1, last - first - 1, level, full)
                Self.mix(line + last, 1, level, columns.upperBound % 2 == 0 ? full : half)
            }
        }
    }

    private static func weight(_ opacity: Double) -> UInt16 { UInt16(Swift.min(1, Swift.max(0, opacity)) * 256 + 0.5) }

    @inline(__always)
    private static func mix(_ samples: UnsafeMutablePointer<UInt8>, _ count: Int, _ level: UInt8, _ weight: UInt16) {
        let (keep, add) = (256 &- weight, UInt16(level) &* weight &+ 128)
        for i in 0..<count { samples[i] = UInt8(truncatingIfNeeded: (UInt16(samples[i]) &* keep &+ add) >> 8) }
    }
}
