import Glibc

/// Finds the few scores that pass the threshold among the many that do not: most of a head's time goes here.
///
/// Undefined scores compare false with everything, so they never pass.
struct ScoreScan {
    /// Lowest score that passes, after activation.
    let threshold: Float
    /// The same before activation, so that only what passes is activated.
    let rawThreshold: Float
    let activation: Activation

    init(_ threshold: Float, _ activation: Activation) {
        (self.threshold, self.activation) = (threshold, activation)
        rawThreshold = activation == .sigmoid ? log(threshold / (1 - threshold)) : threshold
    }

    func activated(_ value: Float) -> Float { activation == .sigmoid ? sigmoid(value) : value }

    /// The best of `count` raw class scores, activated, if it passes; the first of equals.
    func best(_ scores: UnsafePointer<Float>, count: Int) -> (classID: Int, score: Float)? {
        guard anyPasses(scores, count: count) else { return nil }
        return Self.largest(scores, count: count, stride: 1).map { ($0.index, activated($0.value)) }
    }

    /// Whether any of `count` raw scores passes. 16 comparisons at a time.
    func anyPasses(_ scores: UnsafePointer<Float>, count: Int) -> Bool {
        let limit = SIMD16<Float>(repeating: rawThreshold)
        var i = 0
        while i + 16 <= count {
            let chunk = UnsafeRawPointer(scores + i).loadUnaligned(as: SIMD16<Float>.self)
            if any(chunk .>= limit) { return true }
            i += 16
        }
        while i < count {
            if scores[i] >= rawThreshold { return true }
            i += 1
        }
        return false
    }

    /// The largest of `count` values that lie `stride` apart, the first of equals; nil when all are undefined.
    static func largest(_ values: UnsafePointer<Float>, count: Int, stride: Int) -> (index: Int, value: Float)? {
        var best = -Float.infinity
        var index: Int?
        for i in 0..<count where values[i * stride] > best {
            best = values[i * stride]
            index = i
        }
        return index.map { ($0, best) }
    }

    /// The most probable of some of `count` logits; nil where it is less probable than `threshold`.
    /// - Parameter classes: of the logits, those that are classes; the others stand for "nothing".
    func softmaxBest(_ logits: UnsafePointer<Float>, count: Int, classes: Range<Int>) -> (classID: Int, score: Float)? {
        guard let best = Self.largest(logits + classes.lowerBound, count: classes.count, stride: 1), best.value.isFinite else { return nil }
        var sum: Float = 0
        for i in 0..<count { sum += exp(logits[i] - best.value) }
        return 1 / sum >= threshold ? (best.index, 1 / sum) : nil
    }
}

func sigmoid(_ x: Float) -> Float { 1 / (1 + exp(-x)) }
