import Tensors

/// One output seen as rows of floats, wherever in memory they lie.
///
/// Borrows the tensor's memory: valid only while the outputs handed to `Head.decode` are.
struct OutputRows {
    let base: UnsafePointer<Float>
    let rows: Int
    let columns: Int
    /// Floats from one row to the next.
    let rowStride: Int

    init(base: UnsafePointer<Float>, rows: Int, columns: Int, rowStride: Int) {
        (self.base, self.rows, self.columns, self.rowStride) = (base, rows, columns, rowStride)
    }

    /// The last two axes of a float tensor whose other axes are 1; nil for any other.
    init?(_ tensor: Tensor) {
        let dims = tensor.shape.dims
        guard tensor.elementType == .float32, dims.count >= 2, dims.dropLast(2).allSatisfy({ $0 == 1 }) else { return nil }
        self.init(
            base: tensor.baseAddress.assumingMemoryBound(to: Float.self), rows: dims[dims.count - 2],
            columns: dims[dims.count - 1], rowStride: dims[dims.count - 1])
    }

    func row(_ index: Int) -> UnsafePointer<Float> { base + index * rowStride }

    /// Some of the columns.
    func columns(_ range: Range<Int>) -> OutputRows {
        OutputRows(base: base + range.lowerBound, rows: rows, columns: range.count, rowStride: rowStride)
    }

    /// Some of the rows.
    func rows(_ range: Range<Int>) -> OutputRows {
        OutputRows(base: row(range.lowerBound), rows: range.count, columns: columns, rowStride: rowStride)
    }
}

/// The cells that an anchor-free detector predicts for: one grid for each stride, row by row, finest first.
struct GridLevels: Sendable {
    struct Level: Sendable {
        /// Model pixels per cell.
        let stride: Int
        let columns, rows: Int
        /// Index of the level's first cell among all.
        let start: Int
        var count: Int { columns * rows }
    }

    let levels: [Level]
    let count: Int

    init(strides: [Int], modelWidth: Int, modelHeight: Int) {
        var levels: [Level] = []
        var start = 0
        for stride in strides {
            let level = Level(
                stride: stride, columns: (modelWidth + stride - 1) / stride, rows: (modelHeight + stride - 1) / stride, start: start)
            levels.append(level)
            start += level.count
        }
        (self.levels, count) = (levels, start)
    }

    /// Column, row and stride of cell `index`.
    func cell(_ index: Int) -> (column: Float, row: Float, stride: Float) {
        let level = levels.last { $0.start <= index } ?? levels[0]
        let (row, column) = (index - level.start).quotientAndRemainder(dividingBy: level.columns)
        return (Float(column), Float(row), Float(level.stride))
    }

    var description: String { levels.map { "\($0.count) for stride \($0.stride)" }.joined(separator: " + ") }
}
