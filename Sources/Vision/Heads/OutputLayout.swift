import Tensors

/// One output seen as rows of floats, wherever in memory they lie.
///
/// Borrows the tensor's memory: valid only while the outputs handed to `Head.decode` are.
struct OutputRows {
    let base: UnsafePointer<Float>
    let rows, columns: Int
    /// Floats from one row to the next, and from one column to the next.
    let rowStride: Int
    var columnStride = 1
}

extension OutputRows {
    /// The last two axes of a float tensor whose other axes are 1; nil for any other.
    init?(_ tensor: Tensor) {
        let dims = tensor.shape.dims
        guard let base = tensor.floats, dims.count >= 2, dims.dropLast(2).allSatisfy({ $0 == 1 }) else { return nil }
        let columns = dims[dims.count - 1]
        self.init(base: base, rows: dims[dims.count - 2], columns: columns, rowStride: columns)
    }

    /// The first output that can be seen so: of a model that gives rows and something else, the rows.
    init?(firstOf outputs: [NamedTensor]) {
        guard let rows = outputs.lazy.compactMap({ OutputRows($0.tensor) }).first else { return nil }
        self = rows
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

extension Tensor {
    /// Its memory; nil where its elements are of another type.
    var floats: UnsafePointer<Float>? {
        elementType == .float32 ? UnsafePointer(baseAddress.assumingMemoryBound(to: Float.self)) : nil
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

        /// Column and row of the level's cell `index`.
        func cell(_ index: Int) -> (column: Float, row: Float) {
            let (row, column) = index.quotientAndRemainder(dividingBy: columns)
            return (Float(column), Float(row))
        }
    }

    let levels: [Level]
    let count: Int

    init(strides: [Int], modelWidth: Int, modelHeight: Int) {
        var count = 0
        levels = strides.map { stride in
            let (columns, rows) = ((modelWidth + stride - 1) / stride, (modelHeight + stride - 1) / stride)
            defer { count += columns * rows }
            return Level(stride: stride, columns: columns, rows: rows, start: count)
        }
        self.count = count
    }

    /// Column, row and stride of cell `index`.
    func cell(_ index: Int) -> (column: Float, row: Float, stride: Float) {
        let level = levels.last { $0.start <= index } ?? levels[0]
        let (column, row) = level.cell(index - level.start)
        return (column, row, Float(level.stride))
    }

    var description: String { levels.map { "\($0.count) for stride \($0.stride)" }.joined(separator: " + ") }
}
