/// The motion detector of today's recorders: Frigate's rule (frigate/motion/improved_motion.py and its documentation), by which the
/// detector runs only where something moves.
///
/// 1. The picture's luminance is scaled to 100 rows, its contrast stretched between the means of the last 50 pictures' 4th and 96th
///    percentiles, and blurred over 3 × 3 pixels.
/// 2. Pixels that differ from a running average by more than a threshold, widened by one pixel, form regions. One of more than so many
///    pixels is motion.
/// 3. The average takes in a hundredth of each picture without motion, and of pictures after ten with motion; a fifth while it is
///    being calibrated: at the beginning, and when more than 0.8 of the picture moves.
///
/// Frigate runs the detector on square regions around motion and known objects. Here it sees the whole picture, or does not run at all.
final class BackgroundMatcher: Matcher {
    private let width, height, channels, rowBytes: Int
    private let options: MotionOptions
    /// Of the small picture.
    private let columns, rows: Int
    private var average: [Float]
    private var small, mask: [Float]
    private var stack: [Int] = []
    /// 4th and 96th percentiles of the last pictures, and where the next ones go.
    private var contrasts: [(low: Float, high: Float)]
    private var next = 0
    /// Whether there were pictures before; else the first one's percentiles stand for all.
    private var hasContrast = false
    private var isCalibrating = true
    private var movingFrames = 0

    init(width: Int, height: Int, channels: Int, rowBytes: Int, options: MotionOptions) {
        (self.width, self.height, self.channels, self.rowBytes) = (width, height, channels, rowBytes)
        self.options = options
        rows = min(height, 100)
        columns = max(1, width * rows / height)
        average = Array(repeating: 0, count: columns * rows)
        (small, mask) = (average, average)
        contrasts = Array(repeating: (0, 255), count: 50)
    }

    /// Everything where something moves, else nothing.
    /// - Complexity: O(100² · aspect); some ten microseconds.
    func match(_ picture: UnsafePointer<UInt8>, candidates: [Motion]) -> Match {
        shrink(picture)
        for index in small.indices { mask[index] = abs(small[index] - average[index]) > Float(options.threshold) ? 1 : 0 }
        widen()
        let (largest, moving) = regions()
        let isMoving = largest > options.area, share = Double(moving) / Double(columns * rows)
        if share < 0.05 { isCalibrating = false }
        if share > 0.8 { isCalibrating = true }
        movingFrames = isMoving ? movingFrames + 1 : 0
        if !isMoving || movingFrames >= 10 {
            let part: Float = isCalibrating ? 0.2 : 0.01
            for index in small.indices { average[index] += part * (small[index] - average[index]) }
        }
        guard isMoving else { return Match() }
        return BlockGrid(width: width, height: height, block: width).match { _, _ in true }
    }

    func accept(_ match: Match, _ picture: UnsafePointer<UInt8>) {}

    /// Another input begins with this picture.
    func accept(_ picture: UnsafePointer<UInt8>) {
        hasContrast = false
        shrink(picture)
        (average, isCalibrating, movingFrames) = (small, true, 0)
    }

    /// The picture's luminance, nearest pixels, stretched and blurred.
    private func shrink(_ picture: UnsafePointer<UInt8>) {
        for y in 0..<rows {
            let line = picture + (2 * y + 1) * height / (2 * rows) * rowBytes
            for x in 0..<columns {
                let pixel = line + (2 * x + 1) * width / (2 * columns) * channels
                // The order of red and blue does not matter to what moves.
                mask[y * columns + x] = channels == 3 ? (Float(pixel[0]) + 2 * Float(pixel[1]) + Float(pixel[2])) / 4 : Float(pixel[0])
            }
        }
        stretch()
        let weights: [Float] = [0.274, 0.452, 0.274], (columns, rows) = (columns, rows)
        small.withUnsafeMutableBufferPointer { small in
            mask.withUnsafeBufferPointer { picture in
                for y in 0..<rows {
                    for x in 0..<columns {
                        var sum: Float = 0
                        for dy in -1...1 {
                            let line = min(max(y + dy, 0), rows - 1) * columns
                            for dx in -1...1 { sum += weights[dy + 1] * weights[dx + 1] * picture[line + min(max(x + dx, 0), columns - 1)] }
                        }
                        small[y * columns + x] = sum
                    }
                }
            }
        }
    }

    private func stretch() {
        var counts = [Int](repeating: 0, count: 256)
        for value in mask { counts[Int(value)] += 1 }
        func percentile(_ share: Double) -> Float {
            var left = Int(share * Double(mask.count))
            let level = counts.firstIndex { count in
                left -= count
                return left < 0
            }
            return Float(level ?? 255)
        }
        let (low, high) = (percentile(0.04), percentile(0.96))
        guard low < high else { return }
        if !hasContrast { contrasts = Array(repeating: (low, high), count: contrasts.count) }
        hasContrast = true
        contrasts[next] = (low, high)
        next = (next + 1) % contrasts.count
        let count = Float(contrasts.count)
        let least = contrasts.reduce(0) { $0 + $1.low } / count, most = contrasts.reduce(0) { $0 + $1.high } / count
        for index in mask.indices { mask[index] = 255 * (min(max(mask[index], least), most) - least) / (most - least) }
    }

    /// Marks the neighbors of marked pixels as well.
    private func widen() {
        let before = mask
        for y in 0..<rows {
            for x in 0..<columns where before[y * columns + x] > 0 {
                for dy in max(0, y - 1)...min(rows - 1, y + 1) {
                    for dx in max(0, x - 1)...min(columns - 1, x + 1) { mask[dy * columns + dx] = 1 }
                }
            }
        }
    }

    /// Pixels of the largest region, and of all. The mask is used up.
    private func regions() -> (largest: Int, all: Int) {
        var (largest, all) = (0, 0)
        for start in mask.indices where mask[start] > 0 {
            var size = 0
            stack = [start]
            mask[start] = 0
            while let index = stack.popLast() {
                size += 1
                let (x, y) = (index % columns, index / columns)
                for dy in max(0, y - 1)...min(rows - 1, y + 1) {
                    for dx in max(0, x - 1)...min(columns - 1, x + 1) where mask[dy * columns + dx] > 0 {
                        mask[dy * columns + dx] = 0
                        stack.append(dy * columns + dx)
                    }
                }
            }
            (largest, all) = (max(largest, size), all + size)
        }
        return (largest, all)
    }
}
