@testable import Vision

/// A picture in memory, resized the slow and obvious way.
struct MemoryPicture: PixelSource {
    let width, height: Int
    /// RGB of a pixel.
    let pixel: @Sendable (_ x: Int, _ y: Int) -> [UInt8]

    func sample(
        size: (width: Int, height: Int), part: PixelRect, order: InputCard.Color, into target: UnsafeMutablePointer<UInt8>, rowBytes: Int
    ) throws(VisionError) {
        precondition(part.x >= 0 && part.y >= 0 && part.maxX <= size.width && part.maxY <= size.height)
        for y in 0..<part.height {
            for x in 0..<part.width {
                let color = bilinear(x + part.x, y + part.y, size)
                for channel in 0..<3 {
                    target[y * rowBytes + x * 3 + channel] = color[order == .bgr ? 2 - channel : channel]
                }
            }
        }
    }

    private func bilinear(_ x: Int, _ y: Int, _ size: (width: Int, height: Int)) -> [UInt8] {
        func taps(_ i: Int, _ from: Int, _ to: Int) -> (Int, Int, Double) {
            let position = min(max((Double(i) + 0.5) * Double(from) / Double(to) - 0.5, 0), Double(from - 1))
            return (Int(position), min(Int(position) + 1, from - 1), position - Double(Int(position)))
        }
        let (x0, x1, fx) = taps(x, width, size.width)
        let (y0, y1, fy) = taps(y, height, size.height)
        let corners = [pixel(x0, y0), pixel(x1, y0), pixel(x0, y1), pixel(x1, y1)].map { $0.map(Double.init) }
        return (0..<3).map { c in
            let top = corners[0][c] * (1 - fx) + corners[1][c] * fx
            let bottom = corners[2][c] * (1 - fx) + corners[3][c] * fx
            return UInt8((top * (1 - fy) + bottom * fy).rounded())
        }
    }
}
