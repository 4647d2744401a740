import Vision

/// Follows objects by their boxes: ByteTrack (Zhang et al., *ByteTrack: Multi-Object Tracking by Associating Every Detection
/// Box*, ECCV 2022), Algorithm 1 with the published code's rules for beginning, losing and ending tracks.
///
/// It differs from that code in this:
/// * Time is measured in seconds, not frames: predictions, their uncertainty and the time out of sight.
/// * A box has a width, and not an aspect that hardly changes (`BoxFilter`), so that what the picture's border cuts off is followed.
/// * Where a track was not seen for longer than a thirtieth of a second, boxes that overlap too little, sure or weak, are looked
///   for once more, both grown by what the prediction may be off, as *C-BIoU* does (Yang et al., WACV 2023) with a fixed share.
/// * Weak boxes also continue tracks that were out of sight for a moment, unless these have never moved.
/// * Tracks seen once are predicted like others, so that the second box tells their velocity.
/// * A track has one class, and only boxes of that class continue it.
/// * A track that was at rest when it was lost is remembered, and goes on where a new one would begin in its place.
/// * A track that ends is gone at once, not one frame later.
/// * Where it is told what objects look like, they are known again by that as well (`Reidentification`).
///
/// A frame takes O(n²·m) for n tracks and m boxes or the other way round.
public struct Tracker: Codable, Sendable, Equatable {
    /// Boxes from this score on are looked for first, and may begin a track (`track_thresh`, `det_thresh`).
    private let score: Double
    /// For how long a track may be out of sight, in seconds.
    private let bufferSeconds: Double
    /// For how long the place of an object at rest is remembered, in seconds; 0 where none is.
    private let memorySeconds: Double
    /// Nil where objects are known by their place alone.
    let reidentification: Reidentification?
    /// Those being followed, also the ones out of sight, the remembered ones and the ones seen once.
    public internal(set) var tracks: [Track] = []
    /// Tracks confirmed so far; the last one's id.
    public private(set) var count = 0
    /// Of the last frame; nil at the beginning of a scene.
    private var lastTime: Double?

    public init(
        score: Double, bufferSeconds: Double = Self.defaultBuffer, memorySeconds: Double = Self.defaultMemory,
        reidentification: Reidentification? = nil
    ) {
        (self.score, self.bufferSeconds, self.memorySeconds) = (score, bufferSeconds, memorySeconds)
        self.reidentification = reidentification
    }

    /// What a frame brought.
    public struct Step: Sendable, Equatable {
        /// For each detection the id of its track; nil for one that belongs to none, or to a track that is not confirmed.
        public var ids: [Int?]
        /// The tracks that were confirmed in this frame.
        public var started: [Track] = []
        /// Those that had been lost, were remembered, and are seen again.
        public var revived: [Track] = []
        /// Those that were known again by what they look like, and not by their place.
        public var recognised: [Int] = []
        /// Those of which this frame was the first to show that they have moved.
        public var moved: [Int] = []
        /// The confirmed tracks that were given up in this frame, by id.
        public var ended: [Track] = []
    }

    /// One frame of which nothing is known but boxes.
    public mutating func update(_ detections: [Detection], at time: Double, doubtful: Set<Int> = []) -> Step {
        update(detections, at: time, doubtful: doubtful) { _ in [] }
    }

