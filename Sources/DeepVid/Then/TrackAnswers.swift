import Hashing
import Tracking

/// The answers that stand for the objects that are followed, and when they are asked for anew.
///
/// An answer stands for as long as `Patience` says. It is also asked for anew when the object is seen much better than in any look before;
/// and now and then at random, to tell how often an answer that stands is what the model would say.
struct TrackAnswers: Codable, Sendable, Equatable {
    /// A view that is worth this many times the best look's is worth another one: a side a quarter longer, or the object no longer cut off
    /// by the picture's border (`BestView.worth`).
    static let betterView = 1.25
    /// Of the answers that stand, the share that is asked for all the same.
    static let auditShare = 0.02

    private struct Standing: Codable, Equatable {
        /// By model.
        var looks: [Int: Looks]
        var patience: Patience
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
        if standing.patience.isOver(at: time, longest: longest) || worth >= standing.worth * Self.betterView { return .look }
        return Double.random(in: 0..<1, using: &generator) < Self.auditShare ? .audit : .stands
    }

    /// What stands for an object, by model.
    func answers(of track: Int) -> [Int: SecondAnswer] { standings[track]?.looks.mapValues(\.answer) ?? [:] }

    /// Takes what the models say of an object now.
    mutating func look(_ answers: [Int: SecondAnswer], of track: Int, worth: Double, at time: Double, longest: Double) {
        guard var standing = standings[track] else {
            standings[track] = Standing(looks: answers.mapValues(Looks.init), patience: Patience(since: time), worth: worth)
            return
        }
        var agrees = true
        for (model, answer) in answers {
            guard var looks = standing.looks[model] else {
                standing.looks[model] = Looks(answer)
                continue
            }
            let agreement = looks.answer.agreement(with: answer)
            if case .embedding = answer {
                agrees = agrees && agreement >= Patience.sameEmbedding
            } else {
                agrees = agrees && agreement == 1
            }
            looks.add(answer)
            standing.looks[model] = looks
        }
        standing.patience.look(agrees: agrees, at: time, longest: longest)
        standing.worth = max(standing.worth, worth)
        standings[track] = standing
    }

    /// Nothing is kept of an object that was given up.
    mutating func forget(_ track: Int) { standings[track] = nil }
}
