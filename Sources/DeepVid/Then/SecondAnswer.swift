import Models
import ResultCache
import Tracking
import Vision

/// What one second model says of one crop.
enum SecondAnswer: Codable, Sendable, Equatable {
    /// By falling probability.
    case classes([ObjectClass])
    case embedding([Float])

    /// - Parameter model: its name, where classes are told apart by it.
    init(_ result: HeadResult, of model: String?) {
        switch result {
        case .embedding(let vector): self = .embedding(vector)
        case .classes(let all):
            self = .classes(
                all.map { ObjectClass(model: model, label: $0.label, classID: $0.classID, score: Double($0.score)) })
        case .detections, .semantic, .depth: preconditionFailure("ThenModel lets no such head pass")
        }
    }

    /// 0…1: of classes, whether the best one is the same; of embeddings, their cosine.
    func agreement(with other: SecondAnswer) -> Double {
        switch (self, other) {
        case (.classes(let a), .classes(let b)): a.first?.classID == b.first?.classID ? 1 : 0
        case (.embedding(let a), .embedding(let b)): Agreement.between(.embedding(a), .embedding(b), score: 0) ?? 0
        default: 0
        }
    }

    /// Whether both say the same, as the cache of answers has it.
    func isSame(as other: SecondAnswer) -> Bool { agreement(with: other) >= leastAgreement(Double(ResultCacheConstants.sameCosine)) }

    /// Whether another look is so much like this one that the answer may stand longer.
    func isConfirmed(by other: SecondAnswer) -> Bool { agreement(with: other) >= leastAgreement(Patience.sameEmbedding) }

    /// - Parameter cosine: of embeddings.
    private func leastAgreement(_ cosine: Double) -> Double {
        if case .embedding = self { cosine } else { 1 }
    }

    /// 1 less the probability of the best class; nobody knows how sure an embedding is.
    var doubt: Double {
        guard case .classes(let all) = self else { return 0 }
        return 1 - (all.first?.score ?? 0)
    }

    /// How far the best class is ahead of the next, 0…1.
    var margin: Double {
        guard case .classes(let all) = self, let best = all.first else { return 0 }
        return best.score - (all.count > 1 ? all[1].score : 0)
    }
}

/// What one model has said of an object in its latest looks, and what follows from them.
struct Looks: Codable, Sendable, Equatable {
    /// Looks that are kept, and those of them that vote: the ones whose best class is furthest ahead. An object that was mistaken for
    /// another has the answer of its own after a few looks.
    static let (most, voting) = (9, 5)

    private var latest: [SecondAnswer]
    /// What stands: of classes, the mean of the votes; of embeddings, the last look.
    private(set) var answer: SecondAnswer

    init(_ first: SecondAnswer) { (latest, answer) = ([first], first) }

    mutating func add(_ look: SecondAnswer) {
        guard case .classes = look else { return self = Looks(look) }
        latest = latest.suffix(Self.most - 1) + [look]
        // Of equals, the later ones.
        let votes = latest.enumerated().sorted { ($0.element.margin, $0.offset) > ($1.element.margin, $1.offset) }.prefix(Self.voting)
        answer = .classes(Self.mean(votes.map(\.element)))
    }

    /// The mean probability of each class, by falling probability; one that a look does not name has none there.
    private static func mean(_ looks: [SecondAnswer]) -> [ObjectClass] {
        var sums: [Int: ObjectClass] = [:]
        var longest = 0
        for case .classes(let all) in looks {
            longest = max(longest, all.count)
            for one in all {
                var sum = sums[one.classID] ?? one
                if sums[one.classID] != nil { sum.score += one.score }
                sums[one.classID] = sum
            }
        }
        let means = sums.values.map { sum in
            var mean = sum
            mean.score /= Double(looks.count)
            return mean
        }
        return Array(means.sorted { ($0.score, $1.classID) > ($1.score, $0.classID) }.prefix(longest))
    }
}
