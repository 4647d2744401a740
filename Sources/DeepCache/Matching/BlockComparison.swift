import CKernels
import Foundation

/// The blocks of a picture against displaced blocks of the reference.
struct BlockComparison {
    let grid: BlockGrid
    let channels: Int
    let rowBytes: Int
    let picture: UnsafePointer<UInt8>
    let reference: UnsafePointer<UInt8>

    /// Squared error of block (bx, by) against the reference displaced by `motion`, over the pixels that exist there; nil
    /// if none does.
    func error(_ bx: Int, _ by: Int, _ motion: Motion) -> SquaredError? {
        let columns = grid.columns(bx), rows = grid.rows(by)
        let left = max(columns.lowerBound, -motion.x), right = min(columns.upperBound, grid.width - motion.x)
        let top = max(rows.lowerBound, -motion.y), bottom = min(rows.upperBound, grid.height - motion.y)
        guard left < right, top < bottom else { return nil }
        let bytes = (right - left) * channels
        let sum = dv_squared_difference(
            picture + top * rowBytes + left * channels, reference + (top + motion.y) * rowBytes + (left + motion.x) * channels,
            Int64(rowBytes), Int32(bytes), Int32(bottom - top))
        return SquaredError(sum: Int(sum), count: bytes * (bottom - top))
    }

    /// As `error`, but nil unless at least half of the block exists in the reference: a search must not run out of the
    /// picture after a sliver that happens to fit.
    func searchError(_ bx: Int, _ by: Int, _ motion: Motion) -> SquaredError? {
        guard let error = error(bx, by, motion), 2 * error.count >= grid.columns(bx).count * grid.rows(by).count * channels else {
            return nil
        }
        return error
    }
}

/// A sum of squared differences of 8-bit values, and how many there were.
struct SquaredError {
    var sum: Int
    var count: Int

    /// Whether the mean is smaller. Exact: no division.
    static func < (a: SquaredError, b: SquaredError) -> Bool { a.sum * b.count < b.sum * a.count }

    /// The mean squared error at `decibels` of PSNR: 255² / 10^(dB / 10).
    static func limit(decibels: Double) -> Double { 65025 / pow(10, decibels / 10) }

    /// Whether the PSNR is above the limit's. That of equal pixels is infinite, and above every limit.
    func isBelow(_ limit: Double) -> Bool { sum == 0 || Double(sum) < limit * Double(count) }
}
