/// The paper's exit rule (§4.2): similarities of the taps so far, the later ones counting more.
///
/// SA_l = Σ 2^(i−1) s_i doubles in scale at every tap; SA ← SA/2 + s orders classes the same, gives the same quotient, and
/// loses no early tap to rounding.
struct CumulativeSimilarity {
    private(set) var sums: [Double]

    init(count: Int) { sums = Array(repeating: 0, count: count) }

    /// - Parameter similarities: by class; those that are nil are out for this frame.
    mutating func add(_ similarities: [Float?]) {
        for k in sums.indices { sums[k] = similarities[k].map { sums[k] / 2 + Double($0) } ?? -.infinity }
    }

    /// The best class among `candidates`, and (SA₁ − SA₂) / SA₂; nil with fewer than two.
    func best(of candidates: [Int]) -> (index: Int, margin: Double)? {
        var first = -Double.infinity, second = -Double.infinity, index = -1
        for k in candidates where sums[k] > second {
            if sums[k] > first {
                (second, first, index) = (first, sums[k], k)
            } else {
                second = sums[k]
            }
        }
        guard second.isFinite, second > 0 else { return nil }
        return (index, (first - second) / second)
    }
}
