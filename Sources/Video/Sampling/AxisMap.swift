import CKernels

/// Where the destination's columns (or rows) fall on one axis of a coded picture.
struct AxisMap: Hashable {
    /// Destination pixels.
    let count: Int
    /// The source range, in luma samples of the coded picture as shown (before any flip).
    let start: Int
    let length: Int
    /// Luma samples of the whole axis.
    let size: Int
    /// The coded axis runs backwards.
    let isFlipped: Bool

    /// How a plane's samples lie under the luma samples of an axis.
    struct Plane: Hashable {
        /// log2 of the luma samples for each of the plane's samples.
        let shift: Int
        /// Samples of the plane along the axis.
        let size: Int
    }

    /// Position of destination pixel `i`, in samples of `plane`.
    ///
    /// Half-pixel centers, and no sample from outside the source range, as `cv2.resize` does with the cut-out picture.
    func position(of i: Int, on plane: Plane) -> Double {
        let inRange = (Double(i) + 0.5) * Double(length) / Double(count) - 0.5
        let shown = Double(start) + min(max(inRange, 0), Double(length - 1))
        let coded = isFlipped ? Double(size - 1) - shown : shown
        // A subsampled plane counts as repeated for each of its luma samples: between two luma samples it changes only
        // where they have different ones. So do swscale's fast converter, and OpenCV and ffmpeg by it; answers of models
        // are compared with theirs.
        let (left, share) = (Int(coded), coded - coded.rounded(.down))
        let (first, second) = (left >> plane.shift, (left + 1) >> plane.shift)
        return min(Double(first) + (second > first ? share : 0), Double(plane.size - 1))
    }

    /// The left (upper) tap and the weight of the other one, in 1/`one`.
    func taps(of i: Int, on plane: Plane, one: Double) -> (first: Int32, weight: Int32) {
        let position = position(of: i, on: plane)
        let first = min(Int(position), max(plane.size - 2, 0))
        return (Int32(first), Int32(((position - Double(first)) * one).rounded()))
    }

    /// As `cv2.resize` has it, in its own precision: position in floats, weight in 1/2048, clamped at the end of the range.
    func exactTaps(of i: Int) -> (first: Int, second: Int, weight: Int32) {
        let position = Float((Double(i) + 0.5) * (1 / (Double(count) / Double(length))) - 0.5)
        let floor = Int(position.rounded(.down))
        let weight = Int32(((position - Float(floor)) * 2048).rounded(.toNearestOrEven))
        func coded(_ index: Int) -> Int {
            let shown = start + min(max(index, 0), length - 1)
            return isFlipped ? size - 1 - shown : shown
        }
        return (coded(floor), coded(floor + 1), weight)
    }

    func exactRows() -> [dv_row] {
        (0..<count).map { i in
            let (first, second, weight) = exactTaps(of: i)
            return dv_row(top: Int32(first), bottom: Int32(second), weight: weight)
        }
    }

    /// Both taps side by side, the left one first, for the column tables.
    func exactColumnTaps(of i: Int) -> (first: Int32, weight: Int32) {
        var (first, second, weight) = exactTaps(of: i)
        if first == second { weight = 0 }
        if second < first { (first, weight) = (second, 2048 - weight) }
        // The right tap must exist: at the last sample all weight lies on it.
        return first == size - 1 && size > 1 ? (Int32(first - 1), 2048) : (Int32(first), weight)
    }

    func rows(on plane: Plane) -> [dv_row] {
        (0..<count).map { i in
            let (first, weight) = taps(of: i, on: plane, one: 256)
            return dv_row(top: first, bottom: min(first + 1, Int32(plane.size - 1)), weight: weight)
        }
    }
}

/// The kernel's column tables, in memory that stays where it is.
final class ColumnTable {
    let columns: UnsafeMutablePointer<dv_columns>
    private let words: UnsafeMutablePointer<Int32>
    private let lanes: UnsafeMutablePointer<Int16>
    private let kinds: UnsafeMutablePointer<UInt8>

    convenience init(_ map: AxisMap, on plane: AxisMap.Plane) {
        self.init(map, one: 16384) { map.taps(of: $0, on: plane, one: 16384) }
    }

    /// For pictures that are converted before they are interpolated.
    convenience init(exactly map: AxisMap) { self.init(map, one: 2048, taps: map.exactColumnTaps) }

    private init(_ map: AxisMap, one: Int32, taps: (Int) -> (first: Int32, weight: Int32)) {
        let blocks = (map.count + 15) / 16
        let padded = blocks * 16
        words = .allocate(capacity: 2 * padded + blocks)
        lanes = .allocate(capacity: 32 * blocks)
        kinds = .allocate(capacity: blocks)
        let (first, weights, blockFirst) = (words, words + padded, words + 2 * padded)
        for i in 0..<padded {
            // The padding repeats the last column.
            let (tap, weight) = taps(min(i, map.count - 1))
            first[i] = tap
            weights[i] = (one - weight) | weight << 16
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
            to: dv_columns(
                first: first, weights: weights, block_first: blockFirst, block_lanes: lanes, block_kind: kinds))
    }

    deinit {
        columns.deallocate()
        words.deallocate()
        lanes.deallocate()
        kinds.deallocate()
    }
}
