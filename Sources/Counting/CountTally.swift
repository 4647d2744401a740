import Clocks
import DeepVid
import Models
import Results

/// The counts so far.
struct CountTally {
    private let keys: [CountKey]
    private var labels: LabelFilter
    private var hours: HourNames
    private var figures: [[String]: CountFigures] = [:]
    /// Tracks that were counted, by the number of their input, until it ends.
    private var tracks: [Int: Set<Int>] = [:]
    /// Those that have not moved so far, likewise; and how many of each label never did, of inputs that have ended.
    private var resting: [Int: RestingTracks] = [:]
    private var restedToTheEnd: [String: Int] = [:]
    /// Rows have the place of their camera here, until all are known.
    private var cameras: [InputCamera] = []
    private var places: [InputCamera: Int] = [:]
    /// Of inputs whose objects are not followed: frames that show something.
    private(set) var frames = 0
    /// What was counted with an hour, and without.
    private var timed = 0
    private var untimed = 0
    private var hasZones = false
    private var notes: [String] = []
    /// What recordings there were, by their names.
    private var recordings: [String: [BeginRecord]] = [:]
    private var counting: Counted

    private enum Counted { case objects, entries, crossings }

    init(_ options: CountRun.Options) {
        (keys, labels, hours) = (options.keys, LabelFilter(options.classes), HourNames(options.timeZone))
        counting = keys.contains(.zone) ? .entries : keys.contains(.line) ? .crossings : .objects
    }

    mutating func add(_ record: ReadRecord, of input: ResultInput) throws {
        switch record {
        case .begin(let begin):
            note(begin)
            noteRepetition(of: begin)
        case .frame(let frame): try add(frame, of: input)
        case .event(let event): add(event, of: input)
        case .end(let end): finish(input, end)
        default: break
        }
    }

    private mutating func note(_ begin: BeginRecord) {
        if begin.options.zones != nil || begin.options.lines != nil { hasZones = true }
        if begin.options.records == "changes", begin.options.trackBufferS == nil, counting == .objects {
            notes.append(
                "\(begin.source): has records of changes only and no tracks, so 'frames' and 'boxes' count changes; run infer with --track")
        }
    }

    /// A clip whose results are there twice, of two models say, is counted twice. Cameras begin anew whenever they are started.
    private mutating func noteRepetition(of begin: BeginRecord) {
        guard begin.clock != "arrival", begin.source != "-", !begin.source.contains("://") else { return }
        func isSame(_ other: BeginRecord) -> Bool {
            (other.video, other.startTime) == (begin.video, begin.startTime) && other.options.startS == begin.options.startS
                && other.options.durationS == begin.options.durationS
        }
        let others = recordings[begin.source, default: []]
        if let other = others.first(where: isSame) {
            let models = other.model == begin.model ? "" : ", by \(other.model.name) and by \(begin.model.name)"
            let note = "\(begin.source): comes more than once\(models), and is counted each time: name one file of results of a clip"
            if !notes.contains(note) { notes.append(note) }
        } else {
            recordings[begin.source] = others + [begin]
        }
    }

    // MARK: Frames

    private mutating func add(_ frame: FrameRecord, of input: ResultInput) throws {
        if counting != .objects {
            if frame.events != nil { hasZones = true }
            return add(frame.events ?? [], at: frame.time, of: input)
        }
        if let objects = frame.objects {
            if input.isTracked ?? objects.contains(where: { $0.trackID != nil }) {
                resting[input.number, default: RestingTracks(input.begin)].see(frame)
                for object in objects { add(object, at: frame.time, of: input) }
            } else {
                add(boxes: objects.map(\.label), at: frame.time, of: input, areBoxes: true)
            }
        } else if let classes = frame.classes {
            // The answer is the best class.
            add(boxes: classes.prefix(1).map(\.label), at: frame.time, of: input, areBoxes: false)
        } else {
            throw DeepVidError(.cannotCount, "\(input.name): the records have neither boxes nor classes, so there is nothing to count")
        }
    }

    private mutating func add(_ object: DetectedObject, at time: String?, of input: ResultInput) {
        // What has not moved so far counts when it does.
        guard let id = object.trackID, object.isStatic != true, labels.isWanted(object.label) else { return }
        guard tracks[input.number, default: []].insert(id).inserted else { return }
        // It came when it was first seen.
        let came = resting[input.number]?.leave(id)?.time ?? time
        count(row(object.label, place: nil, came, input)) { $0.tracks = ($0.tracks ?? 0) + 1 }
    }

