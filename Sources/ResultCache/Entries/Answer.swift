import Vision

/// What a model said of a crop: what the cache keeps, and hands out in the model's place.
public enum Answer: Sendable, Hashable {
    /// By falling score; the first is what the crop is taken for.
    case classes([ClassScore])
    /// A vector that describes the crop.
    case embedding([Float])

    public struct ClassScore: Sendable, Hashable {
        public var classID: Int
        /// Probability, 0…1.
        public var score: Float

        public init(classID: Int, score: Float) { (self.classID, self.score) = (classID, score) }
    }
}

extension Answer {
    /// Nil for what is no answer of a classifier or an embedding: objects, maps, and classes of which there is none.
    public init?(_ result: HeadResult) {
        switch result {
        case .classes(let classes) where !classes.isEmpty:
            self = .classes(classes.map { ClassScore(classID: $0.classID, score: $0.score) })
        case .embedding(let values) where !values.isEmpty: self = .embedding(values)
        case .classes, .embedding, .detections, .semantic, .depth: return nil
        }
    }

    /// As the model's head gives it. Names of classes are the model's own: they are not kept.
    public func result(_ labels: Labels) -> HeadResult {
        switch self {
        case .classes(let classes):
            .classes(classes.map { Classification(classID: $0.classID, label: labels[$0.classID], score: $0.score) })
        case .embedding(let values): .embedding(values)
        }
    }

    /// Whether one may stand for the other: the same best class, or embeddings that point in the same direction.
    public func agrees(with other: Answer) -> Bool {
        switch (self, other) {
        case (.classes(let a), .classes(let b)): a.first?.classID == b.first?.classID
        case (.embedding(let a), .embedding(let b)): a.count == b.count && Self.cosine(a, b) >= ResultCacheConstants.sameCosine
        default: false
        }
    }

    /// How sure the model was, 0…1: the probability of the best class. Embeddings do not say.
    var certainty: Float {
        guard case .classes(let classes) = self, let best = classes.first, best.score < 1 else { return 1 }
        return max(0, best.score)
    }

    /// Whether a model that gave this answer can have given the other: classes, or an embedding of as many numbers.
    func hasForm(of other: Answer) -> Bool {
        switch (self, other) {
        case (.classes, .classes): true
        case (.embedding(let a), .embedding(let b)): a.count == b.count
        default: false
        }
    }

    /// Bytes.
    var size: Int {
        switch self {
        case .classes(let classes): classes.count * MemoryLayout<ClassScore>.stride
        case .embedding(let values): values.count * MemoryLayout<Float>.stride
        }
    }

    /// −1…1; 0 where a vector has no direction.
    static func cosine(_ a: [Float], _ b: [Float]) -> Float {
        var (dot, aa, bb) = (Float(0), Float(0), Float(0))
        for i in a.indices {
            dot += a[i] * b[i]
            aa += a[i] * a[i]
            bb += b[i] * b[i]
        }
        let lengths = (aa * bb).squareRoot()
        return lengths > 0 ? dot / lengths : 0
    }
}
