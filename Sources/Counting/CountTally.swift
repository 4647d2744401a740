import Clocks
import DeepVid
import Models
import Results

/// The counts so far.
struct CountTally {
    private let keys: [CountKey]
    private let selection: ResultSelection
    private var check: SelectionCheck
    private var times: TimeNames
    private let counting: Counted
    private let isByTime: Bool
    /// Inputs that have not ended, by number.
    private var open: [Int: InputTally] = [:]
    /// Which of these cameras are asked for, and what they are called, is known when all are.
    private var cameras: [InputCamera: CameraTally] = [:]
    private var hasZones = false
    private var hasLines = false
    /// Zones, or lines, that are asked for, and the classes that they are for; nil for all.
    private var places: [String: [String]?] = [:]
    /// Classes that models have or records show, by their lower case.
    private var labels: [String: String] = [:]
    private var notes: [String] = []
    /// What recordings there were, by their names.
    private var recordings: [String: [BeginRecord]] = [:]

    private enum Counted { case objects, entries, crossings }

    /// An input that goes on.
    private struct InputTally {
        let input: ResultInput
        var stays: ObjectStays
        var recorded = RecordedTime()
        /// Names of zones, or of lines: those that the run was given, and those at which something happened.
        var places: Set<String>
        /// With a least score, what happened at zones or lines, until it is known of whom.
        var passed: [Passage] = []
    }

    /// Somebody came into a zone, or crossed a line.
    private struct Passage {
        let event: ZoneEvent
        let time: Double?
        /// Of the object, among the stays of the input; nil where no record has shown it before.
        let stay: Int?
    }

    /// A stretch of time in which an input was recorded, and the zones, or lines, that it had.
    private struct Recorded {
        let span: ClosedRange<Double>
        let places: Set<String>
    }

    /// What inputs of a camera came to. Rows have no name in the place of the camera.
    private struct CameraTally {
        var inputs: [ResultInput] = []
        var figures: [[String]: CountFigures] = [:]
        var neverMoved: [String: Int] = [:]
        var recorded: [Recorded] = []
        /// Whether an input has the zones that are asked for.
        var isAsked = false
        /// Of all its inputs.
        var places: Set<String> = []
        var labels: Set<String> = []
        /// That show something, where objects are not followed.
        var frames = 0
        /// What was counted with a time of day, and without.
        var timed = 0
        var untimed = 0
        var slowest: Double?
    }

    init(_ options: CountRun.Options) {
        (keys, selection, check) = (options.keys, options.selection, SelectionCheck(options.selection))
        times = TimeNames(options.timeZone, options.keys)
        isByTime = options.keys.contains(where: \.isTime)
        counting = keys.contains(.zone) ? .entries : keys.contains(.line) ? .crossings : .objects
    }

    mutating func add(_ record: ReadRecord, of input: ResultInput) throws {
        if open[input.number] == nil {
            open[input.number] = InputTally(
                input: input, stays: ObjectStays(input.begin), places: Set(places(of: input.begin).map(\.name)))
            cameras[input.camera, default: CameraTally()].inputs.append(input)
        }
        if isByTime { open[input.number]!.recorded.add(record) }
        if case .begin(let begin) = record {
            note(begin)
            noteRepetition(of: begin)
        }
        // Of those who pass, the stays say how sure they were.
        if counting == .objects || selection.score != nil { open[input.number]!.stays.add(record) }
        switch record {
        case .frame(let frame): try add(frame, of: input)
        case .event(let event):
            if event.zones != nil { hasZones = true }
            if counting != .objects {
                see(event.label)
                add(event.zoneEvents ?? [], at: event.time, of: input)
            }
        case .end: finish(input.number)
        default: break
        }
    }

    /// There is such a class.
    private mutating func know(_ label: String) {
        guard selection.classes != nil, labels.count < Self.mostLabels else { return }
        labels[label.lowercased()] = label
    }

    private mutating func see(_ label: String) {
        check.see(label: label)
        know(label)
    }

    /// A file may contain any number of labels.
    private static let mostLabels = 2000

    /// What is passed, where that is counted.
    private func places(of begin: BeginRecord?) -> [ZoneShape] {
        switch counting {
        case .objects: []
        case .entries: begin?.options.zones ?? []
        case .crossings: begin?.options.lines ?? []
        }
    }

