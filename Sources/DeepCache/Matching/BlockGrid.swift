import CKernels
import Vision

/// A picture cut into square blocks from its top left corner; those at the right and bottom edge are smaller where the
/// size is no multiple of the block, so that every pixel lies in exactly one block.
struct BlockGrid {
    let width: Int
    let height: Int
    let block: Int
    /// Blocks a row and a column.
    let across: Int
    let down: Int

    init(width: Int, height: Int, block: Int) {
        (self.width, self.height, self.block) = (width, height, block)
        (across, down) = ((width + block - 1) / block, (height + block - 1) / block)
    }

    var count: Int { across * down }

    /// Pixels of the blocks in column `bx`, and in row `by`.
    func columns(_ bx: Int) -> Range<Int> { bx * block..<min(width, (bx + 1) * block) }
    func rows(_ by: Int) -> Range<Int> { by * block..<min(height, (by + 1) * block) }

    /// Calls with the number of each block that an area touches.
    func forEachBlock(in area: PixelRect, _ body: (Int) -> Void) {
        func blocks(_ from: Int, _ to: Int, of count: Int) -> Range<Int> {
            let first = min(max(0, from / block), count)
            return first..<min(max(first, (to + block - 1) / block), count)
        }
        for by in blocks(area.y, area.maxY, of: down) {
            for bx in blocks(area.x, area.maxX, of: across) { body(by * across + bx) }
        }
    }

    /// What a comparison of blocks found: the pixels of those that changed, and of those that a displacement by `motion` leaves without a
    /// reference, in row order. The share is one of pixels.
    ///
    /// - Parameter isChanged: asked once for every block, by its column and row.
    func match(motion: Motion = .none, _ isChanged: (_ bx: Int, _ by: Int) -> Bool) -> Match {
        // Columns and rows whose pixel (x + motion.x, y + motion.y) exists.
        let covered = max(0, -motion.x)..<max(max(0, -motion.x), min(width, width - motion.x))
        let coveredRows = max(0, -motion.y)..<max(max(0, -motion.y), min(height, height - motion.y))
        var match = Match(), pixels = 0, runs: [Range<Int>] = []
        match.motion = motion
        for by in 0..<down {
            runs.removeAll(keepingCapacity: true)
            func add(_ run: Range<Int>) {
                guard !run.isEmpty else { return }
                if let last = runs.last, last.upperBound >= run.lowerBound {
                    runs[runs.count - 1] = last.lowerBound..<max(last.upperBound, run.upperBound)
                } else {
                    runs.append(run)
                }
            }
            add(0..<covered.lowerBound)
            for bx in 0..<across where isChanged(bx, by) { add(columns(bx).clamped(to: covered)) }
            add(covered.upperBound..<width)
            for y in rows(by) {
                for run in coveredRows.contains(y) ? runs : [0..<width] {
                    match.changed.append(dv_span(row: Int32(y), begin: Int32(run.lowerBound), end: Int32(run.upperBound)))
                    pixels += run.count
                }
            }
        }
        match.share = Double(pixels) / Double(width * height)
        return match
    }
}