    /// One frame.
    /// - Parameters:
    ///   - detections: down to a score of 0.1; weaker ones are passed over.
    ///   - time: of the frame, in seconds.
    ///   - doubtful: detections that are not sure enough to show that something has moved, though their score is that of a sure one.
    ///   - cut: detections that the picture's border cuts off.
    ///   - look: says what these detections look like: a vector for each, all of as many numbers; or nothing. Not asked without `reidentification`.
    /// - Throws: what `look` throws; the tracker is of no use then.
    public mutating func update<Failure>(
        _ detections: [Detection], at time: Double, doubtful: Set<Int> = [], cut: Set<Int> = [],
        look: (_ detections: [Int]) throws(Failure) -> [[Float]]
    ) throws(Failure) -> Step {
        let isFirst = lastTime == nil
        predict(to: time)
        var step = Step(ids: Array(repeating: nil, count: detections.count))
        var boxes = Boxes(detections)

        // First the boxes that are sure, then the others, for the tracks that are confirmed; what is left, for those seen once.
        let (strong, weak) = (boxes.indices { $0 >= score }, boxes.indices { $0 > Self.lowScore && $0 < score })
        let (confirmed, unconfirmed) = (indices { $0.isConfirmed && !isRemembered($0, at: time) }, indices { !$0.isConfirmed })
        var left = match(confirmed, strong, &boxes, limit: Self.strongLimit, by: .score)
        left = match(left.tracks, left.boxes, &boxes, limit: Self.strongLimit, by: .grownScore)
        // Where nothing was sure for long, or has ever moved, a weak box that comes back may be of nothing at all.
        let isDoubtful = { [tracks] (index: Int) in
            tracks[index].isLost && (!tracks[index].hasMoved || time - tracks[index].sureTime > Self.longestDoubt)
        }
        let unseen = match(left.tracks.filter { !isDoubtful($0) }, weak, &boxes, limit: Self.weakLimit, by: .overlap)
        _ = match(unseen.tracks, unseen.boxes, &boxes, limit: Self.weakLimit, by: .grownOverlap)
        left = match(unconfirmed, left.boxes, &boxes, limit: Self.unconfirmedLimit, by: .score)
        left = match(left.tracks, left.boxes, &boxes, limit: Self.strongLimit, by: .grownScore)
        let longLost = Set(indices { isRemembered($0, at: time) })
        let resting = indices { isRemembered($0, at: time) && isAtRest($0, at: time) }
        let beginning = match(resting, left.boxes, &boxes, limit: Self.weakLimit, by: .place).boxes
        let told = detections.map { reidentification?.labels.contains($0.label) ?? false }
        let recognition = try recognise(&boxes, told: told, cut: cut, at: time, look: look)

        let hadMoved = tracks.map { $0.isConfirmed && $0.hasMoved }
        var isGone = [Bool](repeating: false, count: tracks.count)
        for index in left.tracks where !(time - tracks[index].lastTime < BoxFilter.unit - Self.timeTolerance) { isGone[index] = true }
        for index in recognition.mistaken { isGone[index] = true }
        for (box, track) in boxes.owners.enumerated() {
            guard let track else { continue }
            if longLost.contains(track), !recognition.recognised.contains(track) {
                tracks[track].revive(boxes.bounds[box], at: time)
            } else {
                let isSure = boxes.scores[box] >= score
                tracks[track].extend(to: boxes.bounds[box], isSure: isSure, proves: isSure && !doubtful.contains(box), at: time)
            }
            if longLost.contains(track) { step.revived.append(tracks[track]) }
        }
        let seen = Set(boxes.owners.compactMap(\.self))
        for index in tracks.indices where tracks[index].isConfirmed && !seen.contains(index) { tracks[index].isLost = true }
        step.recognised = recognition.recognised.map { tracks[$0].id }.sorted()
        confirm(unconfirmed.filter { seen.contains($0) && !recognition.waiting.contains($0) }, &step)
        for box in beginning {
            boxes.owners[box] = tracks.count
            tracks.append(Track(classID: detections[box].classID, boxes.bounds[box], at: time))
            isGone.append(false)
            // What a scene begins with is confirmed at once.
            if isFirst { confirm([tracks.count - 1], &step) }
        }
        try lookAgain(boxes, told: told, at: time, look: look)
        forget(&isGone, at: time)
        removeDuplicates(&isGone, at: time)

        for (box, track) in boxes.owners.enumerated() {
            guard let track, !isGone[track], tracks[track].isConfirmed else { continue }
            step.ids[box] = tracks[track].id
            if track < hadMoved.count, tracks[track].hasMoved, !hadMoved[track] { step.moved.append(tracks[track].id) }
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
        (tracks, lastTime) = ([], nil)
        return ended
    }

    /// What happens until the next frame is not known: whoever is at rest may still be there, and nobody else is looked for.
    public mutating func pause() {
        tracks.removeAll { !$0.isConfirmed }
        for index in tracks.indices { tracks[index].isLost = true }
    }

    /// The track of an object in sight.
    public func track(_ id: Int) -> Track? { tracks.first { $0.id == id } }

    // MARK: Constants

    /// Weaker boxes than `score`, above this, may still continue a track that no other box continues.
    private static let lowScore = 0.1
    /// `track_buffer`: 30 frames of video at 30 frames a second.
    public static let defaultBuffer = 1.0
    /// A car that is not recognised for some minutes of the night is still the same.
    public static let defaultMemory = 600.0
    /// The most tracks that are remembered; those that were seen last stay.
    private static let mostRemembered = 64
    /// Costs from which boxes do not belong to a track: 1 − IoU × score (`match_thresh`), of weak boxes 1 − IoU, and again
    /// 1 − IoU × score for tracks that were seen once.
    private static let (strongLimit, weakLimit, unconfirmedLimit) = (0.8, 0.5, 0.7)
    /// IoU above which two tracks are of one object.
    private static let duplicateOverlap = 0.85
    /// Seconds since a track's last sure box for which weak ones bring it back. Of 0, 1, 2 and any number, 2 kept as many ids as any.
    private static let longestDoubt = 2.0
    /// Seconds between two frames for which an object is thought to go on as it did.
    private static let longestPrediction = 2.0
    /// Seconds by which rounded time stamps may be off.
    private static let timeTolerance = 1e-4

    // MARK: Steps

    private func indices(where isMeant: (Track) -> Bool) -> [Int] { tracks.indices.filter { isMeant(tracks[$0]) } }

    private mutating func predict(to time: Double) {
        // Time stamps may be anything: nobody is predicted into the past, and motion of long ago says nothing.
        let wait = min(max(time - (lastTime ?? time), 0), Self.longestPrediction)
        lastTime = time
        guard wait > 0 else { return }
        for index in tracks.indices where !isRemembered(tracks[index], at: time) {
            tracks[index].filter.predict(units: wait / BoxFilter.unit, keepsSize: tracks[index].isLost)
        }
    }

    /// Out of sight for longer than objects are looked for where they go.
    func isRemembered(_ track: Track, at time: Double) -> Bool {
        track.isLost && time - track.lastTime > bufferSeconds + Self.timeTolerance
    }

    /// How alike a track and a box are, from 0 to 1.
    private enum Likeness { case overlap, score, grownOverlap, grownScore, place }

    private func likeness(_ track: Track, _ bounds: Bounds, _ score: Double, by likeness: Likeness) -> Double {
        switch likeness {
        case .overlap: return track.filter.bounds.intersectionOverUnion(bounds)
        case .score: return track.filter.bounds.intersectionOverUnion(bounds) * score
        case .grownOverlap: return grownOverlap(track, bounds)
        case .grownScore: return grownOverlap(track, bounds) * score
        case .place: return track.place.intersectionOverUnion(bounds)
        }
    }

    /// IoU where both boxes are grown by what the prediction may be off; 0 where it is as sure as published.
    private func grownOverlap(_ track: Track, _ bounds: Bounds) -> Double {
        let slack = track.filter.slack
        return slack > 0 ? track.filter.bounds.grown(by: slack).intersectionOverUnion(bounds.grown(by: slack)) : 0
    }

    /// Gives boxes to tracks, at the least cost in all.
    /// - Returns: those that are left.
    private func match(
        _ candidates: [Int], _ free: [Int], _ boxes: inout Boxes, limit: Double, by kind: Likeness
    ) -> (tracks: [Int], boxes: [Int]) {
        let costs = CostMatrix(rows: candidates.count, columns: free.count) { row, column in
            let (track, box) = (tracks[candidates[row]], free[column])
            guard track.classID == boxes.classes[box] else { return 1 }
            return 1 - likeness(track, boxes.bounds[box], boxes.scores[box], by: kind)
        }
        let assigned = Array(zip(candidates, costs.assignment(limit: limit)))
        for case let (track, column?) in assigned { boxes.owners[free[column]] = track }
        return (assigned.filter { $1 == nil }.map(\.0), free.filter { boxes.owners[$0] == nil })
    }

    private mutating func confirm(_ indices: [Int], _ step: inout Step) {
        for index in indices {
            count += 1
            tracks[index].id = count
            step.started.append(tracks[index])
        }
    }

    /// Whether one that is remembered may still be in its place: for as long as it had been at rest, and if it never moved, so
    /// that it is a thing, as a rule, for as long as any.
    private func isAtRest(_ track: Track, at time: Double) -> Bool {
        let wait = time - track.lastTime
        return wait <= memorySeconds && (!track.hasMoved || track.restSeconds >= max(wait, Rest.staticSeconds))
    }

    /// Gives up who has been out of sight for too long: longer than the buffer, or than it is remembered by its place or by what it looks like.
    private func forget(_ isGone: inout [Bool], at time: Double) {
        let lost = indices { isRemembered($0, at: time) }.sorted { tracks[$0].lastTime > tracks[$1].lastTime }
        var remembered = 0
        for index in lost {
            let isMeant = isAtRest(tracks[index], at: time) || isMissed(tracks[index], at: time)
            if isMeant, remembered < Self.mostRemembered { remembered += 1 } else { isGone[index] = true }
        }
    }

    /// Of a track in sight and one out of sight in the same place, the one that was followed for longer stays.
    private func removeDuplicates(_ isGone: inout [Bool], at time: Double) {
        let all = tracks.indices.filter { !isGone[$0] && !isRemembered(tracks[$0], at: time) }
        let lost = all.filter { tracks[$0].isLost }
        for index in all where !tracks[index].isLost {
            for other in lost where tracks[other].classID == tracks[index].classID {
                let overlap = tracks[index].filter.bounds.intersectionOverUnion(tracks[other].filter.bounds)
                guard overlap > Self.duplicateOverlap else { continue }
                isGone[age(index) > age(other) ? other : index] = true
            }
        }
    }

    /// Seconds from the first detection to the last.
    private func age(_ index: Int) -> Double { tracks[index].lastTime - tracks[index].startTime }
}
