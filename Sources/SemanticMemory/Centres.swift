/// One tap's mean vector of every class, as a running mean over the frames that were counted for the class.
///
/// A class that only ever left before this tap has no centre here, and is not considered.
struct Centres: Sendable {
    let channels: Int
    /// Row by row, one a class: as the network gives them.
    private(set) var raw: [Float] = []
    /// How many frames each is the mean of.
    private(set) var counts: [Int] = []
    /// Whitened, one column a class: element (channel, class) at channel · stride + class.
    private(set) var whitened: [Float] = []
    /// −½ |whitened centre|², one a class; −∞ without a centre. The mean of m frames lies further out than its class does, by
    /// `channels` / m on average, which is taken off: else a class that was seen once would never be found again.
    private(set) var offsets: [Float] = []
    private(set) var norms: [Float] = []
    private(set) var stride = 0

    init(channels: Int) { self.channels = channels }

    mutating func append(_ centre: [Float]?, count: Int, _ whitening: Whitening) {
        raw += centre ?? Array(repeating: 0, count: channels)
        counts.append(centre == nil ? 0 : count)
        offsets.append(-.infinity)
        norms.append(0)
        if counts.count > stride { widen() }
        if centre != nil { renew(counts.count - 1, whitening) }
    }

    /// SC ← (SC · m + SV) / (m + 1), m ← m + 1 (paper, §4.3).
    ///
    /// - Parameter z: the vector whitened; nil leaves the whitened centre as it was.
    mutating func add(_ vector: UnsafePointer<Float>, whitened z: UnsafePointer<Float>?, to index: Int) {
        let share = 1 / Float(counts[index] + 1)
        counts[index] += 1
        var square: Float = 0
        raw.withUnsafeMutableBufferPointer { raw in
            for c in 0..<channels {
                let value = raw[index * channels + c] + (vector[c] - raw[index * channels + c]) * share
                raw[index * channels + c] = value
                square += value * value
            }
        }
        norms[index] = square.squareRoot()
        guard let z else { return }
        square = 0
        whitened.withUnsafeMutableBufferPointer { whitened in
            for c in 0..<channels {
                let value = whitened[c * stride + index] + (z[c] - whitened[c * stride + index]) * share
                whitened[c * stride + index] = value
                square += value * value
            }
        }
        setOffset(index, square)
    }

    private mutating func setOffset(_ index: Int, _ square: Float) {
        offsets[index] = -0.5 * max(0, square - Float(channels) / Float(max(1, counts[index])))
    }

    func centre(_ index: Int) -> ArraySlice<Float> { raw[index * channels..<(index + 1) * channels] }

    private mutating func renew(_ index: Int, _ whitening: Whitening) {
        let z = whitening.apply(Array(centre(index)))
        var square: Float = 0
        for c in 0..<channels {
            whitened[c * stride + index] = z[c]
            square += z[c] * z[c]
        }
        setOffset(index, square)
        norms[index] = centre(index).reduce(0) { $0 + $1 * $1 }.squareRoot()
    }

    private mutating func widen() {
        let wider = (counts.count + 15) / 16 * 16
        var moved = [Float](repeating: 0, count: channels * wider)
        for c in 0..<channels { for k in 0..<min(stride, counts.count) { moved[c * wider + k] = whitened[c * stride + k] } }
        (whitened, stride) = (moved, wider)
    }

    /// Writes z · centre − ½ |centre|² for every class: the logarithm of how much better than the origin it explains `z`.
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

    /// The paper's similarity: the cosine of the vector and a class's centre as the network gives them; nil without a centre.
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
