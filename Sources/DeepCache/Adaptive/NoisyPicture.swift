import Hashing
import Vision

/// A copy of a picture with seeded noise: spread evenly, independent from value to value.
package final class NoisyPicture {
    package let buffer: PixelBuffer
    private var generator = SeededGenerator(seed: 1)

    package init(like picture: PixelBuffer) {
        buffer = PixelBuffer(width: picture.width, height: picture.height, channels: picture.channels)
    }

    /// Makes the copy.
    /// - Parameter noise: mean of |noise|, in levels.
    /// - Complexity: O(width · height · channels).
    package func take(_ picture: PixelBuffer, noise: Float) {
        // Whole levels up to twice the mean; what lies between two is rounded up as often as it is nearer to the upper.
        let table = (0..<65536).map { index -> Int in
            let value = (Float(index >> 8) / 127.5 - 1) * 2 * noise
            return Int((value + Float(index & 255) / 256).rounded(.down))
        }
        for y in 0..<picture.height {
            let (from, to) = (picture.row(y), buffer.row(y))
            var bits: UInt64 = 0
            for x in 0..<from.count {
                bits = x % 4 == 0 ? generator.next() : bits >> 16
                to[x] = UInt8(min(max(Int(from[x]) + table[Int(bits & 0xffff)], 0), 255))
            }
        }
    }
}
