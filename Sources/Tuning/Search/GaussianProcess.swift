import Foundation

/// A guess at a function from a few of its values, with how sure it is: a Gaussian process with a squared exponential kernel.
struct GaussianProcess {
    private let points: [[Double]]
    private let inverse: Matrix
    /// K⁻¹ · (y − mean).
    private let weights: [Double]
    private let mean, scale: Double

    /// How far apart points are that say little of each other, in the points' own units.
    private static let length = 0.45
    /// Of a value, as a share of the spread of all.
    private static let noise = 0.08

    /// Nil without values. O(values³).
    init?(_ points: [[Double]], _ values: [Double]) {
        guard !points.isEmpty, points.count == values.count else { return nil }
        let mean = values.reduce(0, +) / Double(values.count)
        let variance = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(values.count)
        var kernel = Matrix(points.count, points.count)
        for row in points.indices {
            for column in points.indices {
                kernel[row, column] = Self.kernel(points[row], points[column]) + (row == column ? Self.noise * Self.noise : 0)
            }
        }
        guard let inverse = kernel.ridgeInverse(1e-9) else { return nil }
        let scale = max(variance.squareRoot(), 1e-6)
        let weights = Matrix(1, values.count, values.map { ($0 - mean) / scale }).times(transposed: inverse).values
        (self.points, self.inverse, self.weights, self.mean, self.scale) = (points, inverse, weights, mean, scale)
    }

    private static func kernel(_ a: [Double], _ b: [Double]) -> Double {
        let squared = zip(a, b).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }
        return exp(-squared / (2 * length * length))
    }

    /// The value at a point and its standard deviation.
    func predict(_ point: [Double]) -> (mean: Double, deviation: Double) {
        let near = points.map { Self.kernel($0, point) }
        let guess = zip(near, weights).reduce(0) { $0 + $1.0 * $1.1 }
        let row = Matrix(1, near.count, near)
        let known = zip(row.times(transposed: inverse).values, near).reduce(0) { $0 + $1.0 * $1.1 }
        return (mean + scale * guess, scale * max(1 + Self.noise * Self.noise - known, 1e-9).squareRoot())
    }

    /// The probability that a value at a point is below a limit.
    func probability(_ point: [Double], below limit: Double) -> Double {
        let (mean, deviation) = predict(point)
        return 0.5 * erfc((mean - limit) / (deviation * 2.0.squareRoot()))
    }
}
