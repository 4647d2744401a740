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

    mutating func see(at time: Double, count: Int, score: Double) {
        if frames == 0 { first = time }
        (frames, objects, last) = (frames + 1, objects + count, time)
        (most, best) = (max(most, count), max(best, score))
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

    /// - Returns: how many there are of each class, by its index in `classes`.
    mutating func add(_ record: FrameRecord, at time: Double) -> [Int: Int] {
        var counts: [Int: (count: Int, score: Double)] = [:]
        func note(_ label: String, _ classID: Int, _ score: Double) {
            guard let index = index(of: label, classID) else { return }
            let old = counts[index] ?? (0, 0)
            counts[index] = (old.count + 1, max(old.score, score.isFinite ? score : 0))
        }
        for object in record.objects ?? [] {
            note(object.label, object.classID, object.score)
            track(object, time)
        }
        // Of a classification, the answer.
        if let best = record.classes?.first { note(best.label, best.classID, best.score) }
        for (index, seen) in counts { classes[index].see(at: time, count: seen.count, score: seen.score) }
        return counts.mapValues(\.count)
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

    private mutating func track(_ object: DetectedObject, _ time: Double) {
        guard let id = object.trackID else { return }
        guard tracks[id] != nil || tracks.count < Self.mostTracks else {
            isIncomplete = true
            return
        }
        tracks[id, default: SeenObject(label: object.label, classID: object.classID, trackID: id)]
            .see(at: time, count: 1, score: object.score.isFinite ? object.score : 0)
    }
}
