import ResultCache
import Tracking
import Vision

/// The answers that stand for the objects that are followed, and when they are asked for anew.
///
/// An answer stands for as long as `AnswerAges` says of its model. It is also asked for anew when the object is seen much better than in any look
/// before; and now and then at random, to tell how often an answer that stands is what the model would say.
struct TrackAnswers: Codable, Sendable, Equatable {
    /// A view that is worth this many times the best look's is worth another one: a side a quarter longer, or the object no longer cut off
    /// by the picture's border (`BestView.worth`).
    static let betterView = 1.25

    /// What one model has said of one object.
    private struct Standing: Codable, Equatable {
        var looks: Looks
        var patience: Patience
        /// Of the best view that was looked at.
        var worth: Double
        /// What stood before the last look. What becomes of it tells of older answers than are given.
        var before: Before?
        /// What a classifier has just contradicted. Votes are there to pass over one look that is mistaken, and would be so if the model ran in
        /// every frame: only what the look in the next frame contradicts as well was wrong.
        var contradicted: [Contradicted] = []

        struct Before: Codable, Equatable {
            let answer: SecondAnswer
            let patience: Patience
        }

        struct Contradicted: Codable, Equatable {
            let answer: SecondAnswer
            let age: Float
            let isAudit: Bool
        }

        func age(at time: Double) -> Float { AnswerAges.age(of: looks.answer, patience, at: time) }
    }

    /// By track and by model.
    private var standings: [Int: [Int: Standing]] = [:]
    /// By model.
    private var ages: [AnswerAges]
    /// Age from which an answer is asked for anew in any case, in seconds.
    private let longest: Double

    /// - Parameter caches: one a model; nil where its answers are not kept.
    init(_ caches: [ResultCache?], longest: Double) {
        ages = caches.enumerated().map { AnswerAges(seed: UInt64($0.offset), after: $0.element) }
        self.longest = longest
    }

    /// Leaves what was learnt for later inputs.
    ///
    /// - Parameter caches: as it was begun with.
    func teach(_ caches: [ResultCache?]) { for (ages, cache) in zip(ages, caches) { if let cache { ages.teach(cache) } } }

    /// What is to be done for an object in a frame.
    enum Turn: Equatable {
        case stands, look
        /// The answer stands, and the model is to run all the same: for as many answers as the weight says.
        case audit(weight: Double)
    }

    /// - Parameter worth: of the view (`BestView.worth`).
    mutating func turn(of track: Int, _ model: Int, worth: Double, at time: Double) -> Turn {
        guard let standing = standings[track]?[model], standing.patience.seconds(at: time) < longest,
            standing.contradicted.isEmpty, ages[model].stands(standing.age(at: time)), worth < standing.worth * Self.betterView
        else { return .look }
        return ages[model].drawAudit().map { .audit(weight: $0) } ?? .stands
    }

    /// What stands for an object.
    func answer(of track: Int, _ model: Int) -> SecondAnswer? { standings[track]?[model]?.looks.answer }

    /// Takes what is said of an object now.
    ///
    /// - Parameters:
    ///   - isOwn: whether the model said it, and not crops that look like this one.
    ///   - isAudit: whether what stood would have been given.
    mutating func look(
        _ answer: SecondAnswer, of track: Int, _ model: Int, worth: Double, at time: Double, isOwn: Bool = true, isAudit: Bool = false
    ) {
        guard var standing = standings[track]?[model] else {
            standings[track, default: [:]][model] = Standing(looks: Looks(answer), patience: Patience(since: time), worth: worth)
            return
        }
        for one in standing.contradicted {
            ages[model].learn(one.age, isSame: isOwn && one.answer.isSame(as: answer), isAudit: one.isAudit)
        }
        standing.contradicted = isOwn ? learn(from: answer, standing, model, at: time, isAudit: isAudit) : []
        let stood = standing.looks.answer
        standing.before = Standing.Before(answer: stood, patience: standing.patience)
        standing.looks.add(answer)
        standing.patience.look(agrees: stood.isConfirmed(by: answer), at: time, longest: longest)
        standing.worth = max(standing.worth, worth)
        standings[track]![model] = standing
    }

    /// Lets what the model says tell of the answer that stood until now, and of the one before.
    ///
    /// - Returns: what the next look is to tell of.
    private mutating func learn(
        from answer: SecondAnswer, _ standing: Standing, _ model: Int, at time: Double, isAudit: Bool
    ) -> [Standing.Contradicted] {
        var told: [Standing.Contradicted] = []
        let age = standing.age(at: time)
        // An answer that gives way to a better view is no evidence of ages.
        if isAudit || !ages[model].stands(age) { told.append(.init(answer: standing.looks.answer, age: age, isAudit: isAudit)) }
        if let before = standing.before {
            let older = AnswerAges.age(of: before.answer, before.patience, at: time)
            if !ages[model].stands(older) { told.append(.init(answer: before.answer, age: older, isAudit: false)) }
        }
        return told.filter { one in
            let isSame = one.answer.isSame(as: answer)
            if case .classes = answer, !isSame { return true }
            ages[model].learn(one.age, isSame: isSame, isAudit: one.isAudit)
            return false
        }
    }

    /// Nothing is kept of an object that was given up.
    mutating func forget(_ track: Int) { standings[track] = nil }
}
