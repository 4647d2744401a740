import Foundation

/// What frames look like at a tap whatever their class: what a class that is not known has to be told from.
///
/// Whitened, frames scatter about their class by 1 in every direction. Classes scatter about the origin as those that are
/// known do, by B; so a frame of a class never seen is drawn from N(0, I + B), and a class has to explain a frame better than
/// that to be its class (the two-covariance model of Ioffe's probabilistic linear discriminant analysis, ECCV 2006).
struct Background: Sendable {
    /// L⁻¹, with L Lᵀ = I + B.
    let whitening: Whitening
    /// log |L|.
    private let logDeterminant: Float
    /// How much of B is taken as alike in all directions: a new class may differ in others than those that are known.
    private static let roundness = 0.1

    init(columns: [Float], channels: Int) {
        whitening = Whitening(mean: Array(repeating: 0, count: channels), columns: columns)
        logDeterminant = -(0..<channels).reduce(0) { $0 + log(max(columns[$1 * channels + $1], 1e-20)) }
    }

    /// - Parameter centres: of the known classes, whitened. - Complexity: O(channels³).
    init(centres: [[Float]], channels n: Int) {
        var matrix = [Double](repeating: 0, count: n * n)
        for centre in centres {
            for a in 0..<n {
                for b in 0..<n { matrix[a * n + b] += Double(centre[a]) * Double(centre[b]) / Double(max(1, centres.count - 1)) }
            }
        }
        let round = Self.roundness * (0..<n).reduce(0.0) { $0 + matrix[$1 * n + $1] } / Double(n)
        for i in matrix.indices { matrix[i] *= 1 - Self.roundness }
        for c in 0..<n { matrix[c * n + c] += 1 + round }
        self.init(columns: Whitening.inverse(ofRootOf: &matrix, n).map { Float($0) }, channels: n)
    }

    /// The logarithm of how much better than the origin it explains `z`: on the scale of `Centres.scores`.
    ///
    /// - Complexity: O(channels²).
    func score(_ z: UnsafeBufferPointer<Float>) -> Float {
        withUnsafeTemporaryAllocation(of: Float.self, capacity: z.count) { own in
            whitening.apply(z, to: own.baseAddress!)
            var gained: Float = 0
            for c in 0..<z.count { gained += z[c] * z[c] - own[c] * own[c] }
            return gained / 2 - logDeterminant
        }
    }
}