    private mutating func finish(_ input: ResultInput, _ end: EndRecord) {
        tracks[input.number] = nil
        var resting = self.resting.removeValue(forKey: input.number) ?? RestingTracks(input.begin)
        resting.see(end)
        restedToTheEnd.merge(resting.neverMoved, uniquingKeysWith: +)
    }

    /// How many objects of each wanted label were not counted because they never moved.
    mutating func neverMoved() -> [String: Int] {
        guard counting == .objects else { return [:] }
        let all = resting.values.reduce(into: restedToTheEnd) { $0.merge($1.neverMoved, uniquingKeysWith: +) }
        return all.filter { labels.isWanted($0.key) }
    }

    /// - Parameter boxes: their labels.
    private mutating func add(boxes: [String], at time: String?, of input: ResultInput, areBoxes: Bool) {
        var inFrame: [[String]: Int] = [:]
        for label in boxes where labels.isWanted(label) { inFrame[row(label, place: nil, time, input), default: 0] += 1 }
        if !inFrame.isEmpty { frames += 1 }
        for (row, boxes) in inFrame {
            count(row) { figures in
                figures.frames = (figures.frames ?? 0) + 1
                if areBoxes { figures.boxes = (figures.boxes ?? 0) + boxes }
            }
        }
    }

    private mutating func add(_ events: [ZoneEvent], at time: String?, of input: ResultInput) {
        for event in events where labels.isWanted(event.label) {
            switch (counting, event.kind) {
            case (.entries, .enter):
                count(row(event.label, place: event.zone, time, input)) { $0.entries = ($0.entries ?? 0) + 1 }
            case (.crossings, .cross):
                count(row(event.label, place: event.line, time, input)) { figures in
                    let isRightward = event.direction == .leftToRight
                    figures.leftToRight = (figures.leftToRight ?? 0) + (isRightward ? 1 : 0)
                    figures.rightToLeft = (figures.rightToLeft ?? 0) + (isRightward ? 0 : 1)
                }
            default: continue
            }
        }
    }

    // MARK: Events instead of frames

    private mutating func add(_ event: EventRecord, of input: ResultInput) {
        if counting != .objects {
            if event.zones != nil { hasZones = true }
            return add(event.zoneEvents ?? [], at: event.time, of: input)
        }
        guard labels.isWanted(event.label), tracks[input.number, default: []].insert(event.trackID).inserted else { return }
        count(row(event.label, place: nil, event.startTime, input)) { $0.tracks = ($0.tracks ?? 0) + 1 }
    }

    // MARK: Rows

    private mutating func row(_ label: String, place: String?, _ time: String?, _ input: ResultInput) -> [String] {
        keys.map { key in
            switch key {
            case .hour: time.flatMap { hours.name(of: $0) } ?? ""
            case .class: label
            case .zone, .line: place ?? ""
            case .camera: camera(of: input)
            }
        }
    }

    /// The place of its name.
    private mutating func camera(of input: ResultInput) -> String {
        if let known = places[input.camera] { return "\(known)" }
        cameras.append(input.camera)
        places[input.camera] = cameras.count - 1
        return "\(cameras.count - 1)"
    }

    private mutating func count(_ row: [String], _ change: (inout CountFigures) -> Void) {
        change(&figures[row, default: CountFigures()])
        guard let hour = keys.firstIndex(of: .hour) else { return }
        if row[hour].isEmpty { untimed += 1 } else { timed += 1 }
    }

    /// - Throws: `DeepVidError` when hours are asked for, and no record has a time of day.
    func rows() throws -> [Counts.Row] {
        if untimed > 0, timed == 0 {
            throw DeepVidError(
                .cannotCount,
                "the records have no time of day, so there are no hours: "
                    + "run infer with a --clock that knows it, or leave 'hour' out of --by")
        }
        var named = figures
        if let column = keys.firstIndex(of: .camera) {
            let names = InputCamera.names(cameras)
            named = [:]
            for (key, figures) in figures {
                var key = key
                key[column] = names[cameras[Int(key[column])!]]!
                named[key, default: CountFigures()] += figures
            }
        }
        return named.map { Counts.Row(names: $0.key, figures: $0.value) }.sorted { $0.names.lexicographicallyPrecedes($1.names) }
    }

    var warnings: [String] {
        var all = notes
        if untimed > 0 { all.append("some records have no time of day: what they tell of stands without an hour") }
        if counting != .objects, !hasZones { all.append("the records have no zones and lines; run infer with --zones") }
        return all + [labels.warning].compactMap(\.self)
    }
}
