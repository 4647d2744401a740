/// A box that passed the score threshold, in model-input pixels.
public struct Candidate: Sendable, Hashable {
    public var box: Corners
    public var score: Float
    public var classID: Int
    /// Where the outputs have it, for what is read of objects only.
    var row = 0
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
        let order = order(candidates)
        var kept: [Candidate] = []
        var keptOfClass: [Int: [Corners]] = [:]
        for index in order {
            guard kept.count < limit else { break }
            let candidate = candidates[index]
            let rivals = keptOfClass[candidate.classID, default: []]
            if rivals.contains(where: { $0.intersectionOverUnion(candidate.box) > intersectionOverUnion }) { continue }
            keptOfClass[candidate.classID, default: []].append(candidate.box)
            kept.append(candidate)
        }
        return kept
    }

    /// The same for turned boxes, as Ultralytics does it: a box goes also by one that is gone itself. O(n²) of the class.
    func callAsFunction(_ candidates: [Candidate], _ boxes: (Candidate) -> RotatedBox) -> [Candidate] {
        var kept: [Candidate] = []
        var seen: [Int: [RotatedBox]] = [:]
        for index in order(candidates) {
            guard kept.count < limit else { break }
            let candidate = candidates[index], box = boxes(candidate)
            let isNew = !seen[candidate.classID, default: []].contains { $0.probabilisticIoU(box) >= intersectionOverUnion }
            seen[candidate.classID, default: []].append(box)
            if isNew { kept.append(candidate) }
        }
        return kept
    }

    /// Indices by falling score, as many as are looked at.
    private func order(_ candidates: [Candidate]) -> ArraySlice<Int> {
        candidates.indices.sorted {
            candidates[$0].score != candidates[$1].score ? candidates[$0].score > candidates[$1].score : $0 < $1
        }.prefix(Self.candidateLimit)
    }
}
