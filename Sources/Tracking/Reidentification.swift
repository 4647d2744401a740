import Vision

/// By what objects are known again after they were out of sight, beside their place: what they look like (BoT-SORT, StrongSORT).
///
/// Those do not look at every box in every frame, as the published ones do, but now and then to know an object's appearance (`Appearance`), and
/// where it is in doubt who somebody is:
/// * A track that would be confirmed, while one with an appearance is missing. A half-hidden one waits for a better view.
/// * One that was out of sight, or where another was, at the first view in which it is clear.
///
/// The boxes of these are then given out anew among these and the missing, by the least cosine distance in all. Where nobody else is more alike,
/// they stay with whom their place says.
public struct Reidentification: Codable, Sendable, Equatable {
    /// Labels of the objects that are told apart.
    public let labels: [String]
    /// For how long one that is missing is looked for, in seconds.
    public let age: Double
    /// Cosine distance from which two views are not of one object, 0…1.
    public let distance: Double

    public init(labels: [String], age: Double, distance: Double) { (self.labels, self.age, self.distance) = (labels, age, distance) }

    /// A box that hides this share of another, or is hidden by so much: what is seen in either may be both.
    static let coveredShare = 0.3
    /// Seconds out of sight from which it is in doubt that a box in the same place is of the same object.
    static let doubtSeconds = Patience.first
    /// For how long somebody new who is half hidden may be without an id, in seconds.
    static let longestWait = 1.0
    /// What the place counts, as a cosine distance.
    static let placeWorth = 0.05
}

/// What came of looking at who was in doubt: tracks, by index.
struct Recognition {
    /// Those that have the box of another now, and those that looked new and are none.
    var recognised: Set<Int> = [], mistaken: Set<Int> = []
    /// New ones that are not to be confirmed yet.
    var waiting: Set<Int> = []
}

extension Tracker {
    /// Gives out anew the boxes of whom it is in doubt who they are.
    ///
    /// - Parameters:
    ///   - boxes: as they were given out by place.
    ///   - told: which of them are of objects that are told apart.
    ///   - cut: those that the picture's border cuts off.
    ///   - look: a vector for each of these boxes, or none at all.
    /// - Complexity: O(n²) for n boxes; a look at each new or doubtful one while another may be meant.
    mutating func recognise<Failure>(
        _ boxes: inout Boxes, told: [Bool], cut: Set<Int>, at time: Double, look: ([Int]) throws(Failure) -> [[Float]]
    ) throws(Failure) -> Recognition {
        guard let reidentification else { return Recognition() }
        let (covered, crossed) = coveredBoxes(boxes, told, at: time), owners = Set(boxes.owners.compactMap(\.self))
        let missing = tracks.indices.filter { !owners.contains($0) && isMissed(tracks[$0], at: time) }
        var recognition = Recognition(), questioned: [Int] = []
        for (box, owner) in boxes.owners.enumerated() {
            guard let owner, told[box] else { continue }
            let track = tracks[owner]
            guard track.isConfirmed else {
                if missing.isEmpty { continue }
                if covered.contains(box) || cut.contains(box), time - track.startTime < Reidentification.longestWait {
                    recognition.waiting.insert(owner)
                } else {
                    questioned.append(box)
                }
                continue
            }
            if crossed.contains(box) || time - track.lastTime > Reidentification.doubtSeconds { tracks[owner].isInDoubt = true }
            guard tracks[owner].isInDoubt, !crossed.contains(box) else { continue }
            if track.appearance == nil { tracks[owner].isInDoubt = false } else { questioned.append(box) }
        }
        let doubtful = questioned.map { boxes.owners[$0]! }.filter { tracks[$0].isConfirmed }, candidates = doubtful + missing
        guard questioned.contains(where: { box in candidates.contains { isOpen($0, to: box, boxes) } }) else {
            for track in doubtful { tracks[track].isInDoubt = false }
            return recognition
        }
        let vectors = try look(questioned).map(Appearance.unit)
        guard vectors.count == questioned.count else { return recognition }
        for track in doubtful { tracks[track].isInDoubt = false }

        let limit = reidentification.distance, inSight = Set(candidates).subtracting(missing)
        let costs = CostMatrix(rows: candidates.count, columns: questioned.count) { row, column in
            let (track, box) = (candidates[row], questioned[column]), owner = boxes.owners[box]!
            guard tracks[track].classID == boxes.classes[box] else { return limit }
            let distance = vectors[column].flatMap { tracks[track].appearance?.distance(to: $0) } ?? limit
            // Of two who changed places, one may have been seen badly: it has the box that is left.
            let cost = inSight.contains(track) && tracks[owner].isConfirmed ? min(distance, 0.999 * limit) : distance
            return owner == track ? min(cost, limit) - Reidentification.placeWorth : cost
        }
        let filters = questioned.map { tracks[boxes.owners[$0]!].filter }, former = questioned.map { boxes.owners[$0]! }
        let assignment = Array(zip(candidates, costs.assignment(limit: limit)))
        for column in questioned.indices where tracks[former[column]].isConfirmed { boxes.owners[questioned[column]] = nil }
        for case let (track, column?) in assignment {
            boxes.owners[questioned[column]] = track
            guard former[column] != track else { continue }
            // Who goes on is another; how the box moves is the same.
            tracks[track].filter = filters[column]
            recognition.recognised.insert(track)
            if !tracks[former[column]].isConfirmed { recognition.mistaken.insert(former[column]) }
        }
        for (column, box) in questioned.enumerated() {
            guard let vector = vectors[column], let owner = boxes.owners[box] else { continue }
            tracks[owner].see(vector, at: time)
        }
        return recognition
    }

