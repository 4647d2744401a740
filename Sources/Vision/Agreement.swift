/// How far two answers to the same frame agree, in the task's own terms.
public enum Agreement {
    /// Detections: F1 of boxes. A box with a score of at least `score` on either side must find one of its class, with
    /// at least three quarters of `score` and IoU of at least 0.5, on the other. Classes: same best class. Embeddings: cosine.
    ///
    /// Both sides are decoded down to three quarters of `score`.
    /// - Returns: 0…1; nil when neither side has anything.
    public static func between(_ a: HeadResult, _ b: HeadResult, score: Float) -> Double? {
        switch (a, b) {
        case (.detections(let a), .detections(let b)):
            let (sureA, sureB) = (a.prefix { $0.score >= score }, b.prefix { $0.score >= score })
            guard sureA.count + sureB.count > 0 else { return nil }
            return Double(found(sureA, in: b) + found(sureB, in: a)) / Double(sureA.count + sureB.count)
        case (.classes(let a), .classes(let b)): return a.first?.classID == b.first?.classID ? 1 : 0
        case (.embedding(let a), .embedding(let b)):
            let dot = zip(a, b).reduce(Float(0)) { $0 + $1.0 * $1.1 }
            let norms = (a.reduce(0) { $0 + $1 * $1 } * b.reduce(0) { $0 + $1 * $1 }).squareRoot()
            return norms > 0 ? Double(max(0, dot / norms)) : nil
        default: return 0
        }
    }

    /// How many of `boxes` find a partner; each partner serves once.
    private static func found(_ boxes: ArraySlice<Detection>, in others: [Detection]) -> Int {
        var isTaken = [Bool](repeating: false, count: others.count)
        var count = 0
        for box in boxes {
            let best = others.indices.filter { !isTaken[$0] && others[$0].classID == box.classID }
                .max { others[$0].box.intersectionOverUnion(box.box) < others[$1].box.intersectionOverUnion(box.box) }
            if let best, others[best].box.intersectionOverUnion(box.box) >= 0.5 {
                isTaken[best] = true
                count += 1
            }
        }
        return count
    }
}
