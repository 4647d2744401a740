/// How much more than elsewhere may be withheld in each part of the picture: a factor for every cell of 32 × 32 input pixels.
///
/// Scores far from the threshold can move a lot before an answer changes; those near it cannot.
public final class ToleranceMap {
    /// Side of a cell in input pixels: the coarsest stride of the usual networks.
    public static let cell = 32

    public let rows: Int
    public let columns: Int
    /// Factors of the tolerance's square, row by row.
    let squares: UnsafeMutablePointer<Float>

    init(height: Int, width: Int) {
        rows = (height + Self.cell - 1) / Self.cell
        columns = (width + Self.cell - 1) / Self.cell
        squares = .allocate(capacity: rows * columns)
        squares.initialize(repeating: 1, count: rows * columns)
    }

    deinit { squares.deallocate() }

    /// Gives every cell the same factor (≥ 0).
    public func fill(_ factor: Float) { squares.update(repeating: factor * factor, count: rows * columns) }

    /// Lowers the cells that a rectangle of input pixels touches to `factor` at most.
    public func limit(to factor: Float, left: Float, top: Float, right: Float, bottom: Float) {
        guard left <= right, top <= bottom else { return }
        let side = Float(Self.cell)
        func index(_ value: Float, _ count: Int) -> Int { Int(min(max(value / side, 0), Float(count - 1))) }
        for row in index(top, rows)...index(bottom, rows) {
            for column in index(left, columns)...index(right, columns) {
                squares[row * columns + column] = min(squares[row * columns + column], factor * factor)
            }
        }
    }
}

/// In which cell of the map each row and column of a layer lies.
final class CellTable {
    let rows: UnsafeMutablePointer<Int32>
    let columns: UnsafeMutablePointer<Int32>

    /// Nil for layers coarser than the map, one pixel of which sees many cells.
    init?(_ map: ToleranceMap, height: Int, width: Int) {
        guard height >= map.rows, width >= map.columns else { return nil }
        rows = .allocate(capacity: height)
        columns = .allocate(capacity: width)
        for y in 0..<height { rows[y] = Int32(y * map.rows / height * map.columns) }
        for x in 0..<width { columns[x] = Int32(x * map.columns / width) }
    }

    deinit {
        rows.deallocate()
        columns.deallocate()
    }
}
