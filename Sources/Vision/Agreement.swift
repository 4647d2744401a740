/// How far two answers to the same frame agree, in the task's own terms.
public enum Agreement {
    /// Share of the score that a box needs to be a partner: one that only just misses the score is no disagreement.
    package static let lenientShare: Float = 0.75

    /// What counts as agreeing, of two answers with boxes. Other heads know one rule only.
    public enum Rule: String, Codable, Sendable, CaseIterable {
        /// F1 of boxes; three quarters of the score make a partner, for what flickers around it is no disagreement.
        case boxes
        /// F1 of boxes; both sides count only what is reported.
        case strict
        /// F1 of boxes; whatever a tracker would go on with makes a partner (scores of 0.1): a track does not end where a score is low.
        case tracks
        /// The same classes, with the same numbers of objects.
        case presence

        /// Least score of a box that can be a partner.
        package func leastPartner(_ score: Float) -> Float {
            switch self {
            case .strict: score
            case .boxes, .presence: lenientShare * score
            case .tracks: min(lenientShare * score, 0.1)
            }
        }
    }

    /// As `between`, by a rule.
    ///
    /// Both sides are decoded down to three quarters of `score`, for `tracks` down to 0.1.
    public static func between(_ a: HeadResult, _ b: HeadResult, score: Float, rule: Rule) -> Double? {
        guard case .detections(let a) = a, case .detections(let b) = b else { return between(a, b, score: score) }
        let least = rule.leastPartner(score)
        let (ours, theirs) = (a.filter { $0.score >= least }, b.filter { $0.score >= least })
        return rule == .presence ? presence(ours, theirs, score: score) : Pairing(ours, theirs, score: score).agreement
    }

    /// Mean over the classes that a side reports of how well their numbers agree: 1 − |a − b| / max(a, b), where objects that only just miss
    /// the score may be counted or not.
    private static func presence(_ a: [Detection], _ b: [Detection], score: Float) -> Double? {
        let classes = Set((a + b).lazy.filter { $0.score >= score }.map(\.classID))
        guard !classes.isEmpty else { return nil }
        let sum = classes.reduce(0.0) { sum, id in
            func counts(_ all: [Detection]) -> (least: Int, most: Int) {
                let own = all.filter { $0.classID == id }
                return (own.count { $0.score >= score }, own.count)
            }
            let (ours, theirs) = (counts(a), counts(b))
            let gap = max(0, max(ours.least, theirs.least) - min(ours.most, theirs.most))
            return sum + 1 - Double(gap) / Double(max(ours.least, theirs.least))
        }
        return sum / Double(classes.count)
    }

    /// Objects that two answers have together, one that both have counted once; 1 for heads with one answer.
    public static func objects(_ a: HeadResult, _ b: HeadResult, score: Float) -> Int {
        guard case .detections(let a) = a, case .detections(let b) = b else { return 1 }
        let pairs = Pairing(a, b, score: score)
        return max(pairs.first.count + pairs.second.count { $0 == nil }, pairs.second.count + pairs.first.count { $0 == nil })
    }

    /// Detections: F1 of boxes. A box with a score of at least `score` on either side must find one of its class, with
    /// at least three quarters of `score` and IoU of at least 0.5, on the other. Classes: same best class. Embeddings: cosine.
    /// Semantic maps: share of the places of the same class. Depths: share of the places whose depths are within a factor of 1.25 (δ1).
    ///
    /// Both sides are decoded down to three quarters of `score`.
    /// - Returns: 0…1; nil when neither side has anything.
    public static func between(_ a: HeadResult, _ b: HeadResult, score: Float) -> Double? {
        switch (a, b) {
        case (.detections(let a), .detections(let b)): return Pairing(a, b, score: score).agreement
        case (.classes(let a), .classes(let b)): return a.first?.classID == b.first?.classID ? 1 : 0
        case (.embedding(let a), .embedding(let b)):
            let dot = zip(a, b).reduce(Float(0)) { $0 + $1.0 * $1.1 }
            let norms = (a.reduce(0) { $0 + $1 * $1 } * b.reduce(0) { $0 + $1 * $1 }).squareRoot()
            return norms > 0 ? Double(max(0, dot / norms)) : nil
        case (.semantic(let a), .semantic(let b)): return share(a.classes, b.classes) { $0 == $1 }
        case (.depth(let a), .depth(let b)): return share(a.depths, b.depths) { $0 == $1 || max($0 / $1, $1 / $0) < 1.25 && $0 / $1 > 0 }
        default: return 0
        }
    }

    /// Wilson's score interval (1927) of a share that was seen in so many trials, for 95 %.
    package static func wilson(_ share: Double, trials n: Double) -> ClosedRange<Double> {
        guard n > 0 else { return 0...1 }
        let z = 1.96, middle = (share + z * z / (2 * n)) / (1 + z * z / n)
        let half = z * (share * (1 - share) / n + z * z / (4 * n * n)).squareRoot() / (1 + z * z / n)
        // Rounding must not leave the share outside.
        return max(0, min(middle - half, share))...min(1, max(middle + half, share))
    }

    /// The share of the places of two maps that fit; 0 for maps of different sizes.
    private static func share<Value>(_ a: PixelMap<Value>, _ b: PixelMap<Value>, _ fits: (Value, Value) -> Bool) -> Double? {
        guard a.columns == b.columns, a.rows == b.rows else { return 0 }
        guard !a.values.isEmpty else { return nil }
        return Double(zip(a.values, b.values).count { fits($0, $1) }) / Double(a.values.count)
    }

    /// Which boxes of two answers are of the same object, as `between` counts them.
    public struct Pairing: Sendable, Equatable {
        /// One for each box of the first answer whose score is enough: the index of its partner in the second.
        public let first: [Int?]
        /// The same for the second answer's boxes, with partners in the first.
        public let second: [Int?]

        /// - Parameters: `a`, `b`: by falling score, down to three quarters of `score`.
        public init(_ a: [Detection], _ b: [Detection], score: Float) {
            first = Self.partners(of: a.prefix { $0.score >= score }, in: b)
            second = Self.partners(of: b.prefix { $0.score >= score }, in: a)
        }

        /// Share of the boxes on either side that found a partner; nil without a box.
        public var agreement: Double? {
            let all = first.count + second.count
            return all > 0 ? Double((first + second).count { $0 != nil }) / Double(all) : nil
        }

        /// The best box of the same class that is left and overlaps enough; each partner serves once.
        private static func partners(of boxes: ArraySlice<Detection>, in others: [Detection]) -> [Int?] {
            var isTaken = [Bool](repeating: false, count: others.count)
            return boxes.map { box in
                let best = others.indices.filter { !isTaken[$0] && others[$0].classID == box.classID }
                    .max { others[$0].box.intersectionOverUnion(box.box) < others[$1].box.intersectionOverUnion(box.box) }
                guard let best, others[best].box.intersectionOverUnion(box.box) >= 0.5 else { return nil }
                isTaken[best] = true
                return best
            }
        }
    }
}
