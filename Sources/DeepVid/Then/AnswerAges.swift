import ResultCache
import Tracking
import Vision

/// How long the answers of one second model stand along tracks. It is learnt wherever the model runs on an object that has an answer.
///
/// What `SimilarityThreshold` learns of distances between crops, it learns here of ages: the largest up to which the evidence supports the
/// target. Where none is, the model runs each time. An age counts in units of what the object itself has shown to stand (`Patience`), and how sure
/// the model was counts as age: an answer of 0.6 is another one in the next frame.
struct AnswerAges: Codable, Sendable, Equatable {
    /// To begin with: half of what the object is trusted with, which is as long as the last answer was confirmed for.
    private static let first: Float = 0.5
    /// Age that a doubt of 1 counts for, in those units (docs/second-models.md).
    private static let doubtAge = 1.0

    /// Share of the first answers that stand that are audited. The cache asks for half of them; here each object's own looks tell of errors, too.
    private static let firstAudits = 0.2

    private var threshold: SimilarityThreshold
    private var dropOuts: DropOuts

    /// - Parameter seed: of the audits.
    init(target: Double = ResultCache.Options().targetAgreement, seed: UInt64) {
        threshold = SimilarityThreshold(target: target, first: Self.first)
        dropOuts = DropOuts(target: target, seed: seed, first: Self.firstAudits)
    }

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
        threshold.learn(.init(distance: age, isSame: isSame), isAudit: isAudit)
    }
}
