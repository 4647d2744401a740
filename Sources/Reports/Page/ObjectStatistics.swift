import Results

/// When, how often and how well a class, or a track, was seen.
struct PresenceStatistics {
    var label: String
    var classID: Int
    var frames = 0
    /// The largest number of objects in one frame.
    var most = 0
    /// Times in seconds.
    var first = 0.0
    var last = 0.0
    /// The highest score.
    var best = 0.0

    mutating func add(at time: Double, count: Int, score: Double, frames new: Int) {
        if frames == 0 { first = time }
        (frames, last) = (frames + new, time)
        (most, best) = (max(most, count), max(best, score))
    }

    /// Adds a time during which something was there, of which no frames are known.
    mutating func add(from start: Double, to end: Double, score: Double) {
        if best == 0, last == 0 { first = start }
        (first, last, best) = (min(first, start), max(last, end), max(best, score))
    }
}

/// Statistics of classes and tracks, of a bounded number of each.
struct ObjectStatistics {
    private(set) var classes: [PresenceStatistics] = []
    /// By the track's number.
    private(set) var tracks: [Int: PresenceStatistics] = [:]
    /// Whether there were more classes or tracks than are counted.
    private(set) var isIncomplete = false
    private var indices: [String: Int] = [:]

    private static let mostClasses = 200
    private static let mostTracks = 4000

    /// - Parameter frames: number of frames with these objects, the last of them at `time`.
    /// - Returns: the classes that are there, by index in `classes`.
    mutating func add(_ record: FrameRecord, at time: Double, frames: Int = 1) -> [Int] {
        var counts: [Int: (count: Int, score: Double)] = [:]
        func note(_ label: String, _ classID: Int, _ score: Double) {
            guard let index = index(of: label, classID) else { return }
            let old = counts[index] ?? (0, 0)
            counts[index] = (old.count + 1, max(old.score, score.isFinite ? score : 0))
        }
        for object in record.objects ?? [] {
            note(object.label, object.classID, object.score)
            guard let id = object.trackID, object.isStatic != true else { continue }
            let score = object.score.isFinite ? object.score : 0
            track(id, object.label, object.classID) { $0.add(at: time, count: 1, score: score, frames: frames) }
        }
        // Of a classification, the likeliest class.
        if let best = record.classes?.first { note(best.label, best.classID, best.score) }
        for (index, seen) in counts { classes[index].add(at: time, count: seen.count, score: seen.score, frames: frames) }
        return Array(counts.keys)
    }

    /// Adds what an event says of when a track was there.
    mutating func add(_ event: EventRecord, from start: Double, to end: Double) {
        let score = event.score.isFinite ? event.score : 0
        if let index = index(of: event.label, event.classID) { classes[index].add(from: start, to: end, score: score) }
        track(event.trackID, event.label, event.classID) { $0.add(from: start, to: end, score: score) }
    }

    private mutating func index(of label: String, _ classID: Int) -> Int? {
        if let known = indices[label] { return known }
        guard classes.count < Self.mostClasses else {
            isIncomplete = true
            return nil
        }
        classes.append(PresenceStatistics(label: label, classID: classID))
        indices[label] = classes.count - 1
        return classes.count - 1
    }

    private mutating func track(_ id: Int, _ label: String, _ classID: Int, _ add: (inout PresenceStatistics) -> Void) {
        guard tracks[id] != nil || tracks.count < Self.mostTracks else { return isIncomplete = true }
        add(&tracks[id, default: PresenceStatistics(label: label, classID: classID)])
    }
}
