import ResultCache
import Tracking
import Vision

/// How long the answers of one second model stand along tracks. It is learnt wherever the model runs on an object that has an answer.
///
/// What `SimilarityThreshold` learns of distances between crops, it learns here of ages: the largest up to which the evidence supports the
/// target. Where none is, the model runs each time. An age counts in units of what the object itself has shown to stand (`Patience`), and how sure
/// the model was counts as age: an answer of 0.6 is another one in the next frame.
struct AnswerAges: Codable, Sendable, Equatable {
    /// Age that a doubt of 1 counts for, in those units (docs/second-models.md).
    private static let doubtAge = 1.0

    private var threshold: SimilarityThreshold
    private var dropOuts: DropOuts

    /// Pieces of evidence since the beginning, of which the last ones are at hand.
    private var audits = 0, misses = 0

    /// - Parameters:
    ///   - seed: of the audits.
    ///   - cache: where earlier inputs have left what they learnt; nil begins with nothing.
    init(target: Double = ResultCache.Options().targetAgreement, seed: UInt64, after cache: ResultCache? = nil) {
        threshold = cache?.knownAges ?? SimilarityThreshold(target: target, first: ResultCacheConstants.Ages.first)
        dropOuts = DropOuts(target: target, seed: seed, first: ResultCacheConstants.Ages.firstProbability)
        dropOuts.take(auditsOf: threshold)
    }

    /// Leaves what was learnt since the beginning for later inputs.
    func teach(_ cache: ResultCache) { cache.learn(threshold, audits: audits, misses: misses) }

    /// An answer as old as it is, and older by what speaks against it.
    static func age(of answer: SecondAnswer, _ patience: Patience, at time: Double) -> Float {
        Float(patience.age(at: time) + Self.doubtAge * answer.doubt)
    }

    func stands(_ age: Float) -> Bool { age <= threshold.value }

    /// - Returns: how many answers that stand this one is to tell of, if the model is to run all the same.
    mutating func drawAudit() -> Double? { dropOuts.next(isTried: threshold.isTried) }

    /// Takes what the model said of an object whose answer was of this age.
    mutating func learn(_ age: Float, isSame: Bool, isAudit: Bool) {
        if isAudit { dropOuts.record(isSame: isSame) }
        if isAudit { audits += 1 } else { misses += 1 }
        threshold.learn(.init(distance: age, isSame: isSame), isAudit: isAudit)
    }
}
