/// A crop that a model has answered. Only what a model said becomes an entry, never an answer that was taken from another entry: so errors do
/// not spread from crop to crop.
public struct CacheEntry: Sendable, Hashable {
    public let key: CropKey
    public let answer: Answer
    /// Time in the model, which it saves whoever is given the answer.
    public let seconds: Float
    /// When the model said so, or last confirmed it: seconds since 1970.
    public var time: Double
    /// Of key and answer: entries with the same are one.
    let digest: UInt64

    public init(key: CropKey, answer: Answer, seconds: Float, time: Double) {
        (self.key, self.answer, self.seconds, self.time) = (key, answer, seconds, time)
        digest = EntryCoding.digest(key, answer)
    }

    /// Bytes of memory that it takes, about.
    public var size: Int { CropKey.count + answer.size + ResultCacheConstants.Pool.entryOverhead }
}

extension CacheEntry {
    /// Whether a model that gave `example` can have said this: what comes from elsewhere is not to be believed. It may be of later than now, by a
    /// clock that is ahead.
    func isPlausible(_ example: Answer, classes: Int?) -> Bool {
        guard answer.hasForm(of: example), (0...ResultCacheConstants.mostSeconds).contains(seconds), time >= 0, time.isFinite else {
            return false
        }
        switch answer {
        case .classes(let all):
            return !all.isEmpty && all.allSatisfy { (0..<(classes ?? Int(Int32.max))).contains($0.classID) && (0...1).contains($0.score) }
                && zip(all, all.dropFirst()).allSatisfy { $0.score >= $1.score }
        case .embedding(let values): return values.allSatisfy(\.isFinite)
        }
    }
}
