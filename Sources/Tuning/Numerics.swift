import CKernels

/// A matrix of doubles, row-major. Small: what is done with it takes the cube of its side.
struct Matrix {
    let rows, columns: Int
    var values: [Double]

    init(_ rows: Int, _ columns: Int, _ values: [Double]? = nil) {
        (self.rows, self.columns) = (rows, columns)
        self.values = values ?? [Double](repeating: 0, count: rows * columns)
    }

    subscript(row: Int, column: Int) -> Double {
        get { values[row * columns + column] }
        set { values[row * columns + column] = newValue }
    }

    /// self · otherᵀ. O(rows · other.rows · columns).
    func times(transposed other: Matrix) -> Matrix {
        precondition(columns == other.columns)
        var product = Matrix(rows, other.rows)
        dv_multiply_transposed(values, other.values, &product.values, Int32(rows), Int32(other.rows), Int32(columns))
        return product
    }

    var transposed: Matrix {
        var result = Matrix(columns, rows)
        for row in 0..<rows { for column in 0..<columns { result[column, row] = self[row, column] } }
        return result
    }

    /// These columns, in this order.
    func selecting(columns chosen: [Int]) -> Matrix {
        var result = Matrix(rows, chosen.count)
        for row in 0..<rows {
            for (place, column) in chosen.enumerated() { result.values[row * chosen.count + place] = values[row * columns + column] }
        }
        return result
    }

    func selecting(rows chosen: [Int]) -> Matrix {
        Matrix(chosen.count, columns, chosen.flatMap { values[$0 * columns..<($0 + 1) * columns] })
    }

    /// The inverse of a symmetric matrix that is at least positive semidefinite, with a share of the mean of its diagonal added to the
    /// diagonal: what is not sure of itself in the data is held near to nothing. Nil for matrices with undefined elements.
    func ridgeInverse(_ share: Double = 1e-4) -> Matrix? {
        let mean = (0..<rows).reduce(0) { $0 + self[$1, $1] } / Double(max(rows, 1))
        guard mean.isFinite else { return nil }
        // Ten times as much each time, until rounding no longer makes the matrix indefinite.
        for power in 0..<4 {
            var inverse = self
            let ridge = (mean > 0 ? mean : 1) * share * [1, 10, 100, 1000][power]
            for index in 0..<rows { inverse[index, index] += ridge }
            if dv_invert_symmetric(&inverse.values, Int32(rows)) != 0 { return inverse }
        }
        return nil
    }

    /// Eigenvalues of a symmetric matrix, falling, and the eigenvectors, one a row.
    func eigen() -> (values: [Double], vectors: Matrix) {
        var (own, values, vectors) = (self.values, [Double](repeating: 0, count: rows), Matrix(rows, rows))
        dv_symmetric_eigen(&own, Int32(rows), &values, &vectors.values)
        return (values, vectors)
    }

    /// Σ over rows of r · symmetric · rᵀ: the squared length of what this linear map makes of inputs with these second moments.
    func energy(_ symmetric: Matrix) -> Double {
        zip(times(transposed: symmetric).values, values).reduce(0) { $0 + $1.0 * $1.1 }
    }
}

/// Second moments of what a convolution reads: of its windows, with a 1 as the last element.
struct Moments {
    /// Mean of x·xᵀ, symmetric.
    let matrix: Matrix

    var count: Int { matrix.rows }

    /// - Parameter sum: lower triangle of the sum over so many windows.
    init(sum: [Double], side: Int, windows: Int) {
        var matrix = Matrix(side, side)
        for row in 0..<side {
            for column in 0...row {
                let mean = sum[row * side + column] / Double(max(windows, 1))
                matrix[row, column] = mean
                matrix[column, row] = mean
            }
        }
        self.matrix = matrix
    }

    /// How a linear map's outputs vary about their means, summed over the outputs; the map's last column is its bias.
    func variation(_ map: Matrix) -> Double {
        let last = count - 1
        var centered = Matrix(last, last)
        for row in 0..<last {
            for column in 0..<last { centered[row, column] = matrix[row, column] - matrix[row, last] * matrix[last, column] }
        }
        return map.selecting(columns: Array(0..<last)).energy(centered)
    }
}
