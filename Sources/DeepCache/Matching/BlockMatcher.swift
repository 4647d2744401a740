import CKernels

/// Finds the blocks of a picture that differ from the reference: the pixels from which the cached activations were
/// computed, not the previous frame. A block that is reused does not update the reference, so slow drift adds up until
/// it is seen, and input error never accumulates (DESIGN §4).
public final class BlockMatcher: Matcher {
    public let width: Int
    public let height: Int
    public let channels: Int
    public let block: Int
    /// A block rests while the mean of |difference| is at most this, in levels, and the largest at most six times it:
    /// sensor and coding noise pass, a small moving thing does not. 0 tells any difference.
    public var tolerance: Float = 0
    private let reference: UnsafeMutablePointer<UInt8>
    private let rowBytes: Int
    private let sums: UnsafeMutablePointer<UInt32>
    private let largest: UnsafeMutablePointer<UInt8>
    private let across: Int
    private let down: Int

    /// - Parameter rowBytes: distance between the starts of two rows of every picture given.
    public init(width: Int, height: Int, channels: Int, rowBytes: Int, block: Int = 8) {
        (self.width, self.height, self.channels, self.block) = (width, height, channels, block)
        self.rowBytes = rowBytes
        (across, down) = ((width + block - 1) / block, (height + block - 1) / block)
        reference = .allocate(capacity: rowBytes * height)
        reference.initialize(repeating: 0, count: rowBytes * height)
        sums = .allocate(capacity: across * down)
        largest = .allocate(capacity: across * down)
    }

    deinit {
        reference.deallocate()
        sums.deallocate()
        largest.deallocate()
    }

    /// - Complexity: O(width · height · channels); about 50 µs at 640×384.
    public func match(_ pixels: UnsafePointer<UInt8>) -> Match {
        dv_block_differences(
            pixels, reference, Int64(rowBytes), Int32(width), Int32(height), Int32(channels), Int32(block), sums, largest)
        var match = Match()
        var count = 0
        let peak = UInt8(min(255, 6 * tolerance))
        for by in 0..<down {
            let rows = by * block..<min(height, (by + 1) * block)
            var bx = 0
            while bx < across {
                if !isChanged(by * across + bx, rows.count, bx, tolerance, peak) {
                    bx += 1
                    continue
                }
                let begin = bx
                while bx < across, isChanged(by * across + bx, rows.count, bx, tolerance, peak) { bx += 1 }
                count += bx - begin
                for y in rows {
                    match.changed.append(dv_span(row: Int32(y), begin: Int32(begin * block), end: Int32(min(width, bx * block))))
                }
            }
        }
        match.share = Double(count) / Double(across * down)
        return match
    }

    private func isChanged(_ index: Int, _ rows: Int, _ bx: Int, _ tolerance: Float, _ peak: UInt8) -> Bool {
        guard largest[index] > 0 else { return false }
        let columns = min(width, (bx + 1) * block) - bx * block
        return largest[index] > peak || Float(sums[index]) > tolerance * Float(rows * columns * channels)
    }

    /// Takes the changed blocks of `pixels` into the reference.
    public func accept(_ match: Match, _ pixels: UnsafePointer<UInt8>) {
        for span in match.changed {
            let start = Int(span.row) * rowBytes + Int(span.begin) * channels
            (reference + start).update(from: pixels + start, count: Int(span.end - span.begin) * channels)
        }
    }

    /// Makes the whole of `pixels` the reference.
    public func accept(_ pixels: UnsafePointer<UInt8>) { reference.update(from: pixels, count: rowBytes * height) }
}
