import Results

/// An object that came into view.
struct NewObject {
    var label: String
    var frame: Int
    /// Seconds; nil when the container has no times.
    var ptsS: Double?
    var time: Double
    var trackID: Int?
    /// The objects of its class in that frame.
    var objects: [DetectedObject]
    /// The number of objects of its class now.
    var count = 1

    /// The highest of `objects`.
    var score: Double { objects.map(\.score).max() ?? 0 }
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
    private var tracks: [Int: Candidate] = [:]
    /// Where in the list a track is, in results of events.
    private var places: [Int: Int] = [:]
    private let confirmation: Int

    /// A class has fewer objects than before only if that lasts this long, in seconds: detectors miss objects for a while.
    private static let patience = 2.0
    private static let mostListed = 2000
    private static let mostTracks = 20_000

    /// - Parameter confirmation: 1 where a record stands for all frames up to the next one.
    init(confirmation: Int = 3) { self.confirmation = confirmation }

    /// What may be new, until it is in enough records.
    private struct Candidate {
        var records = 0
        var best: NewObject?

        mutating func add(_ object: NewObject) {
            records += 1
            if best.map({ object.score > $0.score }) ?? true { best = object }
        }
    }

    private struct Level {
        var count = 0
        /// When there were last `count` objects.
        var seen = 0.0
        var candidate = Candidate()
    }

    mutating func add(_ record: FrameRecord, at time: Double) {
        let objects = record.objects ?? []
        for object in objects.filter({ $0.trackID != nil }).prefix(200) { follow(object, record, time) }
        // A bound on memory: tracks that go on after this are counted once more.
        if tracks.count > Self.mostTracks { tracks.removeAll() }
        let byLabel = Dictionary(grouping: objects.filter { $0.trackID == nil }, by: \.label)
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
            label: event.label, frame: event.bestFrame, ptsS: event.bestPts, time: time, trackID: event.trackID, objects: [box])
        if event.kind != .start, let place = places[event.trackID] {
            list[place] = object
        } else {
            if list.count < Self.mostListed { places[event.trackID] = list.count }
            append(object)
        }
    }

    private mutating func follow(_ object: DetectedObject, _ record: FrameRecord, _ time: Double) {
        guard let id = object.trackID, object.isStatic != true else { return }
        var track = tracks[id] ?? Candidate()
        guard track.records < confirmation else { return }
        track.add(
            NewObject(label: object.label, frame: record.frame, ptsS: record.ptsS, time: time, trackID: id, objects: [object]))
        if track.records == confirmation, let best = track.best {
            append(best)
            track.best = nil
        }
        tracks[id] = track
    }

    private mutating func count(_ objects: [DetectedObject], _ label: String, _ record: FrameRecord, _ time: Double) {
        var level = levels[label] ?? Level()
        defer { levels[label] = level }
        guard objects.count > level.count else {
            level.candidate = Candidate()
            if objects.count == level.count || time - level.seen > Self.patience || time < level.seen {
                (level.count, level.seen) = (objects.count, time)
            }
            return
        }
        level.candidate.add(
            NewObject(
                label: label, frame: record.frame, ptsS: record.ptsS, time: time,
                objects: Array(objects.sorted { $0.score > $1.score }.prefix(20)), count: objects.count))
        if level.candidate.records == confirmation, let best = level.candidate.best {
            append(best)
            level = Level(count: best.count, seen: time)
        }
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
