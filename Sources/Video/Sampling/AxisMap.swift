import CKernels

/// Where the destination's columns (or rows) fall on one axis of a coded picture.
///
/// Half-pixel centers, and no sample from outside the picture, as `cv2.resize` does.
struct AxisMap {
    /// Destination pixels.
    let count: Int
    /// Luma samples of the axis.
    let size: Int
    /// Those of them, as displayed, that become the destination's pixels: what lies around them is not looked at.
    let part: Range<Int>
    /// The coded axis runs backwards.
    let isFlipped: Bool
    /// Of the plane: log2 of the luma samples along the axis for each of its own. `nil` for pictures that are converted before they are
    /// interpolated.
    let shift: Int?

    /// Samples of the plane along the axis.
    var samples: Int { (size + (1 << (shift ?? 0)) - 1) >> (shift ?? 0) }

    /// What weights of columns are counted in, for one.
    var one: Int32 { shift == nil ? 2048 : 16384 }

    /// The two samples that destination pixel `i` lies between, and the weight of the second one.
    private func taps(of i: Int, one: Int32) -> (first: Int, second: Int, weight: Int32) {
        guard let shift else { return exactTaps(of: i) }
        let inPart = min(max((Double(i) + 0.5) * Double(part.count) / Double(count) - 0.5, 0), Double(part.count - 1))
        let shown = Double(part.lowerBound) + inPart
        let coded = isFlipped ? Double(size - 1) - shown : shown
        // A subsampled plane counts as repeated for each of its luma samples: between two luma samples it changes only
        // where they have different ones. So do swscale's fast converter, and OpenCV and ffmpeg by it; answers of models
        // are compared with theirs.
        let (left, share) = (Int(coded), coded - coded.rounded(.down))
        let (low, high) = (left >> shift, (left + 1) >> shift)
        let position = min(Double(low) + (high > low ? share : 0), Double(samples - 1))
        let first = min(Int(position), max(samples - 2, 0))
        return (first, min(first + 1, samples - 1), Int32(((position - Double(first)) * Double(one)).rounded()))
    }

    /// As `cv2.resize` has it, in its own precision: position in floats, weight in 1/2048, clamped at the end of the range.
    private func exactTaps(of i: Int) -> (first: Int, second: Int, weight: Int32) {
        let position = Float((Double(i) + 0.5) * (1 / (Double(count) / Double(part.count))) - 0.5)
        let floor = Int(position.rounded(.down))
        let weight = Int32(((position - Float(floor)) * 2048).rounded(.toNearestOrEven))
        func coded(_ index: Int) -> Int {
            let shown = part.lowerBound + min(max(index, 0), part.count - 1)
            return isFlipped ? size - 1 - shown : shown
        }
        return (coded(floor), coded(floor + 1), weight)
    }

    /// For the column tables: the left sample, and the weight of the one beside it in 1/``one``.
    func column(_ i: Int) -> (first: Int32, weight: Int32) {
        var (first, second, weight) = taps(of: i, one: one)
        if first == second { weight = 0 }
        if second < first { (first, weight) = (second, one - weight) }
        // The right one must exist: at the last sample all weight lies on it.
        return first == samples - 1 && samples > 1 ? (Int32(first - 1), one) : (Int32(first), weight)
    }

    /// Weights are in 1/256; in 1/2048 for pictures that are converted before.
    func rows() -> [dv_row] {
        (0..<count).map { i in
            let (first, second, weight) = taps(of: i, one: 256)
            return dv_row(top: Int32(first), bottom: Int32(second), weight: weight)
        }
    }
}

/// The kernel's column tables, in memory that stays where it is.
final class ColumnTable {
    let columns: UnsafeMutablePointer<dv_columns>
    private let words: UnsafeMutablePointer<Int32>
    private let lanes: UnsafeMutablePointer<Int16>
    private let kinds: UnsafeMutablePointer<UInt8>

    init(_ map: AxisMap) {
        let blocks = (map.count + 15) / 16
        let padded = blocks * 16
        words = .allocate(capacity: 2 * padded + blocks)
        lanes = .allocate(capacity: 32 * blocks)
        kinds = .allocate(capacity: blocks)
        let (first, weights, blockFirst) = (words, words + padded, words + 2 * padded)
        for i in 0..<padded {
            // The padding repeats the last column.
            let (tap, weight) = map.column(min(i, map.count - 1))
            first[i] = tap
            weights[i] = (map.one - weight) | weight << 16
        }
        for block in 0..<blocks {
            let taps = UnsafeBufferPointer(start: first + 16 * block, count: 16)
            let (low, high) = (taps.min()!, taps.max()! + 1)
            blockFirst[block] = low
            kinds[block] = high - low < 32 ? 1 : high - low < 64 ? 2 : 0
            for i in 0..<16 {
                let lane = kinds[block] == 0 ? 0 : Int16(taps[i] - low)
                lanes[32 * block + 2 * i] = lane
                lanes[32 * block + 2 * i + 1] = lane + 1
            }
        }
        columns = .allocate(capacity: 1)
        columns.initialize(
            to: dv_columns(first: first, weights: weights, block_first: blockFirst, block_lanes: lanes, block_kind: kinds))
    }

    deinit {
        columns.deallocate()
        words.deallocate()
        lanes.deallocate()
        kinds.deallocate()
    }
}
