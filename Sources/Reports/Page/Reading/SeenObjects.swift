import DeepVid
import Results
import Vision

/// An object that was in view, from its coming to its going: an event of the page.
struct SeenObject: Sendable {
    /// Where it was seen best: what its picture shows.
    struct View: Sendable {
        var frame: Int
        /// Seconds; nil when the container has no times.
        var ptsS: Double?
        var score: Double
        /// [x, y, width, height] in source pixels; empty of classifiers, whose answer is of the whole picture.
        var box: [Double]
    }

    let label: String
    let classID: Int
    /// Nil where objects are not followed.
    var trackID: Int?
    /// Seconds on the input's time axis.
    var first: Double
    var last: Double
    var best: View
    /// The best score of the time before it moved, which no picture is of.
    var restingScore = 0.0
    /// The event's score, as `events` has it.
    var score: Double { max(best.score, restingScore) }
    /// The zones that it came into and the lines that it crossed, in that order, each once.
    var zones: [String] = []
    var lines: [String] = []
    /// The name of the picture that was kept of it; nil without.
    var snapshot: String?

    mutating func see(_ view: View) { if view.score > best.score { best = view } }

    mutating func enter(_ zone: String) { if !zones.contains(zone) { zones.append(zone) } }

    mutating func cross(_ line: String) { if !lines.contains(line) { lines.append(line) } }
}

/// The objects of an input, in the order of their coming.
///
/// With tracking, every track is one. Without, an object comes when there are more of its class than before and goes when there are
/// fewer; which of the boxes is the new one is told by how little it overlaps with those before. A classifier's objects are the
/// stretches of time with the same best class.
struct SeenObjects: Sendable {
    private(set) var list: [SeenObject] = []
    /// Number of all, also of those that the list has no room for.
    private(set) var count = 0
    /// Where in the list a track is.
    private var places: [Int: Int] = [:]
    private var newestTrack = Int.min
    /// Tracks that have not moved so far: since when they are there, when they were seen last, and their best score.
    private var resting: [Int: (since: Double, last: Double, score: Double)] = [:]
    private var levels: [String: Level] = [:]
    private var stretch = Stretch()
    private let confirmation: Int

    private static let mostListed = 20_000
    private static let mostClasses = 500
    /// More objects of a frame are not followed.
    private static let mostOfFrame = 300
    /// A class has fewer objects than before only if that lasts this long, in seconds: detectors miss objects for a while.
    private static let patience = 2.0

    /// - Parameter confirmation: records that show an object without a track before it counts, so that a detection of one frame is
    ///   none; 1 where a record stands for all frames up to the next one.
    init(confirmation: Int = 3) { self.confirmation = confirmation }

    mutating func add(_ record: FrameRecord, at time: Double) {
        let objects = (record.objects ?? []).prefix(Self.mostOfFrame)
        func view(_ object: DetectedObject) -> SeenObject.View {
            SeenObject.View(frame: record.frame, ptsS: record.ptsS, score: object.score.isFinite ? object.score : 0, box: object.box)
        }
        for object in objects {
            guard let id = object.trackID else { continue }
            // What never moves is furniture, or a detector's mistake; what does came when it was first seen.
            if object.isStatic == true {
                rest(id, view(object).score, at: time)
                continue
            }
            let rested = resting.removeValue(forKey: id)
            follow(id, object.label, object.classID, from: rested?.since ?? time, to: time, view(object)) { seen in
                if let rested { seen.restingScore = max(seen.restingScore, rested.score) }
                for zone in object.zones ?? [] { seen.enter(zone) }
            }
        }
        for event in record.events ?? [] { note(event) }
        let loose = Dictionary(grouping: objects.filter { $0.trackID == nil }, by: \.label)
        for (label, all) in loose.sorted(by: { $0.key < $1.key }) where levels[label] != nil || levels.count < Self.mostClasses {
            let boxes = all.map { Level.Arrival(classID: $0.classID, view: view($0)) }
            update(label, boxes, at: time)
        }
        for label in levels.keys where loose[label] == nil { update(label, [], at: time) }
        if let best = record.classes?.first {
            let whole = SeenObject.View(frame: record.frame, ptsS: record.ptsS, score: best.score.isFinite ? best.score : 0, box: [])
            answer(best.label, best.classID, whole, at: time)
        }
    }

