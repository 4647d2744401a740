/// A model's input in the shape of the frames that it is shown.
package enum InputSize {
    /// Sides are multiples of it: networks for detection halve their input five times.
    package static let step = 32
    /// Of most cameras, where no frame is known.
    package static let usualShape = (width: 16, height: 9)
    private static let longest = 16384

    /// The size of at most `pixels` in which a frame is shown largest; of equals that with the fewest pixels.
    ///
    /// - Parameters:
    ///   - pixels: `step`² or more.
    ///   - frame: width and height, each 1 or more; only their ratio matters.
    package static func fitting(_ frame: (width: Int, height: Int), pixels: Int) -> (width: Int, height: Int) {
        let heights = stride(from: step, through: min(longest, pixels / step), by: step)
        let sizes = heights.map { (width: min(longest, pixels / $0) / step * step, height: $0) }
        func scale(_ size: (width: Int, height: Int)) -> Double {
            min(Double(size.width) / Double(frame.width), Double(size.height) / Double(frame.height))
        }
        return sizes.max { (scale($0), $1.width * $1.height) < (scale($1), $0.width * $0.height) }!
    }
}