    private mutating func note(_ begin: BeginRecord) {
        for label in begin.model.labels ?? [] { know(label) }
        for place in places(of: begin) where places.count < 500 && selection.includes(zone: place.name) {
            places[place.name] = .some(places[place.name] == .some(nil) ? nil : place.classes)
        }
        if !(begin.options.zones ?? []).isEmpty { hasZones = true }
        if !(begin.options.lines ?? []).isEmpty { hasLines = true }
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

    // MARK: Objects, when their input has ended

    private mutating func finish(_ number: Int) {
        guard let ended = open.removeValue(forKey: number) else { return }
        let input = ended.input
        for passage in ended.passed {
            guard let stay = passage.stay ?? ended.stays.place(of: passage.event.trackID) else { continue }
            if selection.includes(score: ended.stays.all[stay].score) { count(passage.event, passage.time, input) }
        }
        // Of a recording without the zone that is asked for, nothing is.
        let isAsked =
            counting != .objects || input.begin == nil || selection.includes(zones: (input.begin!.options.zones ?? []).map(\.name))
            || ended.stays.all.contains { selection.includes(zones: $0.zones.lazy.map(\.name)) }
        guard isAsked else { return }
        cameras[input.camera]!.isAsked = true
        cameras[input.camera]!.recorded += ended.recorded.spans.map { Recorded(span: $0, places: ended.places) }
        cameras[input.camera]!.places.formUnion(ended.places)
        guard counting == .objects else { return }
        for stay in ended.stays.all {
            check.see(stay)
            know(stay.label)
            guard selection.includes(stay) else { continue }
            if RecordedRate.isFast(stay.label), let rate = input.begin?.framesPerSecond, rate < RecordedRate.least {
                cameras[input.camera]!.slowest = min(cameras[input.camera]!.slowest ?? rate, rate)
            }
            count(stay.label, place: nil, stay.span.startTime, input) { $0.objects = ($0.objects ?? 0) + 1 }
        }
        // Where and when they were, and how sure, is not known of those that never moved.
        guard selection.zones == nil, selection.time == nil, selection.score == nil else { return }
        for (label, count) in ended.stays.neverMoved {
            check.see(label: label)
            if selection.includes(label: label) { cameras[input.camera]!.neverMoved[label, default: 0] += count }
        }
    }

    // MARK: Frames

    private mutating func add(_ frame: FrameRecord, of input: ResultInput) throws {
        if counting != .objects {
            if frame.events != nil { hasZones = true }
            // Who is there and passes nothing is no mistake in a name.
            for object in frame.objects ?? [] { see(object.label) }
            return add(frame.events ?? [], at: frame.time, of: input)
        }
        if let objects = frame.objects {
            // Of those that are followed, the others are no objects yet.
            guard !(input.isTracked ?? objects.contains { $0.trackID != nil }) else { return }
            let wanted = objects.filter { selection.includes(zones: $0.zones ?? []) && selection.includes(score: $0.score) }
            add(boxes: wanted.map(\.label), at: frame.time, of: input, areBoxes: true)
        } else if let classes = frame.classes {
            // The answer is the best class.
            let wanted = classes.prefix(1).filter { selection.includes(score: $0.score) }
            add(boxes: wanted.map(\.label), at: frame.time, of: input, areBoxes: false)
        } else if frame.segments != nil {
            throw DeepVidError(
                .cannotCount,
                "\(input.name): the records are maps (segments), which count does not read: 'deepvid export --to csv' makes a table of them, or "
                    + "jq '.segments'")
        } else {
            throw DeepVidError(.cannotCount, "\(input.name): the records have neither boxes nor classes, so there is nothing to count")
        }
    }

    /// - Parameter boxes: their labels.
    private mutating func add(boxes: [String], at time: String?, of input: ResultInput, areBoxes: Bool) {
        guard !boxes.isEmpty else { return }
        let moment = time.flatMap(UTCTime.seconds)
        guard selection.includes(from: moment, to: moment) else { return }
        var inFrame: [String: Int] = [:]
        for label in boxes {
            see(label)
            if selection.includes(label: label) { inFrame[label, default: 0] += 1 }
        }
        if !inFrame.isEmpty { cameras[input.camera]!.frames += 1 }
        var isNew = Set<[String]>()
        for (label, boxes) in inFrame {
            let row = row(label, place: nil, moment)
            // A frame with two classes in one row is one frame.
            let frames = isNew.insert(row).inserted ? 1 : 0
            count(row, label, isTimed: moment != nil, input) { figures in
                figures.frames = (figures.frames ?? 0) + frames
                if areBoxes { figures.boxes = (figures.boxes ?? 0) + boxes }
            }
        }
    }

    private mutating func add(_ events: [ZoneEvent], at time: String?, of input: ResultInput) {
        guard !events.isEmpty else { return }
        let moment = time.flatMap(UTCTime.seconds)
        for event in events {
            if let zone = event.zone {
                hasZones = true
                check.know(zone: zone)
            }
            if event.line != nil { hasLines = true }
            switch (counting, event.kind) {
            case (.entries, .enter), (.crossings, .cross): see(event.label)
            default: continue
            }
            guard selection.includes(label: event.label), selection.includes(from: moment, to: moment) else { continue }
            if counting == .entries { guard event.zone.map(selection.includes(zone:)) == true else { continue } }
            if let place = counting == .entries ? event.zone : event.line { open[input.number]!.places.insert(place) }
            if selection.score == nil {
                count(event, moment, input)
            } else {
                open[input.number]!.passed.append(
                    Passage(event: event, time: moment, stay: open[input.number]!.stays.place(of: event.trackID)))
            }
        }
    }

    private mutating func count(_ event: ZoneEvent, _ time: Double?, _ input: ResultInput) {
        if counting == .entries {
            count(event.label, place: event.zone, time, input) { $0.entries = ($0.entries ?? 0) + 1 }
        } else {
            count(event.label, place: event.line, time, input) { figures in
                let isRightward = event.direction == .leftToRight
                figures.leftToRight = (figures.leftToRight ?? 0) + (isRightward ? 1 : 0)
                figures.rightToLeft = (figures.rightToLeft ?? 0) + (isRightward ? 0 : 1)
            }
        }
    }

    // MARK: Rows

    /// - Parameter time: seconds since 1970.
    private mutating func row(_ label: String, place: String?, _ time: Double?) -> [String] {
        let names = time.flatMap { times.names(at: $0) } ?? [:]
        return keys.map { key in
            switch key {
            case .hour, .day, .weekday: names[key] ?? ""
            case .class: label
            case .zone, .line: place ?? ""
            case .camera: ""
            }
        }
    }

    private mutating func count(
        _ label: String, place: String?, _ time: Double?, _ input: ResultInput, _ change: (inout CountFigures) -> Void
    ) { count(row(label, place: place, time), label, isTimed: time != nil, input, change) }

    private mutating func count(
        _ row: [String], _ label: String, isTimed: Bool, _ input: ResultInput, _ change: (inout CountFigures) -> Void
    ) {
        change(&cameras[input.camera]!.figures[row, default: CountFigures()])
        cameras[input.camera]!.labels.insert(label)
        if isTimed { cameras[input.camera]!.timed += 1 } else { cameras[input.camera]!.untimed += 1 }
    }

    // MARK: All of it

    /// - Throws: `DeepVidError` when hours are asked for and no record has a time of day, and when there are no such zones, lines or
    ///   cameras.
    mutating func finish(_ reader: ResultsReader) throws -> Counts {
        for number in open.keys.sorted() { finish(number) }
        let names = InputCamera.names(cameras.keys)
        var wanted: [(name: String, tally: CameraTally)] = []
        for (camera, tally) in cameras {
            for input in tally.inputs { check.know(input) }
            if tally.inputs.count(where: { check.see($0, named: names[camera]!) }) > 0 { wanted.append((names[camera]!, tally)) }
        }
        if reader.inputs > 0 {
            if counting == .entries, !hasZones { throw Self.nothingToPass("zones") }
            if counting == .crossings, !hasLines { throw Self.nothingToPass("lines") }
        }
        try check.refuseUnknownNames()
        let timed = wanted.reduce(0) { $0 + $1.tally.timed }, untimed = wanted.reduce(0) { $0 + $1.tally.untimed }
        if isByTime, untimed > 0, timed == 0 {
            throw DeepVidError(
                .cannotCount,
                "the records have no time of day, so there are no hours: "
                    + "run infer with a --clock that knows it, or leave 'hour', 'day' and 'weekday' out of --by")
        }
        var warnings = notes + (placesForOthers.map { [$0] } ?? check.warnings)
        if isByTime, untimed > 0 { warnings.append("some records have no time of day: what they tell of stands without an hour") }
        let slow = wanted.compactMap { camera in camera.tally.slowest.map { (camera.name, $0) } }
        if let warning = RecordedRate.warning(slow) { warnings.append(warning) }
        return Counts(
            keys: keys, rows: rows(wanted), frames: wanted.reduce(0) { $0 + $1.tally.frames },
            inputs: reader.inputs - reader.failures.missingInputs, labels: wanted.reduce(into: []) { $0.formUnion($1.tally.labels) },
            neverMoved: wanted.reduce(into: [:]) { $0.merge($1.tally.neverMoved, uniquingKeysWith: +) },
            warnings: reader.warnings + reader.failures.warnings + warnings, problems: reader.problems)
    }

    /// That all zones, or lines, are for other classes than those that are asked for: of these, nothing can have come.
    private var placesForOthers: String? {
        guard counting != .objects, let wanted = selection.classes.map({ Set($0.map { $0.lowercased() }) }), !places.isEmpty else {
            return nil
        }
        let classes = places.values.compactMap(\.self)
        guard classes.count == places.count, classes.joined().allSatisfy({ !wanted.contains($0.lowercased()) }) else { return nil }
        let (kind, names) = (counting == .crossings ? "line" : "zone", places.keys.sorted().joined(separator: ", "))
        let labels = Set(classes.joined()).sorted(), are = labels.count == 1 ? "class" : "classes"
        let list = labels.joined(separator: ", ")
        return places.count == 1 ? "the only \(kind), \(names), is for \(are) \(list)" : "the \(kind)s, \(names), are for \(are) \(list)"
    }

    private static func nothingToPass(_ kind: String) -> DeepVidError {
        DeepVidError(.cannotCount, "these results have no \(kind): run infer or batch with --zones FILE that has \"\(kind)\"")
    }

    /// With hours and days, also those that were recorded and in which nothing came.
    private mutating func rows(_ wanted: [(name: String, tally: CameraTally)]) -> [Counts.Row] {
        let column = keys.firstIndex(of: .camera)
        var figures: [[String]: CountFigures] = [:], spans: [String: [Recorded]] = [:]
        for (name, tally) in wanted {
            for (row, counted) in tally.figures {
                var row = row
                if let column { row[column] = name }
                figures[row, default: CountFigures()] += counted
            }
            spans[column == nil ? "" : name, default: []] += tally.recorded
        }
        var minutes: [[String]: Double] = [:]
        var none = CountFigures.none(like: figures.values)
        if figures.isEmpty {
            switch counting {
            case .objects: none.objects = 0
            case .entries: none.entries = 0
            case .crossings: (none.leftToRight, none.rightToLeft) = (0, 0)
            }
        }
        // What there is besides times, and what there could have been: a row of nothing is an answer.
        let others = Set(figures.keys.map(withoutTimes)).union(wanted.flatMap(possibleRows))
        if isByTime {
            let placeColumn = keys.firstIndex { $0 == .zone || $0 == .line }
            for (camera, all) in spans {
                // A recording tells of the zones and lines that it has, and of no other one.
                var known: [String: [[CountKey: String]: Double]] = [:]
                for other in others where column.map({ other[$0] == camera }) ?? true {
                    let place = placeColumn.map { other[$0] } ?? ""
                    if known[place] == nil {
                        var times = times
                        let spans = all.filter { placeColumn == nil || $0.places.contains(place) }.map(\.span)
                        known[place] = RecordedTime.seconds(RecordedTime.joined(spans), within: selection.time) { times.names(at: $0) }
                    }
                    for (names, seconds) in known[place]! {
                        let row = zip(keys, other).map { names[$0] ?? $1 }
                        minutes[row] = seconds / 60
                        if figures[row] == nil { figures[row] = none }
                    }
                }
            }
        } else {
            for row in others where figures[row] == nil { figures[row] = none }
        }
        let rows = figures.map { Counts.Row(names: $0.key, figures: $0.value, recordedMinutes: minutes[$0.key]) }
        func ranks(_ row: Counts.Row) -> [String] { zip(keys, row.names).map { TimeNames.rank($1, of: $0) } }
        return rows.sorted { ranks($0).lexicographicallyPrecedes(ranks($1)) }
    }

    private func withoutTimes(_ row: [String]) -> [String] { zip(keys, row).map { $0.isTime ? "" : $1 } }

    /// The rows that a camera could have, without times: of the zones or lines that it has, and of the classes that are asked for and
    /// there are. None where it is not known which these are; without times, none of a camera itself: of nothing at all there is no row.
    private func possibleRows(_ camera: (name: String, tally: CameraTally)) -> [[String]] {
        let isPlaced = keys.contains { $0 == .zone || $0 == .line }, isByClass = keys.contains(.class)
        guard camera.tally.isAsked, isByTime || isPlaced || isByClass else { return [] }
        let classes = isByClass ? (selection.classes ?? []).compactMap { labels[$0.lowercased()] } : [""]
        let own = isPlaced ? camera.tally.places.filter { counting == .crossings || selection.includes(zone: $0) } : [""]
        return own.flatMap { place in
            // A zone or line that is for other classes cannot have any of these.
            let admitted = (places[place] ?? nil).map { Set($0.map { $0.lowercased() }) }
            let wanted = (isByClass ? classes : selection.classes ?? []).map { $0.lowercased() }
            if let admitted, !wanted.isEmpty, admitted.isDisjoint(with: wanted) { return [[String]]() }
            return classes.filter { admitted == nil || $0.isEmpty || admitted!.contains($0.lowercased()) }.map { label in
                keys.map { key in
                    switch key {
                    case .camera: camera.name
                    case .class: label
                    case .zone, .line: place
                    case .hour, .day, .weekday: ""
                    }
                }
            }
        }
    }
}