    /// Nothing changed until `time`: what `record` shows is still there.
    mutating func hold(_ record: FrameRecord, until time: Double) {
        for id in (record.objects ?? []).compactMap(\.trackID) { if let place = places[id] { list[place].last = time } }
        for (label, level) in levels {
            for place in level.present { list[place].last = time }
            levels[label]!.seen = time
        }
        if let place = stretch.place { list[place].last = time }
    }

    /// Gives each object that has no picture the one that `find` names.
    mutating func findSnapshots(_ find: (SeenObject) -> String?) {
        for place in list.indices where list[place].snapshot == nil { list[place].snapshot = find(list[place]) }
    }

    /// Takes objects out of the list. They are not counted then; those that the list has no room for still are.
    /// - Returns: those for which `isWanted` is false.
    mutating func keep(where isWanted: (SeenObject) -> Bool) -> [SeenObject] {
        let left = list.filter { !isWanted($0) }
        list.removeAll { !isWanted($0) }
        count -= left.count
        return left
    }

    /// Events have the best box so far; the last of them stands.
    mutating func add(_ event: EventRecord, from start: Double, to end: Double) {
        let score = event.score.isFinite ? event.score : 0
        let view = SeenObject.View(frame: event.bestFrame, ptsS: event.bestPts, score: score, box: event.box)
        // The end of a run and the beginning of another in one file: a number that begins anew is another object.
        if event.kind == .start { places[event.trackID] = nil }
        follow(event.trackID, event.label, event.classID, from: start, to: end, view) { seen in
            seen.best = view
            seen.snapshot = event.snapshot?.crop ?? seen.snapshot
            for zone in event.enteredZones ?? [] { seen.enter(zone) }
        }
        for happened in event.zoneEvents ?? [] { note(happened) }
    }

    // MARK: - With tracks

    private mutating func rest(_ id: Int, _ score: Double, at time: Double) {
        guard let known = resting[id] else {
            if resting.count < Self.mostListed { resting[id] = (time, time, score) }
            return
        }
        // Out of sight for longer than objects are missed, it is seen as if for the first time. A record of changes holds until the next one.
        let isSeenAgain = confirmation > 1 && time - known.last > Self.patience
        resting[id] = isSeenAgain ? (time, time, score) : (known.since, time, max(known.score, score))
    }

    private mutating func follow(
        _ id: Int, _ label: String, _ classID: Int, from start: Double, to end: Double, _ view: SeenObject.View,
        _ change: (inout SeenObject) -> Void
    ) {
        if places[id] == nil {
            // Without room for it, it is counted by its number: those that come later have higher ones.
            guard list.count < Self.mostListed else {
                if id > newestTrack { count += 1 }
                return newestTrack = max(newestTrack, id)
            }
            places[id] = append(SeenObject(label: label, classID: classID, trackID: id, first: start, last: end, best: view))
        }
        newestTrack = max(newestTrack, id)
        let place = places[id]!
        list[place].last = max(list[place].last, end)
        list[place].see(view)
        change(&list[place])
    }

    private mutating func note(_ event: ZoneEvent) {
        guard let place = places[event.trackID] else { return }
        if event.kind == .enter, let zone = event.zone { list[place].enter(zone) }
        if event.kind == .cross, let line = event.line { list[place].cross(line) }
    }

    /// - Returns: its place in the list; nil if there is no room.
    private mutating func append(_ object: SeenObject) -> Int? {
        count += 1
        guard list.count < Self.mostListed else { return nil }
        list.append(object)
        return list.count - 1
    }

