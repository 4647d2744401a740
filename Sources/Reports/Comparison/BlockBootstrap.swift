import Hashing

/// The 95 % interval of a mean over the frames of a video, by the block bootstrap: neighbouring frames are much alike, so that whole seconds
/// are drawn again, and not frames. The same frames give the same interval.
///
/// Of values that are all 1 nothing can be drawn but 1: what is below then follows the rule of three. Of n frames without a disagreement, the
/// share that disagrees is below 3 / n with 95 % confidence.
struct BlockBootstrap {
    /// Seconds of a block: longer than what a mistake mostly lasts, and short enough for a clip to have many.
    static let blockLength = 1.0
    /// Fewer blocks tell nothing of how much blocks differ.
    static let fewestBlocks = 8
    /// Samples of as many blocks as there are; of their means, all but the lowest and highest 2.5 % are the interval.
    static let samples = 2000
    static let seed: UInt64 = 1

    /// Sum and number of the values of each block.
    private var blocks: [Int: (sum: Double, count: Int)] = [:]
    /// Of all values, the lowest and how many there are.
    private var lowest = 1.0
    private var count = 0

    /// A frame.
    /// - Parameter time: in seconds.
    mutating func add(_ value: Double, at time: Double) {
        let number = Int(exactly: (time / Self.blockLength).rounded(.down)) ?? 0, block = blocks[number] ?? (0, 0)
        blocks[number] = (block.sum + value, block.count + 1)
        (lowest, count) = (min(lowest, value), count + 1)
    }

    /// Nil with too few blocks. Takes time in proportion to the number of blocks.
    var interval: ClosedRange<Double>? {
        guard blocks.count >= Self.fewestBlocks else { return nil }
        if lowest == 1 { return max(0, 1 - 3 / Double(count))...1 }
        let all = blocks.sorted { $0.key < $1.key }.map(\.value)
        var generator = SeededGenerator(seed: Self.seed)
        let means = (0..<Self.samples).map { _ in
            var sum = 0.0, count = 0
            for _ in all {
                let block = all.randomElement(using: &generator)!
                sum += block.sum
                count += block.count
            }
            return sum / Double(count)
        }.sorted()
        let tail = Self.samples / 40
        return means[tail]...means[Self.samples - 1 - tail]
    }
}
