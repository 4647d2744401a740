/// How the input of a model that leaves its size open follows the shape of the frames.
package enum InputShape: Sendable, Hashable {
    /// The size of at most so many pixels in which a frame is shown largest; of equals that with the fewest pixels. `step`² or more.
    case pixels(Int)
    /// A rectangle of which only so much is kept, in multiples of `stride`, as the frame fills: as Ultralytics' programs have it (`rect`).
    case cut(width: Int, height: Int, stride: Int)

    /// Sides are multiples of it where pixels are counted: networks for detection halve their input five times.
    package static let step = 32
    /// Of most cameras, where no frame is known.
    package static let usualFrame = (width: 16, height: 9)
    private static let longestSide = 16_384

    /// - Parameter frame: width and height, each 1 or more; only their ratio matters.
    package func size(for frame: (width: Int, height: Int)) -> (width: Int, height: Int) {
        switch self {
        case .pixels(let pixels): Self.largest(for: frame, pixels: pixels)
        case .cut(let width, let height, let stride): Self.cut((width, height), to: frame, stride: stride)
        }
    }

    private static func largest(for frame: (width: Int, height: Int), pixels: Int) -> (width: Int, height: Int) {
        let heights = stride(from: step, through: min(longestSide, pixels / step), by: step)
        let sizes = heights.map { (width: min(longestSide, pixels / $0) / step * step, height: $0) }
        return sizes.max { (scale(of: frame, in: $0), $1.width * $1.height) < (scale(of: frame, in: $1), $0.width * $0.height) }!
    }

    /// Of the padding, what is less than a stride stays.
    private static func cut(
        _ whole: (width: Int, height: Int), to frame: (width: Int, height: Int), stride: Int
    ) -> (width: Int, height: Int) {
        let scale = scale(of: frame, in: whole)
        func kept(_ whole: Int, _ side: Int) -> Int {
            let filled = max(1, Int((Double(side) * scale).rounded(.toNearestOrEven)))
            return filled + (whole - filled) % stride
        }
        return (kept(whole.width, frame.width), kept(whole.height, frame.height))
    }

    private static func scale(of frame: (width: Int, height: Int), in size: (width: Int, height: Int)) -> Double {
        min(Double(size.width) / Double(frame.width), Double(size.height) / Double(frame.height))
    }
}
