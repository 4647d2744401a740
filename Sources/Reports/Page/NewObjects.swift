import Results

/// An object that came into view.
struct Appearance {
    var label: String
    var frame: Int
    /// Seconds; nil when the container has no times.
    var ptsS: Double?
    var time: Double
    /// Of the best object.
    var score: Double
    var trackID: Int?
    /// Of the class, in that frame.
    var objects: [DetectedObject]
    /// How many of the class there are now.
    var count: Int
}

/// Finds appearances: a new track that stays, or, without tracking, more objects of a class than there were.
///
/// An arrival counts after `confirmation` records, so that a flicker is none; it is shown by the best of them.
struct Appearances {
    private(set) var list: [Appearance] = []
    /// All of them, also those that the list has no room for.
    private(set) var count = 0
    private var levels: [String: Level] = [:]
    private var tracks: [Int: Newcomer] = [:]
    /// Of events: where in the list a track is.
    private var places: [Int: Int] = [:]
    private let confirmation: Int

    /// Seconds after which fewer objects count as fewer.
    private static let memory = 2.0
    private static let room = 2000
    private static let mostTracks = 20_000

    /// - Parameter confirmation: 1 where a record stands for all frames up to the next.
    init(confirmation: Int = 3) { self.confirmation = confirmation }

    private struct Level {
        var count = 0
        /// When there were last as many.
        var seen = 0.0
        var candidate: Appearance?
        var streak = 0
    }

    private struct Newcomer {
        var frames = 0
        var best: Appearance?
    }

    mutating func add(_ record: FrameRecord, at time: Double) {
        let objects = record.objects ?? []
        let tracked = objects.filter { $0.trackID != nil }
        for object in tracked.prefix(200) { follow(object, record, time) }
        // Tracks that never stayed are forgotten with the others when there are too many.
        if tracks.count > Self.mostTracks { tracks.removeAll() }
        var byLabel: [String: [DetectedObject]] = [:]
        for object in objects where object.trackID == nil { byLabel[object.label, default: []].append(object) }
        for (label, all) in byLabel where levels[label] != nil || levels.count < 500 { count(all, label, record, time) }
        for label in levels.keys where byLabel[label] == nil { count([], label, record, time) }
    }

    /// Every track is an arrival, shown by its best box so far.
    mutating func add(_ event: EventRecord, at time: Double) {
        let object = DetectedObject(
            label: event.label, classID: event.classID, score: event.score, box: event.box, trackID: event.trackID)
        let arrival = Appearance(
            label: event.label, frame: event.bestFrame, ptsS: event.bestS, time: time, score: event.score, trackID: event.trackID,
            objects: [object], count: 1)
        if event.event != .start, let place = places[event.trackID] {
            list[place] = arrival
        } else {
            if list.count < Self.room { places[event.trackID] = list.count }
            arrived(arrival)
        }
    }

    private mutating func follow(_ object: DetectedObject, _ record: FrameRecord, _ time: Double) {
        guard let id = object.trackID else { return }
        var newcomer = tracks[id] ?? Newcomer()
        guard newcomer.frames < confirmation else { return }
        newcomer.frames += 1
        if object.score > newcomer.best?.score ?? -1 {
            newcomer.best = Appearance(
                label: object.label, frame: record.frame, ptsS: record.ptsS, time: time, score: object.score, trackID: id,
                objects: [object], count: 1)
        }
        if newcomer.frames == confirmation {
            if let best = newcomer.best { arrived(best) }
            newcomer.best = nil
        }
        tracks[id] = newcomer
    }

    private mutating func count(_ objects: [DetectedObject], _ label: String, _ record: FrameRecord, _ time: Double) {
        var level = levels[label] ?? Level()
        if objects.count > level.count {
            let best = objects.map(\.score).max() ?? 0
            if level.candidate == nil || best > level.candidate!.score {
                level.candidate = Appearance(
                    label: label, frame: record.frame, ptsS: record.ptsS, time: time, score: best, objects: Array(objects.prefix(20)),
                    count: objects.count)
            }
            level.streak += 1
            if level.streak == confirmation, let candidate = level.candidate {
                arrived(candidate)
                (level.count, level.seen, level.candidate, level.streak) = (candidate.count, time, nil, 0)
            }
        } else {
            (level.candidate, level.streak) = (nil, 0)
            if objects.count == level.count { level.seen = time }
            if objects.count < level.count, time - level.seen > Self.memory || time < level.seen {
                (level.count, level.seen) = (objects.count, time)
            }
        }
        levels[label] = level
    }

    private mutating func arrived(_ arrival: Appearance) {
        count += 1
        if list.count < Self.room { list.append(arrival) }
    }

    /// At most so many, spread over the time: the best score of each stretch.
    func chosen(_ limit: Int) -> [Appearance] {
        guard list.count > limit, limit > 0 else { return limit > 0 ? list : [] }
        return (0..<limit).compactMap { part in
            list[part * list.count / limit..<(part + 1) * list.count / limit].max { $0.score < $1.score }
        }
    }
}
