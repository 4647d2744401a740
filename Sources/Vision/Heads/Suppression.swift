/// A box that passed the score threshold, in model-input pixels.
public struct Candidate: Sendable, Hashable {
    public var box: Corners
    public var score: Float
    public var classID: Int
}

/// Greedy non-maximum suppression within each class.
struct Suppression: Sendable {
    /// A box goes when its IoU with a better one of its class is above this.
    let intersectionOverUnion: Float
    /// Boxes kept at most, the best ones.
    let limit: Int
    /// Candidates looked at, the best ones: bounds the time that a meaningless output can take.
    static let candidateLimit = 4096

    /// By falling score, equal scores in the order given. O(n log n + n·kept of the class).
    func callAsFunction(_ candidates: [Candidate]) -> [Candidate] {
        let order = candidates.indices.sorted {
            candidates[$0].score != candidates[$1].score ? candidates[$0].score > candidates[$1].score : $0 < $1
        }
        var kept: [Candidate] = []
        var keptOfClass: [Int: [Corners]] = [:]
        for index in order.prefix(Self.candidateLimit) {
            guard kept.count < limit else { break }
            let candidate = candidates[index]
            let rivals = keptOfClass[candidate.classID, default: []]
            if rivals.contains(where: { $0.intersectionOverUnion(candidate.box) > intersectionOverUnion }) { continue }
            keptOfClass[candidate.classID, default: []].append(candidate.box)
            kept.append(candidate)
        }
        return kept
    }
}
