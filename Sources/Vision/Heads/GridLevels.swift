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
