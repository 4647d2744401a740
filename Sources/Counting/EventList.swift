import Clocks
import DeepVid
import Models
import Results

/// Lists when objects were there: an entry for each stay of a followed object, or with zones for each time that it was in one of them.
public struct EventListRun {
    public struct Options: Sendable {
        /// Of what there are entries.
        public var selection = ResultSelection()
        /// Seconds; shorter ones are left out.
        public var shortest = 0.0

        public init() {}
    }

    private let options: Options
    private let control: RunControl

    public init(_ options: Options, control: RunControl) { (self.options, self.control) = (options, control) }

    /// - Parameters:
    ///   - results: files; `-` is standard input.
    ///   - onFile: called before each of them, with its index.
    /// - Returns: nil if it was stopped.
    /// - Throws: `DeepVidError` when no file can be read, or objects were followed in none of them.
    public func run(_ results: [String], onFile: (Int) -> Void = { _ in }) throws -> EventList? {
        var reader = ResultsReader()
        guard let inputs = try reader.stays(in: results, control: control, onFile: onFile) else { return nil }
        if !inputs.isEmpty, inputs.allSatisfy({ !$0.stays.isTracked }) {
            throw DeepVidError(
                .cannotCount,
                "the records tell of no objects that were followed, and so not when one came and went: run infer with --track, --zones or --events"
            )
        }
        let selection = options.selection
        var check = SelectionCheck(selection), entries: [EventList.Entry] = [], neverMoved: [String: Int] = [:],
            slow: [(String, Double)] = []
        let names = InputCamera.names(inputs.lazy.map(\.input.camera))
        for (input, stays) in inputs {
            let camera = names[input.camera]!
            check.know(input)
            let isWanted = check.see(input, named: camera)
            for stay in stays.all {
                check.see(stay)
                guard isWanted, selection.includes(stay) else { continue }
                if RecordedRate.isFast(stay.label), let rate = input.begin?.framesPerSecond, rate < RecordedRate.least {
                    slow.append((camera, rate))
                }
                if selection.zones == nil {
                    var names: [String] = []
                    for zone in stay.zones where !names.contains(zone.name) { names.append(zone.name) }
                    entries.append(.init(camera: camera, source: input.name, stay: stay, span: stay.span, zones: names))
                } else {
                    entries += stay.zones.filter { selection.includes(zone: $0.name) && selection.includes($0.span) }.map {
                        .init(camera: camera, source: input.name, stay: stay, span: $0.span, zones: [$0.name])
                    }
                }
            }
            // Where and when they were, and how sure, is not known of those that never moved.
            guard isWanted, selection.zones == nil, selection.time == nil, selection.score == nil else { continue }
            for (label, count) in stays.neverMoved {
                check.see(label: label)
                if selection.includes(label: label) { neverMoved[label, default: 0] += count }
            }
        }
        try check.refuseUnknownNames()
        entries = entries.filter { $0.span.length ?? 0 >= options.shortest }
        // By the clock; what has none follows, input by input.
        let order = entries.indices.sorted { a, b in
            let (first, second) = (entries[a].span, entries[b].span)
            switch (first.startTime, second.startTime) {
            case (let x?, let y?) where x != y: return x < y
            case (_?, nil): return true
            case (nil, _?): return false
            default: return a < b
            }
        }
        return EventList(
            entries: order.map { entries[$0] }, neverMoved: neverMoved,
            warnings: reader.warnings + reader.failures.warnings + check.warnings + [RecordedRate.warning(slow)].compactMap(\.self),
            problems: reader.problems,
            emptyZones: selection.classes == nil && selection.time == nil ? check.emptyZones : [])
    }
}

/// When objects were there.
public struct EventList: Sendable {
    public struct Entry: Sendable {
        public let camera, source: String
        package let stay: ObjectStay
        /// Of the stay in the picture, or in the zone.
        package let span: StaySpan
        public let zones: [String]

        public var label: String { stay.label }
        public var trackID: Int { stay.trackID }
        /// The best one.
        public var score: Double { stay.score }
    }

    /// In the order of time.
    public let entries: [Entry]
    /// Objects that are not listed because they never moved, by label.
    public let neverMoved: [String: Int]
    public let warnings: [String]
    /// Files that were not read to their end.
    public let problems: [String]
    /// Zones that were asked for and are there, and that nobody was in.
    public let emptyZones: [String]

    /// For spreadsheets.
    /// - Parameter zone: the clock of `start_local` and `end_local`, which are beside UTC.
    public func csv(_ zone: Zone) -> String {
        let titles = [
            "start_time", "start_local", "end_time", "end_local", "start_s", "end_s", "duration_s", "camera", "label", "track_id", "score",
            "zones",
            "source",
        ]
        let lines = entries.map { entry in
            let span = entry.span
            return [span.startTime, span.endTime].flatMap { time in
                time.map { [UTCTime.text($0), zone.timeOfDay($0, hasDate: true)] } ?? ["", ""]
            }
                + [span.start, span.end, span.length].map { $0.map { numberText($0, decimals: 3) } ?? "" }
                + [
                    entry.camera, entry.label, "\(entry.trackID)", numberText(entry.stay.score, decimals: 4),
                    entry.zones.joined(separator: " "), entry.source,
                ]
        }
        return ([titles] + lines).map(csvLine).joined()
    }

    /// One object: `events` with an object for each entry.
    public var json: String {
        let objects = entries.map { entry in
            let span = entry.span
            return [
                "start_time": span.startTime.map(UTCTime.text), "end_time": span.endTime.map(UTCTime.text), "start_s": span.start,
                "end_s": span.end, "duration_s": span.length, "camera": entry.camera, "label": entry.label, "track_id": entry.trackID,
                "score": entry.stay.score, "zones": entry.zones, "source": entry.source,
            ] as JSONObject
        }
        return jsonText(of: ["events": objects] as JSONObject)
    }
}
