import Vision

/// Follows objects by their boxes: ByteTrack (Zhang et al., *ByteTrack: Multi-Object Tracking by Associating Every Detection
/// Box*, ECCV 2022), Algorithm 1 with the published code's rules for beginning, losing and ending tracks.
///
/// It differs from that code in three ways: a track has one class, and only boxes of that class continue it; the time out of
/// sight is measured in seconds; and a track that ends is gone at once, not one frame later. Predictions go by frames.
/// A frame takes O(n²·m) for n tracks and m boxes or the other way round.
public struct Tracker: Codable, Sendable, Equatable {
    /// Boxes from this score on are looked for first, and may begin a track (`track_thresh`, `det_thresh`).
    private let score: Double
    /// For how long a track may be out of sight, in seconds.
    private let bufferSeconds: Double
    /// Those being followed, also the ones out of sight and the ones seen once.
    public private(set) var tracks: [Track] = []
    /// Tracks confirmed so far; the last one's id.
    public private(set) var count = 0
    /// Since the beginning of the scene.
    private var frame = 0

    public init(score: Double, bufferSeconds: Double = Self.defaultBuffer) { (self.score, self.bufferSeconds) = (score, bufferSeconds) }

    /// What a frame brought.
    public struct Step: Sendable, Equatable {
        /// For each detection the id of its track; nil for one that belongs to none, or to a track that is not confirmed.
        public var ids: [Int?]
        /// The tracks that were confirmed in this frame.
        public var started: [Track] = []
        /// The confirmed tracks that were given up in this frame, by id.
        public var ended: [Track] = []
    }

    /// One frame.
    /// - Parameters:
    ///   - detections: down to a score of 0.1; weaker ones are passed over.
    ///   - time: of the frame, in seconds.
    public mutating func update(_ detections: [Detection], at time: Double) -> Step {
        frame += 1
        var step = Step(ids: Array(repeating: nil, count: detections.count))
        var owner = [Int?](repeating: nil, count: detections.count)
        let (scores, bounds) = (detections.map { Double($0.score) }, detections.map(\.box.bounds))
        for index in tracks.indices where tracks[index].isConfirmed { tracks[index].filter.predict(keepsHeight: tracks[index].isLost) }

        // First the boxes that are sure, then the others for the tracks that were in sight until now.
        let strong = scores.indices.filter { scores[$0] >= score }
        let weak = scores.indices.filter { scores[$0] > Self.lowScore && scores[$0] < score }
        func match(_ candidates: [Int], _ boxes: [Int], limit: Double, byScore: Bool) -> (tracks: [Int], boxes: [Int]) {
            let costs = CostMatrix(rows: candidates.count, columns: boxes.count) { row, column in
                let (track, box) = (tracks[candidates[row]], boxes[column])
                guard track.classID == detections[box].classID else { return 1 }
                return 1 - track.filter.bounds.intersectionOverUnion(bounds[box]) * (byScore ? scores[box] : 1)
            }
            let assigned = Array(zip(candidates, costs.assignment(limit: limit)))
            for case let (track, column?) in assigned { owner[boxes[column]] = track }
            return (assigned.filter { $1 == nil }.map(\.0), boxes.filter { owner[$0] == nil })
        }
        let unconfirmed = tracks.indices.filter { !tracks[$0].isConfirmed }
        var rest = match(tracks.indices.filter { tracks[$0].isConfirmed }, strong, limit: Self.strongLimit, byScore: true)
        let unseen = match(rest.tracks.filter { !tracks[$0].isLost }, weak, limit: Self.weakLimit, byScore: false).tracks
        rest = match(unconfirmed, rest.boxes, limit: Self.unconfirmedLimit, byScore: true)

        for (index, track) in owner.enumerated() { if let track { tracks[track].extend(to: bounds[index], frame: frame, time: time) } }
        for index in unseen { tracks[index].isLost = true }
        var isGone = [Bool](repeating: false, count: tracks.count)
        for index in rest.tracks { isGone[index] = true }
        confirm(unconfirmed.filter { !isGone[$0] }, &step)
        for index in rest.boxes {
            owner[index] = tracks.count
            tracks.append(Track(classID: detections[index].classID, bounds[index], frame: frame, time: time))
            isGone.append(false)
            // What a scene begins with is confirmed at once.
            if frame == 1 { confirm([tracks.count - 1], &step) }
        }
        let limit = bufferSeconds + Self.timeTolerance
        for index in tracks.indices where tracks[index].isLost && time - tracks[index].lastTime > limit { isGone[index] = true }
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

    /// Weaker boxes than `score`, above this, may still continue a track that no other box continues.
    private static let lowScore = 0.1
    /// `track_buffer`: 30 frames of video at 30 frames a second.
    public static let defaultBuffer = 1.0
    /// Costs from which boxes do not belong to a track: 1 − IoU × score (`match_thresh`), of weak boxes 1 − IoU, and again
    /// 1 − IoU × score for tracks that were seen once.
    private static let (strongLimit, weakLimit, unconfirmedLimit) = (0.8, 0.5, 0.7)
    /// IoU above which two tracks are of one object.
    private static let duplicateOverlap = 0.85
    /// Seconds by which rounded time stamps may be off.
    private static let timeTolerance = 1e-4

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
                let overlap = tracks[index].filter.bounds.intersectionOverUnion(tracks[other].filter.bounds)
                guard overlap > Self.duplicateOverlap else { continue }
                isGone[tracks[index].age > tracks[other].age ? other : index] = true
            }
        }
    }
}

/// One object as it goes from frame to frame.
public struct Track: Codable, Sendable, Equatable {
    /// From 1, in the order in which tracks are confirmed; 0 until then.
    public internal(set) var id: Int
    /// Never changes: only boxes of this class continue the track.
    public let classID: Int
    /// Whether the last frame did not show it.
    public internal(set) var isLost = false
    /// When it was first and last seen, in seconds.
    public let startTime: Double
    public private(set) var lastTime: Double

    var filter: BoxFilter
    private let startFrame: Int
    private var lastFrame: Int

    init(classID: Int, _ bounds: Bounds, frame: Int, time: Double) {
        (id, self.classID, filter) = (0, classID, BoxFilter(bounds))
        (startTime, lastTime, startFrame, lastFrame) = (time, time, frame, frame)
    }

    var isConfirmed: Bool { id > 0 }

    /// Frames from the first detection to the last.
    var age: Int { lastFrame - startFrame }

    mutating func extend(to bounds: Bounds, frame: Int, time: Double) {
        filter.correct(bounds)
        (isLost, lastFrame, lastTime) = (false, frame, time)
    }
}
