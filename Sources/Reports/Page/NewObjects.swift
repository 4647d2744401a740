import Results

/// An object that came into view.
struct NewObject {
    var label: String
    var frame: Int
    /// Seconds; nil when the container has no times.
    var ptsS: Double?
    var time: Double
    /// The highest of `objects`.
    var score: Double
    var trackID: Int?
    /// The objects of its class in that frame.
    var objects: [DetectedObject]
    /// The number of objects of its class now.
    var count: Int
}

/// Finds new objects: a new track that stays, or, without tracking, more objects of a class than before.
///
/// An object counts as new once it is in `confirmation` records, so that a detection of one frame is not one; the record with the
/// highest score stands for it.
struct NewObjects {
    private(set) var list: [NewObject] = []
    /// Number of all, also of those that the list has no room for.
    private(set) var count = 0
    private var levels: [String: Level] = [:]
    private var tracks: [Int: UnconfirmedTrack] = [:]
    /// Where in the list a track is, in results of events.
    private var places: [Int: Int] = [:]
    private let confirmation: Int

    /// A class has fewer objects than before only if that lasts this long, in seconds: detectors miss objects for a while.
    private static let patience = 2.0
    private static let mostListed = 2000
    private static let mostTracks = 20_000

    /// - Parameter confirmation: 1 where a record stands for all frames up to the next one.
    init(confirmation: Int = 3) { self.confirmation = confirmation }

    private struct Level {
        var count = 0
        /// When there were last `count` objects.
        var seen = 0.0
        var candidate: NewObject?
        var streak = 0
    }

    private struct UnconfirmedTrack {
        var frames = 0
        var best: NewObject?
    }

    mutating func add(_ record: FrameRecord, at time: Double) {
        let objects = record.objects ?? []
        let tracked = objects.filter { $0.trackID != nil }
        for object in tracked.prefix(200) { follow(object, record, time) }
        // A bound on memory: tracks that go on after this are counted once more.
        if tracks.count > Self.mostTracks { tracks.removeAll() }
        var byLabel: [String: [DetectedObject]] = [:]
        for object in objects where object.trackID == nil { byLabel[object.label, default: []].append(object) }
        for (label, all) in byLabel.sorted(by: { $0.key < $1.key }) where levels[label] != nil || levels.count < 500 {
            count(all, label, record, time)
        }
        for label in levels.keys where byLabel[label] == nil { count([], label, record, time) }
    }

    /// Every track is a new object; the best box so far stands for it.
    mutating func add(_ event: EventRecord, at time: Double) {
        let box = DetectedObject(
            label: event.label, classID: event.classID, score: event.score, box: event.box, trackID: event.trackID)
        let object = NewObject(
            label: event.label, frame: event.bestFrame, ptsS: event.bestS, time: time, score: event.score, trackID: event.trackID,
            objects: [box], count: 1)
        if event.event != .start, let place = places[event.trackID] {
            list[place] = object
        } else {
            if list.count < Self.mostListed { places[event.trackID] = list.count }
            append(object)
        }
    }

    private mutating func follow(_ object: DetectedObject, _ record: FrameRecord, _ time: Double) {
        guard let id = object.trackID else { return }
        var track = tracks[id] ?? UnconfirmedTrack()
        guard track.frames < confirmation else { return }
        track.frames += 1
        if object.score > track.best?.score ?? -1 {
            track.best = NewObject(
                label: object.label, frame: record.frame, ptsS: record.ptsS, time: time, score: object.score, trackID: id,
                objects: [object], count: 1)
        }
        if track.frames == confirmation {
            if let best = track.best { append(best) }
            track.best = nil
        }
        tracks[id] = track
    }

    private mutating func count(_ objects: [DetectedObject], _ label: String, _ record: FrameRecord, _ time: Double) {
        var level = levels[label] ?? Level()
        if objects.count > level.count {
            let best = objects.map(\.score).max() ?? 0
            if level.candidate == nil || best > level.candidate!.score {
                level.candidate = NewObject(
                    label: label, frame: record.frame, ptsS: record.ptsS, time: time, score: best, objects: Array(objects.prefix(20)),
                    count: objects.count)
            }
            level.streak += 1
            if level.streak == confirmation, let candidate = level.candidate {
                append(candidate)
                (level.count, level.seen, level.candidate, level.streak) = (candidate.count, time, nil, 0)
            }
        } else {
            (level.candidate, level.streak) = (nil, 0)
            if objects.count == level.count { level.seen = time }
            if objects.count < level.count, time - level.seen > Self.patience || time < level.seen {
                (level.count, level.seen) = (objects.count, time)
            }
        }
        levels[label] = level
    }

    private mutating func append(_ object: NewObject) {
        count += 1
        if list.count < Self.mostListed { list.append(object) }
    }

    /// At most `limit` objects, spread over the time: the one with the highest score of each part of the list.
    func chosen(_ limit: Int) -> [NewObject] {
        guard list.count > limit, limit > 0 else { return limit > 0 ? list : [] }
        return (0..<limit).compactMap { part in
            list[part * list.count / limit..<(part + 1) * list.count / limit].max { $0.score < $1.score }
        }
    }
}
