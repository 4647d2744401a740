import Foundation

/// The mean vector of every class at one exit layer (the paper's semantic centers, SC), as a running mean over the class's frames.
///
/// A class whose frames all exited before this layer has no center here, and is not considered.
struct ClassCenters: Sendable {
    let channels: Int
    /// As the network gives them, a class a row: [classes × channels].
    private(set) var raw: [Float] = []
    /// How many frames each is the mean of.
    private(set) var counts: [Int] = []
    /// Whitened, a class a column: [channels × stride].
    private(set) var whitened: [Float] = []
    /// −½ |whitened center|², one a class; −∞ without a center. The squared norm of a mean of m frames exceeds its class's by
    /// `channels` / m on average, which is taken off: else a class that was seen once would never be found again.
    private(set) var offsets: [Float] = []
    private(set) var norms: [Float] = []
    private(set) var stride = 0

    init(channels: Int) { self.channels = channels }

    /// Adds a class. - Parameter center: nil for one without frames.
    mutating func append(_ center: [Float]?, count: Int, _ whitening: Whitening) {
        raw += center ?? Array(repeating: 0, count: channels)
        counts.append(center == nil ? 0 : count)
        offsets.append(-.infinity)
        norms.append(0)
        if counts.count > stride { widen() }
        guard let center else { return }
        let index = counts.count - 1, z = whitening.apply(center)
        for c in 0..<channels { whitened[c * stride + index] = z[c] }
        setOffset(index, z.reduce(0) { $0 + $1 * $1 })
        norms[index] = center.reduce(0) { $0 + $1 * $1 }.squareRoot()
    }

    /// SC ← (SC · m + SV) / (m + 1), m ← m + 1 (paper, §4.3).
    ///
    /// - Parameter z: the vector whitened; nil leaves the whitened center as it was.
    mutating func add(_ vector: [Float], whitened z: [Float]?, to index: Int) {
        let weight = 1 / Float(counts[index] + 1)
        counts[index] += 1
        norms[index] = Self.move(&raw, from: index * channels, by: 1, toward: vector, weight).squareRoot()
        if let z { setOffset(index, Self.move(&whitened, from: index, by: stride, toward: z, weight)) }
    }

    /// Moves the elements of `means` at `first`, `first + stride`, … toward `vector`. - Returns: their squared norm.
    private static func move(
        _ means: inout [Float], from first: Int, by stride: Int, toward vector: [Float], _ weight: Float
    ) -> Float {
        means.withUnsafeMutableBufferPointer { means in
            vector.withUnsafeBufferPointer { vector in
                var square: Float = 0, at = first
                for c in 0..<vector.count {
                    let value = means[at] + (vector[c] - means[at]) * weight
                    means[at] = value
                    square += value * value
                    at += stride
                }
                return square
            }
        }
    }

    private mutating func setOffset(_ index: Int, _ square: Float) {
        offsets[index] = -0.5 * max(0, square - Float(channels) / Float(max(1, counts[index])))
    }

    /// Makes room for 16 more classes in `whitened`.
    private mutating func widen() {
        let wider = (counts.count + 15) / 16 * 16
        var moved = [Float](repeating: 0, count: channels * wider)
        for c in 0..<channels { for k in 0..<min(stride, counts.count) { moved[c * wider + k] = whitened[c * stride + k] } }
        (whitened, stride) = (moved, wider)
    }

    /// Writes z · center − ½ |center|² for every class: the log-likelihood ratio of the class against one whose center is the origin.
    ///
    /// - Complexity: O(channels × classes).
    func scores(_ z: UnsafePointer<Float>, _ result: UnsafeMutablePointer<Float>) {
        let count = counts.count
        for k in 0..<count { result[k] = offsets[k] }
        whitened.withUnsafeBufferPointer { whitened in
            for c in 0..<channels {
                let value = z[c], row = whitened.baseAddress! + c * stride
                for k in 0..<count { result[k] += row[k] * value }
            }
        }
    }

    /// The paper's similarity: the cosine of the vector and a class's center as the network gives them; nil without a center.
    func cosine(_ vector: UnsafeBufferPointer<Float>, _ index: Int) -> Float? {
        guard counts[index] > 0, norms[index] > 0 else { return nil }
        var dot: Float = 0, square: Float = 0
        for c in 0..<channels {
            dot += vector[c] * raw[index * channels + c]
            square += vector[c] * vector[c]
        }
        return square > 0 ? dot / (norms[index] * square.squareRoot()) : nil
    }
}

/// Likelihood of a frame of an unknown class at one exit layer.
///
/// In whitened coordinates frames have covariance I about their class's center, and centers have covariance B about the origin,
/// estimated from the known ones; so a frame of an unknown class is drawn from N(0, I + B) (the two-covariance model of
/// probabilistic linear discriminant analysis: Ioffe, ECCV 2006).
struct BackgroundModel: Sendable {
    /// L⁻¹, with L Lᵀ = I + B.
    let whitening: Whitening
    /// log |L|.
    private let logDeterminant: Float
    /// Fraction of B that is replaced by its mean variance in all directions, as a new class may differ in directions in which
    /// the known ones do not. Chosen with the other constants of the odds rule (`OddsRule.Parameters`).
    private static let isotropy = 0.1

    init(columns: [Float], channels: Int) {
        whitening = Whitening(mean: Array(repeating: 0, count: channels), columns: columns)
        logDeterminant = -(0..<channels).reduce(0) { $0 + log(max(columns[$1 * channels + $1], 1e-20)) }
    }

    /// - Parameter centers: of the known classes, whitened. - Complexity: O(channels³).
    init(centers: [[Float]], channels n: Int) {
        var matrix = [Double](repeating: 0, count: n * n)
        for center in centers {
            for a in 0..<n {
                for b in 0..<n { matrix[a * n + b] += Double(center[a]) * Double(center[b]) / Double(max(1, centers.count - 1)) }
            }
        }
        let variance = Self.isotropy * (0..<n).reduce(0.0) { $0 + matrix[$1 * n + $1] } / Double(n)
        for i in matrix.indices { matrix[i] *= 1 - Self.isotropy }
        for c in 0..<n { matrix[c * n + c] += 1 + variance }
        self.init(columns: Whitening.inverse(ofRootOf: &matrix, n).map { Float($0) }, channels: n)
    }

    /// The log-likelihood ratio against a class whose center is the origin: on the scale of `ClassCenters.scores`.
    ///
    /// - Complexity: O(channels²).
    func score(_ z: UnsafeBufferPointer<Float>) -> Float {
        withUnsafeTemporaryAllocation(of: Float.self, capacity: z.count) { own in
            whitening.apply(z, to: own.baseAddress!)
            var sum: Float = 0
            for c in 0..<z.count { sum += z[c] * z[c] - own[c] * own[c] }
            return sum / 2 - logDeterminant
        }
    }
}
