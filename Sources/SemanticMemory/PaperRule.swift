/// The exit rule of SMTM (Li et al., "Boosting Mobile CNN Inference through Semantic Memory", MM 2021, §4.2): cosine similarities to
/// the hot classes' centers, summed over the exit layers; a frame exits when the best class leads the second by τ.
struct PaperRule: ExitRule {
    private struct Frame {
        var similarity: CumulativeSimilarity
        let candidates: [Int]
        var bestMargin = 0.0
    }

    private var frame = Frame(similarity: CumulativeSimilarity(count: 0), candidates: [])
    private let target: Double
    let canSkipFrames = false
    let whitened: [[Float]] = []

    init(targetAgreement: Double) { target = targetAgreement }

    var bestMargin: Double { frame.bestMargin }

    mutating func reset() {}

    mutating func begin(_ memory: ClassMemory) {
        frame = Frame(similarity: CumulativeSimilarity(count: memory.classes.count), candidates: memory.hot.indices())
    }

    mutating func skip() { frame.bestMargin = 0 }

    mutating func consider(
        _ layer: Int, _ means: UnsafeBufferPointer<Float>, _ memory: ClassMemory, searches: Bool
    ) -> Recognizer.Exit? {
        guard searches else { return nil }
        var similarities = [Float?](repeating: nil, count: memory.classes.count)
        for k in frame.candidates { similarities[k] = memory.exitLayers[layer].centers.cosine(means, k) }
        frame.similarity.add(similarities)
        guard let best = frame.similarity.best(of: frame.candidates) else { return nil }
        frame.bestMargin = max(frame.bestMargin, best.margin)
        guard best.margin > memory.limits.tau else { return nil }
        return Recognizer.Exit(layer: layer, index: best.index, evidence: .similarity, margin: best.margin)
    }

    mutating func finish(_ exit: Recognizer.Exit, _ memory: inout ClassMemory) {}

    mutating func finish(
        _ index: Int, _ answer: Recognizer.Answer, withheld: Recognizer.Exit?, isWhole: Bool, _ memory: inout ClassMemory
    ) {
        if let withheld { memory.limits.record(.similarity, agreed: withheld.index == index, target: target) }
    }
}

/// SA of each class (paper, §4.2): similarities of the exit layers so far, later ones counting more.
///
/// The paper's SA_l = Σ 2^(i−1) s_i doubles in scale at every layer; SA ← SA/2 + s orders classes the same, gives the same
/// quotient, and loses no early layer to rounding.
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
