import CKernels

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

    /// The pixels of the flagged blocks, and those that a displacement by `motion` leaves without a reference, as spans
    /// in row order.
    /// - Returns: how many pixels those are.
    func append(changed: UnsafePointer<Bool>, motion: Motion, to spans: inout [dv_span]) -> Int {
        // Columns and rows whose pixel (x + motion.x, y + motion.y) exists.
        let covered = max(0, -motion.x)..<max(max(0, -motion.x), min(width, width - motion.x))
        let coveredRows = max(0, -motion.y)..<max(max(0, -motion.y), min(height, height - motion.y))
        var pixels = 0
        var runs: [Range<Int>] = []
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
            for bx in 0..<across where changed[by * across + bx] { add(columns(bx).clamped(to: covered)) }
            add(covered.upperBound..<width)
            for y in rows(by) {
                if coveredRows.contains(y) {
                    for run in runs {
                        spans.append(dv_span(row: Int32(y), begin: Int32(run.lowerBound), end: Int32(run.upperBound)))
                        pixels += run.count
                    }
                } else {
                    spans.append(dv_span(row: Int32(y), begin: 0, end: Int32(width)))
                    pixels += width
                }
            }
        }
        return pixels
    }
}
