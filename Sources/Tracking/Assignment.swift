/// What pairing a row with a column costs.
package struct CostMatrix {
    package let rows, columns: Int
    private let values: [Double]

    package init(rows: Int, columns: Int, _ cost: (Int, Int) -> Double) {
        (self.rows, self.columns) = (rows, columns)
        values = (0..<rows * columns).map { cost($0 / columns, $0 % columns) }
    }

    package subscript(row: Int, column: Int) -> Double { values[row * columns + column] }
}

extension CostMatrix {
    /// The pairs of an optimal assignment in which staying alone costs a row or a column half of `limit`.
    ///
    /// That is what `lap.lapjv(extend_cost=True, cost_limit=limit)` solves in the published code: no pair costs `limit` or
    /// more, and no set of such pairs saves more. Pairs are as good as nothing from the limit on; with that, extending the
    /// matrix is not needed. By shortest augmenting paths (Jonker and Volgenant, 1987), in O(n²·m) for n ≤ m.
    ///
    /// - Returns: for each row its column, or nil.
    package func assignment(limit: Double) -> [Int?] {
        guard rows > 0, columns > 0 else { return Array(repeating: nil, count: rows) }
        guard rows <= columns else {
            let rowOf = CostMatrix(rows: columns, columns: rows) { self[$1, $0] }.assignment(limit: limit)
            return (0..<rows).map { row in rowOf.firstIndex { $0 == row } }
        }
        // Row and column 0 stand for "none": real ones count from 1.
        func gain(_ row: Int, _ column: Int) -> Double {
            let cost = self[row - 1, column - 1]
            return cost < limit ? cost - limit : 0
        }
        var rowPotential = [Double](repeating: 0, count: rows + 1)
        var columnPotential = [Double](repeating: 0, count: columns + 1)
        var rowOf = [Int](repeating: 0, count: columns + 1)
        var previous = rowOf
        var slack = columnPotential
        var isVisited = [Bool](repeating: false, count: columns + 1)
        for row in 1...rows {
            for column in 0...columns { (slack[column], isVisited[column]) = (.infinity, false) }
            rowOf[0] = row
            var column = 0
            repeat {
                isVisited[column] = true
                let current = rowOf[column]
                var (step, next) = (Double.infinity, 0)
                for other in 1...columns where !isVisited[other] {
                    let reduced = gain(current, other) - rowPotential[current] - columnPotential[other]
                    if reduced < slack[other] { (slack[other], previous[other]) = (reduced, column) }
                    if slack[other] < step { (step, next) = (slack[other], other) }
                }
                for other in 0...columns {
                    if isVisited[other] {
                        rowPotential[rowOf[other]] += step
                        columnPotential[other] -= step
                    } else {
                        slack[other] -= step
                    }
                }
                column = next
            } while rowOf[column] != 0
            while column != 0 {
                rowOf[column] = rowOf[previous[column]]
                column = previous[column]
            }
        }
        var result = [Int?](repeating: nil, count: rows)
        for column in 1...columns where rowOf[column] > 0 && gain(rowOf[column], column) < 0 { result[rowOf[column] - 1] = column - 1 }
        return result
    }
}