    // MARK: - Without tracks

    /// The objects of a class that are there.
    private struct Level {
        struct Arrival {
            let classID: Int
            let view: SeenObject.View
        }

        /// Their number, and the places of those that the list has room for, the first that came first.
        var count = 0
        var present: [Int] = []
        /// When there were last so many, and their boxes.
        var seen = 0.0
        var boxes: [[Double]] = []
        /// Records in a row with more, the fewest objects in one of them, the newcomers of the best one, and the time of the first.
        var records = 0
        var least = Int.max
        var newcomers: [Arrival] = []
        var since = 0.0
    }

    private mutating func update(_ label: String, _ objects: [Level.Arrival], at time: Double) {
        var level = levels[label] ?? Level()
        defer { levels[label] = level }
        if objects.count >= level.count {
            level.seen = time
            for place in level.present { list[place].last = time }
        }
        guard objects.count > level.count else {
            (level.records, level.least, level.newcomers) = (0, .max, [])
            if objects.count == level.count {
                level.boxes = objects.map(\.view.box)
            } else if time - level.seen > Self.patience || time < level.seen {
                // Who came first went first.
                let gone = level.count - objects.count
                level.present.removeFirst(min(gone, level.present.count))
                for place in level.present { list[place].last = time }
                (level.count, level.seen, level.boxes) = (objects.count, time, objects.map(\.view.box))
            }
            return
        }
        if level.records == 0 { level.since = time }
        level.records += 1
        level.least = min(level.least, objects.count)
        let newest = Self.newest(objects, besides: level.boxes)
        if level.newcomers.isEmpty || newest[0].view.score > level.newcomers[0].view.score { level.newcomers = newest }
        guard level.records >= confirmation else { return }
        for arrival in level.newcomers.prefix(level.least - level.count) {
            let object = SeenObject(label: label, classID: arrival.classID, first: level.since, last: time, best: arrival.view)
            if let place = append(object) { level.present.append(place) }
        }
        (level.count, level.boxes) = (level.least, objects.map(\.view.box))
        (level.records, level.least, level.newcomers) = (0, .max, [])
    }

    /// Those that overlap least with the boxes before come first; of equals the surest one.
    private static func newest(_ objects: [Level.Arrival], besides boxes: [[Double]]) -> [Level.Arrival] {
        let before = boxes.compactMap(Box.init(list:))
        func overlap(_ arrival: Level.Arrival) -> Float {
            guard let box = Box(list: arrival.view.box) else { return 0 }
            return before.map { $0.intersectionOverUnion(box) }.max() ?? 0
        }
        return objects.map { ($0, overlap($0)) }.sorted { ($0.1, $1.0.view.score) < ($1.1, $0.0.view.score) }.map(\.0)
    }

    // MARK: - Of classifiers

    /// A time with the same best class.
    private struct Stretch {
        var label: String?
        var records = 0
        var since = 0.0
        var best: SeenObject.View?
        /// In the list, once there were enough records.
        var place: Int?
    }

    private mutating func answer(_ label: String, _ classID: Int, _ view: SeenObject.View, at time: Double) {
        if stretch.label != label { stretch = Stretch(label: label, since: time) }
        stretch.records += 1
        if stretch.best.map({ view.score > $0.score }) ?? true { stretch.best = view }
        if let place = stretch.place {
            list[place].last = time
            list[place].see(view)
        } else if stretch.records == confirmation, let best = stretch.best {
            stretch.place = append(SeenObject(label: label, classID: classID, first: stretch.since, last: time, best: best))
        }
    }
}

extension Box {
    /// Of [x, y, width, height]; nil if these are no box, as a file may hold.
    init?(list: [Double]) {
        guard list.count == 4, list.allSatisfy({ abs($0) < 1e6 }), list[2] > 0, list[3] > 0 else { return nil }
        self.init(x: Float(list[0]), y: Float(list[1]), width: Float(list[2]), height: Float(list[3]))
    }
}
