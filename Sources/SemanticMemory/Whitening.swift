/// Maps channel means of an exit layer to coordinates in which the covariance within classes is the identity.
///
/// z = L⁻¹ (x − mean), with L Lᵀ that covariance. The distance between two frames is then the Mahalanobis distance, and the
/// scores of classes weigh each direction by how well it tells classes apart. (The paper takes cosines of the vectors as they
/// are, almost all of which point the same way: on CIFAR-10 the best class at the ends of resnet20's blocks is then the
/// network's in 24 to 64 % of images, and with whitening in 34 to 80 %.)
struct Whitening: Sendable {
    let mean: [Float]
    /// L⁻¹ by columns: element (row, column) at column · channels + row; zero above the diagonal.
    let columns: [Float]

    var channels: Int { mean.count }

    init(mean: [Float], columns: [Float]) { (self.mean, self.columns) = (mean, columns) }

    /// - Parameters:
    ///   - means: of each class; the mean of these is the origin, so that frequent classes weigh no more than rare ones.
    ///   - scatter: sum of (x − class mean)(x − class mean)ᵀ over `count` frames, row by row.
    /// - Complexity: O(channels³).
    init(means: [[Float]], scatter: [Double], count: Int) {
        let n = means[0].count
        var origin = [Double](repeating: 0, count: n)
        for mean in means { for c in 0..<n { origin[c] += Double(mean[c]) / Double(means.count) } }
        mean = origin.map { Float($0) }
        // Few frames tell little of correlations: the fewer, the more the covariance is shrunk to its diagonal.
        let shrinkage = Double(n) / Double(n + count), frames = Double(max(1, count))
        let average = (0..<n).reduce(0.0) { $0 + scatter[$1 * n + $1] } / frames / Double(n)
        var matrix = scatter.map { $0 / frames * (1 - shrinkage) }
        // A channel without variance in these frames must not dominate once it varies.
        for c in 0..<n { matrix[c * n + c] += shrinkage * scatter[c * n + c] / frames + 1e-3 * average + 1e-12 }
        columns = Self.inverse(ofRootOf: &matrix, n).map { Float($0) }
    }

    /// The inverse of the Cholesky factor of an n × n matrix, by columns. `matrix` is overwritten.
    static func inverse(ofRootOf matrix: inout [Double], _ n: Int) -> [Double] {
        var inverse = [Double](repeating: 0, count: n * n)
        matrix.withUnsafeMutableBufferPointer { a in
            for j in 0..<n {
                var diagonal = a[j * n + j]
                for k in 0..<j { diagonal -= a[j * n + k] * a[j * n + k] }
                let root = max(diagonal, 1e-20).squareRoot()
                a[j * n + j] = root
                for i in j + 1..<max(j + 1, n) {
                    var sum = a[i * n + j]
                    for k in 0..<j { sum -= a[i * n + k] * a[j * n + k] }
                    a[i * n + j] = sum / root
                }
            }
            for column in 0..<n {
                inverse[column * n + column] = 1 / a[column * n + column]
                for row in column + 1..<max(column + 1, n) {
                    var sum = 0.0
                    for k in column..<row { sum -= a[row * n + k] * inverse[column * n + k] }
                    inverse[column * n + row] = sum / a[row * n + row]
                }
            }
        }
        return inverse
    }

    /// Writes z for `vector` to `result`. - Complexity: O(channels²).
    func apply(_ vector: UnsafeBufferPointer<Float>, to result: UnsafeMutablePointer<Float>) {
        let n = channels
        result.update(repeating: 0, count: n)
        columns.withUnsafeBufferPointer { columns in
            mean.withUnsafeBufferPointer { mean in
                for c in 0..<n {
                    let value = vector[c] - mean[c], column = columns.baseAddress! + c * n
                    // Zeros above the diagonal are left out, down to a multiple of 16 so that whole vector registers are used.
                    for r in c & ~15..<n { result[r] += column[r] * value }
                }
            }
        }
    }

    func apply(_ vector: [Float]) -> [Float] {
        [Float](unsafeUninitializedCapacity: channels) { buffer, count in
            vector.withUnsafeBufferPointer { apply($0, to: buffer.baseAddress!) }
            count = channels
        }
    }
}
