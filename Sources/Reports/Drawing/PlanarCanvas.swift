import Video
import Vision

/// Draws on the Y, Cb and Cr planes of a frame that is about to be encoded; nothing is converted to RGB and back.
///
/// A chroma sample covers four pixels: it is mixed with the new color by the share of them that are drawn on.
struct PlanarCanvas: DrawingSurface {
    let width: Int
    let height: Int
    private let picture: YUVImage
    private let planes: [(base: UnsafeMutablePointer<UInt8>, stride: Int)]

    /// Valid until the planes are encoded, or loaded with another frame.
    init(_ picture: YUVImage) {
        (self.picture, planes, width, height) = (picture, picture.planes, picture.width, picture.height)
    }

    /// - Complexity: O(pixels of the rectangle).
    mutating func fill(_ area: PixelRect, _ color: Color, opacity: Double) {
        let (columns, rows) = clipped(area)
        guard !columns.isEmpty, !rows.isEmpty else { return }
        let (y, cb, cr) = picture.levels(red: color.red, green: color.green, blue: color.blue)
        let weight = Self.weight(opacity)
        for row in rows { Self.mix(planes[0].base + row * planes[0].stride + columns.lowerBound, columns.count, y, weight) }
        for row in rows.lowerBound / 2...(rows.upperBound - 1) / 2 {
            // The share of the two rows of this sample that are drawn on.
            let share = Double(rows.clamped(to: 2 * row..<2 * row + 2).count) / 2
            let (full, half) = (Self.weight(opacity * share), Self.weight(opacity * share / 2))
            let (first, last) = (columns.lowerBound / 2, (columns.upperBound - 1) / 2)
            for (plane, level) in [(planes[1], cb), (planes[2], cr)] {
                let line = plane.base + row * plane.stride
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

    private static func weight(_ opacity: Double) -> UInt16 { UInt16(min(1, max(0, opacity)) * 256 + 0.5) }

    @inline(__always)
    private static func mix(_ samples: UnsafeMutablePointer<UInt8>, _ count: Int, _ level: UInt8, _ weight: UInt16) {
        let (keep, add) = (256 &- weight, UInt16(level) &* weight &+ 128)
        for i in 0..<count { samples[i] = UInt8(truncatingIfNeeded: (UInt16(samples[i]) &* keep &+ add) >> 8) }
    }
}
