import Clocks
import DeepVid
import Results

/// A table as spreadsheets and pandas read it (RFC 4180, lines end in LF): a row for each box or class, or, of events, for each stay of an
/// object. An empty cell is one that does not apply.
final class CSVTable: ExportWriter {
    private let file: ExportFile
    /// The clock of local times.
    private let zone: Zone
    private var hasHeader = false
    /// Of events: objects whose end has not come, by input and id.
    private var stays: [Int: [Int: EventRecord]] = [:]
    private var inputs: [Int: ExportedInput] = [:]

    static let frameColumns = [
        "source", "frame", "pts_s", "time", "time_local", "label", "class_id", "score", "x", "y", "width", "height", "track_id", "zones",
        "static",
    ]
    static let eventColumns = [
        "source", "track_id", "label", "class_id", "start_s", "start_time", "start_local", "end_s", "end_time", "end_local", "score",
        "best_frame", "best_s", "x", "y",
        "width", "height",
        "zones",
    ]

    init(_ file: ExportFile, _ zone: Zone) { (self.file, self.zone) = (file, zone) }

    func add(_ frame: ExportedFrame) throws {
        try begin(Self.frameColumns)
        let record = frame.record
        let place = [frame.input.record.name, String(record.frame), Self.seconds(record.ptsS), record.time ?? "", local(record.time)]
        for object in frame.objects {
            try row(
                place + [object.label, String(object.classID), Self.number(object.score, 4)] + object.box.map { Self.number($0, 2) }
                    + [object.trackID.map(String.init) ?? "", (object.zones ?? []).joined(separator: ";")]
                    + [object.isStatic == true ? "true" : ""])
        }
        for seen in frame.classes {
            try row(place + [seen.label, String(seen.classID), Self.number(seen.score, 4), "", "", "", "", "", "", ""])
        }
    }

    func add(_ event: EventRecord, of input: ExportedInput) throws {
        try begin(Self.eventColumns)
        inputs[input.record.number] = input
        if event.kind == .end {
            stays[input.record.number]?[event.trackID] = nil
            return try write(event, input)
        }
        stays[input.record.number, default: [:]][event.trackID] = event
    }

    private func write(_ event: EventRecord, _ input: ExportedInput) throws {
        try row(
            [input.record.name, String(event.trackID), event.label, String(event.classID), Self.seconds(event.startSeconds)]
                + [
                    event.startTime ?? "", local(event.startTime), Self.seconds(event.endSeconds), event.endTime ?? "",
                    local(event.endTime),
                ]
                + [Self.number(event.score, 4), String(event.bestFrame), Self.seconds(event.bestPts)]
                + (0..<4).map { event.box.count == 4 ? Self.number(event.box[$0], 2) : "" }
                + [(event.enteredZones ?? []).joined(separator: ";")])
    }

    private func begin(_ columns: [String]) throws {
        guard !hasHeader else { return }
        hasHeader = true
        try row(columns)
    }

    private func row(_ cells: [String]) throws { try file.write(csvLine(cells)) }

    /// `2026-11-28 22:00:07`, as spreadsheets read it.
    private func local(_ time: String?) -> String { time.flatMap(UTCTime.seconds).map { zone.timeOfDay($0, hasDate: true) } ?? "" }

    private static func number(_ value: Double, _ decimals: Int) -> String {
        value.isFinite ? numberText(value, decimals: decimals) : ""
    }

    private static func seconds(_ value: Double?) -> String { value.map { number($0, 6) } ?? "" }

    func finish() throws -> Int {
        try begin(Self.frameColumns)
        // Those of a run that was cut short have no end.
        for (number, objects) in stays.sorted(by: { $0.key < $1.key }) {
            for (_, event) in objects.sorted(by: { $0.key < $1.key }) { try write(event, inputs[number]!) }
        }
        try file.finish()
        return 1
    }

    func discard() { file.discard() }
}