    /// Looks at those whose appearance is not known yet, or was for long.
    mutating func lookAgain<Failure>(
        _ boxes: Boxes, told: [Bool], at time: Double, look: ([Int]) throws(Failure) -> [[Float]]
    ) throws(Failure) {
        guard reidentification != nil else { return }
        let (_, crossed) = coveredBoxes(boxes, told, at: time)
        let due = boxes.owners.indices.filter { box in
            guard let owner = boxes.owners[box], told[box], !crossed.contains(box), tracks[owner].isConfirmed else { return false }
            return tracks[owner].appearance?.isDue(at: time) ?? true
        }
        if due.isEmpty { return }
        for (box, vector) in zip(due, try look(due)) {
            if let vector = Appearance.unit(vector) { tracks[boxes.owners[box]!].see(vector, at: time) }
        }
    }

    /// Whether it is confirmed, and may be known again by what it looks like.
    func isMissed(_ track: Track, at time: Double) -> Bool {
        guard let reidentification, track.isConfirmed, track.appearance != nil else { return false }
        return time - track.lastTime <= reidentification.age
    }

    /// Whether a box that another has may be this one's.
    private func isOpen(_ track: Int, to box: Int, _ boxes: Boxes) -> Bool {
        boxes.owners[box] != track && tracks[track].classID == boxes.classes[box]
    }

    /// The boxes that share much with another, so that what is seen there may be either; and beside them, those that share much with the place
    /// of somebody who has just been lost, and may be the one who is seen there.
    private func coveredBoxes(_ boxes: Boxes, _ told: [Bool], at time: Double) -> (covered: Set<Int>, crossed: Set<Int>) {
        let seen = boxes.bounds.indices.filter { told[$0] && boxes.owners[$0] != nil }, owners = Set(boxes.owners.compactMap(\.self))
        let lost = tracks.indices.filter { !owners.contains($0) && isMissed(tracks[$0], at: time) && !isRemembered(tracks[$0], at: time) }
        func covers(_ bounds: Bounds, _ box: Int) -> Bool { bounds.shareInCommon(with: boxes.bounds[box]) > Reidentification.coveredShare }
        let covered = seen.filter { box in seen.contains { $0 != box && covers(boxes.bounds[$0], box) } }
        let crossed = seen.filter { box in
            lost.contains { tracks[$0].classID == boxes.classes[box] && covers(tracks[$0].filter.bounds, box) }
        }
        return (Set(covered), Set(covered + crossed))
    }
}
