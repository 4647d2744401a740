/// Follows objects by their boxes: ByteTrack (Zhang et al., *ByteTrack: Multi-Object Tracking by Associating Every Detection
/// Box*, ECCV 2022), Algorithm 1 with the published code's rules for beginning, losing and ending tracks.
///
/// It differs from that code in three ways: a track has one class, and only boxes of that class continue it; the time out of
/// sight is measured in seconds; and a track that ends is gone at once, not one frame later. Predictions go by frames.
/// A frame takes O(n²·m) for n tracks and m boxes or the other way round.
public struct Tracker: Codable, Sendable, Equatable {
    private let parameters: TrackerParameters
    /// Those being followed, also the ones out of sight and the ones seen once.
    public private(set) var tracks: [Track] = []
    /// Tracks confirmed so far; the last one's id.
    public private(set) var count = 0
    /// Since the beginning of the scene.
    private var frame = 0

    public init(_ parameters: TrackerParameters = TrackerParameters()) { self.parameters = parameters }

    /// What a frame brought.
    public struct Step: Sendable, Equatable {
        /// For each sighting the id of its track; nil for one that belongs to none, or to a track that is not confirmed.
        public var ids: [Int?]
        /// The tracks that were confirmed in this frame.
        public var started: [Track] = []
        /// The confirmed tracks that were given up in this frame, by id.
        public var ended: [Track] = []
    }

    /// One frame.
    /// - Parameters:
    ///   - sightings: down to `lowScore`; weaker ones are passed over.
    ///   - time: of the frame, in seconds.
    public mutating func update(_ sightings: [Sighting], at time: Double) -> Step {
        frame += 1
        var step = Step(ids: Array(repeating: nil, count: sightings.count))
        var owner = [Int?](repeating: nil, count: sightings.count)
        for index in tracks.indices where tracks[index].isConfirmed { tracks[index].filter.predict(keepsHeight: tracks[index].isLost) }

        // First the boxes that are sure, then the others for the tracks that were in sight until now.
        let strong = sightings.indices.filter { sightings[$0].score >= parameters.highScore }
        let weak = sightings.indices.filter { sightings[$0].score > parameters.lowScore && sightings[$0].score < parameters.highScore }
        func match(_ candidates: [Int], _ boxes: [Int], limit: Double, byScore: Bool) -> (tracks: [Int], boxes: [Int]) {
            let costs = CostMatrix(rows: candidates.count, columns: boxes.count) { row, column in
                let (track, sighting) = (tracks[candidates[row]], sightings[boxes[column]])
                guard track.classID == sighting.classID else { return 1 }
                return 1 - track.filter.box.intersectionOverUnion(sighting.box) * (byScore ? sighting.score : 1)
            }
            var (restingTracks, restingBoxes) = ([Int](), Set(boxes))
            for (row, column) in costs.assignment(limit: limit).enumerated() {
                guard let column else {
                    restingTracks.append(candidates[row])
                    continue
                }
                owner[boxes[column]] = candidates[row]
                restingBoxes.remove(boxes[column])
            }
            return (restingTracks, boxes.filter(restingBoxes.contains))
        }
        let unconfirmed = tracks.indices.filter { !tracks[$0].isConfirmed }
        var rest = match(
            tracks.indices.filter { tracks[$0].isConfirmed }, strong, limit: TrackerParameters.strongLimit, byScore: true)
        let unseen = match(rest.tracks.filter { !tracks[$0].isLost }, weak, limit: TrackerParameters.weakLimit, byScore: false).tracks
        rest = match(unconfirmed, rest.boxes, limit: TrackerParameters.unconfirmedLimit, byScore: true)

        for (index, track) in owner.enumerated() { if let track { tracks[track].see(sightings[index], frame: frame, time: time) } }
        for index in unseen { tracks[index].isLost = true }
        var isGone = [Bool](repeating: false, count: tracks.count)
        for index in rest.tracks { isGone[index] = true }
        confirm(unconfirmed.filter { !isGone[$0] }, &step)
        for index in rest.boxes where sightings[index].score >= parameters.newScore {
            owner[index] = tracks.count
            tracks.append(Track(sightings[index], id: 0, frame: frame, time: time))
            isGone.append(false)
            // What is there when a scene begins need not prove itself.
            if frame == 1 { confirm([tracks.count - 1], &step) }
        }
        for index in tracks.indices where tracks[index].isLost && time - tracks[index].lastTime > parameters.bufferSeconds + Self.instant {
            isGone[index] = true
        }
        removeDuplicates(&isGone)

        for (index, track) in owner.enumerated() {
            if let track, !isGone[track], tracks[track].isConfirmed { step.ids[index] = tracks[track].id }
        }
        // A track that was confirmed only to be found a duplicate was never there.
        let (known, gone) = (count - step.started.count, tracks.indices.filter { isGone[$0] && tracks[$0].isConfirmed }.map { tracks[$0] })
        step.started.removeAll { track in gone.contains { $0.id == track.id } }
        step.ended = gone.filter { $0.id <= known }.sorted { $0.id < $1.id }
        tracks = tracks.indices.filter { !isGone[$0] }.map { tracks[$0] }
        return step
    }

    /// Gives up all tracks: what comes next is another scene.
    /// - Returns: the confirmed ones, by id.
    public mutating func end() -> [Track] {
        let ended = tracks.filter(\.isConfirmed).sorted { $0.id < $1.id }
        (tracks, frame) = ([], 0)
        return ended
    }

    /// Times of frames are rounded: what is shorter than this is nothing.
    private static let instant = 1e-4

    private mutating func confirm(_ indices: [Int], _ step: inout Step) {
        for index in indices {
            count += 1
            tracks[index].id = count
            step.started.append(tracks[index])
        }
    }

    /// Of a track in sight and one out of sight in the same place, the one that was followed for longer stays.
    private func removeDuplicates(_ isGone: inout [Bool]) {
        let all = tracks.indices.filter { !isGone[$0] }
        let lost = all.filter { tracks[$0].isLost }
        for index in all where !tracks[index].isLost {
            for other in lost where tracks[other].classID == tracks[index].classID {
                let overlap = tracks[index].filter.box.intersectionOverUnion(tracks[other].filter.box)
                guard overlap > TrackerParameters.duplicateOverlap else { continue }
                isGone[tracks[index].age > tracks[other].age ? other : index] = true
            }
        }
    }
}
