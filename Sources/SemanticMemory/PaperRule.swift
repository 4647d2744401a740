/// The exit rule of SMTM (Li et al., "Boosting Mobile CNN Inference through Semantic Memory", MM 2021, §4.2): SA of each class, its
/// cosine similarities to the hot classes' centers at the exit layers so far, later ones counting more; a frame exits when the best
/// class leads the second by τ.
///
/// The paper's SA_l = Σ 2^(i−1) s_i doubles in scale at every layer; SA ← SA/2 + s orders classes the same, gives the same
/// quotient, and loses no early layer to rounding.
struct CumulativeSimilarity {
    private var sums: [Double]

    init(count: Int) { sums = Array(repeating: 0, count: count) }

    /// - Parameter similarities: by class; those that are nil are out for this frame.
    mutating func add(_ similarities: [Float?]) {
        for k in sums.indices { sums[k] = similarities[k].map { sums[k] / 2 + Double($0) } ?? -.infinity }
    }

    /// The best class, and (SA₁ − SA₂) / SA₂; nil with fewer than two.
    var best: (index: Int, margin: Double)? {
        var first = -Double.infinity, second = -Double.infinity, index = -1
        for k in sums.indices where sums[k] > second {
            if sums[k] > first {
                (second, first, index) = (first, sums[k], k)
            } else {
                second = sums[k]
            }
        }
        return second.isFinite && second > 0 ? (index, (first - second) / second) : nil
    }
}
