import Hashing

/// The answers that stand for the objects that are followed, and when they are asked for anew.
///
/// An answer stands for a quarter of a second at first. Each look that agrees with it doubles that, up to the longest age; one that does
/// not begins anew. It is also asked for anew when the object is seen much better than in any look before; and now and then at random, to
/// tell how often an answer that stands is what the model would say.
struct TrackAnswers: Codable, Sendable, Equatable {
    /// For how long an answer stands at first, in seconds: nobody turns round in less.
    static let firstPatience = 0.25
    /// A view that is worth this many times the best look's is worth another one: a side a quarter longer, or the object no longer cut off
    /// by the picture's border (`BestView.worth`).
    static let betterView = 1.25
    /// Cosine of two embeddings from which they say the same: the agreement that is wanted of answers that stand. With 0.9, walkers that come
    /// nearer had answers of 0.94.
    static let sameEmbedding = 0.95
    /// Of the answers that stand, the share that is asked for all the same.
    static let auditShare = 0.02

    private struct Standing: Codable, Equatable {
        /// By model.
        var looks: [Int: Looks]
        var lookedAt: Double
        /// For how long the answer stands, in seconds.
        var patience: Double
        /// Of the best view that was looked at.
        var worth: Double
    }

    private var standings: [Int: Standing] = [:]
    private var generator = SeededGenerator(seed: 0)

    /// What is to be done for an object in a frame.
    enum Turn: Equatable { case stands, look, audit }

    /// - Parameters:
    ///   - worth: of the view (`BestView.worth`).
    ///   - longest: age from which an answer is asked for anew, in seconds.
    mutating func turn(of track: Int, worth: Double, at time: Double, longest: Double) -> Turn {
        guard let standing = standings[track] else { return .look }
        if time - standing.lookedAt >= min(standing.patience, longest) || worth >= standing.worth * Self.betterView { return .look }
        return Double.random(in: 0..<1, using: &generator) < Self.auditShare ? .audit : .stands
    }

    /// What stands for an object, by model.
    func answers(of track: Int) -> [Int: SecondAnswer] { standings[track]?.looks.mapValues(\.answer) ?? [:] }

    /// Takes what the models say of an object now.
    mutating func look(_ answers: [Int: SecondAnswer], of track: Int, worth: Double, at time: Double, longest: Double) {
        guard var standing = standings[track] else {
            standings[track] = Standing(
                looks: answers.mapValues(Looks.init), lookedAt: time, patience: Self.firstPatience, worth: worth)
            return
        }
        var agrees = true
        for (model, answer) in answers {
            guard var looks = standing.looks[model] else {
                standing.looks[model] = Looks(answer)
                continue
            }
            let agreement = looks.answer.agreement(with: answer)
            if case .embedding = answer { agrees = agrees && agreement >= Self.sameEmbedding } else { agrees = agrees && agreement == 1 }
            looks.add(answer)
            standing.looks[model] = looks
        }
        standing.patience = agrees ? min(2 * standing.patience, max(longest, Self.firstPatience)) : Self.firstPatience
        (standing.lookedAt, standing.worth) = (time, max(standing.worth, worth))
        standings[track] = standing
    }

    /// Nothing is kept of an object that was given up.
    mutating func forget(_ track: Int) { standings[track] = nil }
}
