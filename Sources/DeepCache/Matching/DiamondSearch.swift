import CKernels
import Foundation

/// The blocks of a picture against displaced blocks of the reference.
struct DiamondSearch {
    typealias Found = (motion: Motion, error: SquaredError)

    let grid: BlockGrid
    let channels: Int
    let rowBytes: Int
    let picture: UnsafePointer<UInt8>
    let reference: UnsafePointer<UInt8>
    /// Most moves of the large diamond.
    let steps: Int

    static let large = [
        Motion(x: 0, y: 2), Motion(x: 1, y: 1), Motion(x: 2, y: 0), Motion(x: 1, y: -1), Motion(x: 0, y: -2), Motion(x: -1, y: -1),
        Motion(x: -2, y: 0), Motion(x: -1, y: 1),
    ]
    static let small = [Motion(x: 0, y: 1), Motion(x: 1, y: 0), Motion(x: 0, y: -1), Motion(x: -1, y: 0)]

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

    /// Where block (bx, by) is found by diamond search (Zhu and Ma, 2000): from the best of `starts` a large diamond walks while a neighbor
    /// is better than its centre, then a small one looks around the last centre. Nil if no start lies in the reference.
    func find(_ bx: Int, _ by: Int, from starts: [Motion]) -> Found? {
        guard var best = better(than: nil, starts, bx, by) else { return nil }
        for _ in 0..<steps where best.error.sum > 0 {
            guard let better = better(than: best, Self.large, bx, by) else { break }
            best = better
        }
        return best.error.sum > 0 ? better(than: best, Self.small, bx, by) ?? best : best
    }

    /// The best of the displacements at `offsets` from a centre, if it is better than that. At least half of the block has to exist in the
    /// reference: a search must not run out of the picture after a sliver that happens to fit.
    private func better(than centre: Found?, _ offsets: [Motion], _ bx: Int, _ by: Int) -> Found? {
        let at = centre?.motion ?? .none
        var best: Found?
        for offset in offsets {
            let motion = Motion(x: at.x + offset.x, y: at.y + offset.y)
            guard let error = error(bx, by, motion), 2 * error.count >= grid.columns(bx).count * grid.rows(by).count * channels else {
                continue
            }
            if (best ?? centre).map({ error < $0.error }) ?? true { best = (motion, error) }
        }
        return best
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
