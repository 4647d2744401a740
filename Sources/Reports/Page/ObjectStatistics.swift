import Results

/// When a class, or a track, was seen.
struct SeenObject {
    var label: String
    var classID: Int
    /// Nil for a class.
    var trackID: Int?
    var frames = 0
    /// Over all frames; 0 for a track.
    var objects = 0
    /// At once.
    var most = 0
    /// Seconds.
    var first = 0.0
    var last = 0.0
    var best = 0.0

    mutating func see(at time: Double, count: Int, score: Double, frames new: Int) {
        if frames == 0 { first = time }
        (frames, objects, last) = (frames + new, objects + count * new, time)
        (most, best) = (max(most, count), max(best, score))
    }

    /// A stay, of which no frames are known.
    mutating func see(from start: Double, to end: Double, score: Double) {
        if best == 0, last == 0 { first = start }
        (first, last, best) = (min(first, start), max(last, end), max(best, score))
    }
}

/// Classes and tracks, a bounded number of each.
struct SeenObjects {
    private(set) var classes: [SeenObject] = []
    private(set) var tracks: [Int: SeenObject] = [:]
    /// Whether there were more than are counted.
    private(set) var isIncomplete = false
    private var indices: [String: Int] = [:]

    private static let mostClasses = 200
    private static let mostTracks = 4000

    /// - Parameter frames: how many look like this, the last of them at `time`.
    /// - Returns: how many there are of each class, by its index in `classes`.
    mutating func add(_ record: FrameRecord, at time: Double, frames: Int = 1) -> [Int: Int] {
        var counts: [Int: (count: Int, score: Double)] = [:]
        func note(_ label: String, _ classID: Int, _ score: Double) {
            guard let index = index(of: label, classID) else { return }
            let old = counts[index] ?? (0, 0)
            counts[index] = (old.count + 1, max(old.score, score.isFinite ? score : 0))
        }
        for object in record.objects ?? [] {
            note(object.label, object.classID, object.score)
            track(object, time, frames)
        }
        // Of a classification, the answer.
        if let best = record.classes?.first { note(best.label, best.classID, best.score) }
        for (index, seen) in counts { classes[index].see(at: time, count: seen.count, score: seen.score, frames: frames) }
        return counts.mapValues(\.count)
    }

    /// What is known of an object's stay by now.
    mutating func add(_ event: EventRecord, from start: Double, to end: Double) {
        let score = event.score.isFinite ? event.score : 0
        if let index = index(of: event.label, event.classID) { classes[index].see(from: start, to: end, score: score) }
        guard hasRoom(for: event.trackID) else { return }
        tracks[event.trackID, default: SeenObject(label: event.label, classID: event.classID, trackID: event.trackID)]
            .see(from: start, to: end, score: score)
    }

    private mutating func index(of label: String, _ classID: Int) -> Int? {
        if let known = indices[label] { return known }
        guard classes.count < Self.mostClasses else {
            isIncomplete = true
            return nil
        }
        classes.append(SeenObject(label: label, classID: classID))
        indices[label] = classes.count - 1
        return classes.count - 1
    }

    private mutating func hasRoom(for id: Int) -> Bool {
        if tracks[id] != nil || tracks.count < Self.mostTracks { return true }
        isIncomplete = true
        return false
    }

    private mutating func track(_ object: DetectedObject, _ time: Double, _ frames: Int) {
        guard let id = object.trackID, hasRoom(for: id) else { return }
        tracks[id, default: SeenObject(label: object.label, classID: object.classID, trackID: id)]
            .see(at: time, count: 1, score: object.score.isFinite ? object.score : 0, frames: frames)
    }
}
