import CKernels
import Vision

/// Finds the blocks of a picture that differ from the reference: the pixels from which the cached activations were
/// computed, not the previous frame. A block that is reused does not update the reference, so slow drift adds up until
/// it is seen, and input error never accumulates (docs/architecture.md, "Incremental inference").
public final class BlockMatcher: Matcher {
    let grid: BlockGrid
    let channels: Int
    /// A block rests while the mean of |difference| is at most this, in levels, and the largest at most six times it:
    /// sensor and coding noise pass, a small moving thing does not. 0 tells any difference.
    public var tolerance: Float = 0
    let reference: UnsafeMutablePointer<UInt8>
    let rowBytes: Int
    private let sums: UnsafeMutablePointer<UInt32>
    private let largest: UnsafeMutablePointer<UInt8>
    /// By block, and the share of all, as of the last comparison.
    private var isChanged: [Bool]
    private var share = 0.0
    /// Blocks that differ no more than noise does, and the sum of their means, as of the last comparison.
    private var (noisyBlocks, noiseSum) = (0, Float(0))

    /// - Parameter rowBytes: distance between the starts of two rows of every picture given.
    public init(width: Int, height: Int, channels: Int, rowBytes: Int, block: Int = 8) {
        grid = BlockGrid(width: width, height: height, block: block)
        (self.channels, self.rowBytes) = (channels, rowBytes)
        reference = .allocate(capacity: rowBytes * height)
        reference.initialize(repeating: 0, count: rowBytes * height)
        sums = .allocate(capacity: grid.count)
        largest = .allocate(capacity: grid.count)
        isChanged = Array(repeating: false, count: grid.count)
    }

    public var width: Int { grid.width }
    public var height: Int { grid.height }
    public var block: Int { grid.block }

    deinit {
        reference.deallocate()
        sums.deallocate()
        largest.deallocate()
    }

    /// - Complexity: O(width · height · channels); about 40 µs at 640×384 with AVX-512.
    public func match(_ pixels: UnsafePointer<UInt8>, candidates: [Motion]) -> Match {
        compare(pixels)
        return changes()
    }

    /// Compares with the reference.
    /// - Returns: the share of blocks that changed.
    @discardableResult
    package func compare(_ pixels: UnsafePointer<UInt8>) -> Double {
        dv_block_differences(
            pixels, reference, Int64(rowBytes), Int32(grid.width), Int32(grid.height), Int32(channels), Int32(grid.block), sums, largest)
        var count = 0
        (noisyBlocks, noiseSum) = (0, 0)
        for by in 0..<grid.down {
            for bx in 0..<grid.across {
                let index = by * grid.across + bx, most = largest[index], difference = mean(bx, by)
                isChanged[index] = most > 0 && (Float(most) > 6 * tolerance || difference > tolerance)
                if isChanged[index] { count += 1 }
                if difference <= blockNoise { (noisyBlocks, noiseSum) = (noisyBlocks + 1, noiseSum + difference) }
            }
        }
        share = Double(count) / Double(grid.count)
        return share
    }

    /// The changed blocks of the last comparison.
    func changes() -> Match {
        var match = grid.match { bx, by in isChanged[by * grid.across + bx] }
        match.share = share
        return match
    }

    /// Those of them that lie in one of the areas.
    func changes(within areas: [PixelRect]) -> Match {
        var isWanted = Array(repeating: false, count: grid.count)
        for area in areas { grid.forEachBlock(in: area) { isWanted[$0] = true } }
        return grid.match { bx, by in isChanged[by * grid.across + bx] && isWanted[by * grid.across + bx] }
    }

    /// Share of the picture's blocks that lie in an area and changed by the last comparison.
    func changedShare(in area: PixelRect) -> Double {
        var count = 0
        grid.forEachBlock(in: area) { if isChanged[$0] { count += 1 } }
        return Double(count) / Double(grid.count)
    }

    /// Where a box of the frame lies in the picture, inside it and one pixel large at least.
    func area(of box: Box, _ placement: Placement) -> PixelRect {
        let from = placement.modelPoint(sourceX: Double(box.x), y: Double(box.y))
        let to = placement.modelPoint(sourceX: Double(box.x + box.width), y: Double(box.y + box.height))
        func clip(_ value: Double, _ limit: Int) -> Int { Int(min(max(value.rounded(), 0), Double(limit))) }
        let (left, top) = (clip(from.x, width - 1), clip(from.y, height - 1))
        return PixelRect(x: left, y: top, width: max(1, clip(to.x, width) - left), height: max(1, clip(to.y, height) - top))
    }

    /// Mean of |difference| in a block, in levels.
    func mean(_ bx: Int, _ by: Int) -> Float {
        Float(sums[by * grid.across + bx]) / Float(grid.rows(by).count * grid.columns(bx).count * channels)
    }

    /// Where the last match found a mean of |difference| of at least `level`: its blocks' columns and rows.
    public func blocks(differingBy level: Float) -> [(columns: Range<Int>, rows: Range<Int>)] {
        (0..<grid.down).flatMap { by in
            (0..<grid.across).compactMap { bx in mean(bx, by) >= level ? (grid.columns(bx), grid.rows(by)) : nil }
        }
    }

    /// Mean of |difference| in the blocks that rested in the last match, in levels: what noise makes; nil where too few rested. It is no
    /// larger than the noise that the floor is measured with at most.
    public var noise: Float? {
        4 * noisyBlocks >= grid.count ? min(noiseSum / Float(noisyBlocks), PolicyConstants.Sampling.largestNoise) : nil
    }

    /// Takes the changed blocks of `pixels` into the reference.
    public func accept(_ match: Match, _ pixels: UnsafePointer<UInt8>) {
        for span in match.changed {
            let start = Int(span.row) * rowBytes + Int(span.begin) * channels
            (reference + start).update(from: pixels + start, count: Int(span.end - span.begin) * channels)
        }
    }

    /// Makes the whole of `pixels` the reference.
    public func accept(_ pixels: UnsafePointer<UInt8>) { reference.update(from: pixels, count: rowBytes * grid.height) }
}
