import Clocks
import DeepVid
import Results
import Vision

/// A table as spreadsheets and pandas read it (RFC 4180, lines end in LF): a row for each box or class; of semantic maps, for each class that
/// is somewhere in a frame; of events, for each stay of an object. An empty cell is one that does not apply.
///
/// Rows are written as they come, and so the first input decides which columns there are for the answers of models.
final class CSVTable: ExportWriter {
    private let file: ExportFile
    /// The clock of local times.
    private let zone: Zone
    /// Nil until the header is written.
    private var models: ModelColumns?
    /// Inputs whose answers have no columns, for the warning.
    private var misfits: [Int: String] = [:]
    /// Of events: objects whose end has not come, by input and id.
    private var stays: [Int: [Int: EventRecord]] = [:]
    private var inputs: [Int: ExportedInput] = [:]

    static let frameColumns = [
        "source", "frame", "pts_s", "time", "time_local", "label", "class_id", "score", "x", "y", "width", "height", "track_id", "zones",
        "static",
    ]
    static let mapColumns = ["source", "frame", "pts_s", "time", "time_local", "label", "class_id", "share"]
    static let eventColumns = [
        "source", "track_id", "label", "class_id", "start_s", "start_time", "start_local", "end_s", "end_time", "end_local", "score",
        "best_frame", "best_s", "x", "y",
        "width", "height",
        "zones",
    ]

    init(_ file: ExportFile, _ zone: Zone) { (self.file, self.zone) = (file, zone) }

    func add(_ frame: ExportedFrame) throws {
        if let segments = frame.segments { return try add(segments, frame) }
        let columns = try begin(
            Self.frameColumns, ModelColumns(frame.input.record.begin, hasSeveral: !frame.models.isEmpty), frame.input)
        if frame.models.isEmpty {
            try add(frame.objects, frame.classes, of: nil, frame, columns)
        } else {
            for model in frame.models { try add(model.objects, model.classes, of: model.name, frame, columns) }
        }
    }

    private func add(
        _ objects: [DetectedObject], _ classes: [ClassScore], of model: String?, _ frame: ExportedFrame, _ columns: ModelColumns
    ) throws {
        let place = place(of: frame)
        for object in objects {
            try row(
                place + [object.label, String(object.classID), Self.number(object.score, 4)] + object.box.map { Self.number($0, 2) }
                    + [object.trackID.map(String.init) ?? "", (object.zones ?? []).joined(separator: ";")]
                    + [object.isStatic == true ? "true" : ""] + columns.cells(model: model, object.classes))
        }
        for seen in classes {
            try row(
                place + [seen.label, String(seen.classID), Self.number(seen.score, 4), "", "", "", "", "", "", ""]
                    + columns.cells(model: model, nil))
        }
    }

    private func add(_ segments: [SegmentRecord], _ frame: ExportedFrame) throws {
        _ = try begin(Self.mapColumns, ModelColumns(nil, hasSeveral: false), nil)
        for seen in segments { try row(place(of: frame) + [seen.label, String(seen.classID), Self.number(seen.share, 4)]) }
    }

    private func place(of frame: ExportedFrame) -> [String] {
        let record = frame.record
        return [frame.input.record.name, String(record.frame), Self.seconds(record.ptsS), record.time ?? "", local(record.time)]
    }

    func add(_ event: EventRecord, of input: ExportedInput) throws {
        _ = try begin(Self.eventColumns, ModelColumns(input.record.begin, hasSeveral: false), input)
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
                + [(event.enteredZones ?? []).joined(separator: ";")] + (models?.cells(model: nil, event.classes) ?? []))
    }

    /// Writes the header, if that was not done.
    /// - Parameter wanted: what the input has answers for.
    /// - Returns: the columns of the table.
    private func begin(_ columns: [String], _ wanted: ModelColumns, _ input: ExportedInput?) throws -> ModelColumns {
        if let models {
            if !wanted.isPart(of: models), let input { misfits[input.record.number] = input.record.name }
            return models
        }
        models = wanted
        try row(columns + wanted.titles)
        return wanted
    }

    var warnings: [String] {
        guard let first = misfits.min(by: { $0.key < $1.key })?.value else { return [] }
        let more = misfits.count > 1 ? " and of \(misfits.count - 1) more inputs" : ""
        return [
            "answers of models of \(first)\(more) have no column: the first input decides which there are; export inputs of other models "
                + "into a table of their own"
        ]
    }

    private func row(_ cells: [String]) throws { try file.write(csvLine(cells)) }

    /// `2026-11-28 22:00:07`, as spreadsheets read it.
    private func local(_ time: String?) -> String { time.flatMap(UTCTime.seconds).map { zone.timeOfDay($0, hasDate: true) } ?? "" }

    fileprivate static func number(_ value: Double, _ decimals: Int) -> String {
        value.isFinite ? numberText(value, decimals: decimals) : ""
    }

    private static func seconds(_ value: Double?) -> String { value.map { number($0, 6) } ?? "" }

    func finish() throws -> Int {
        _ = try begin(Self.frameColumns, ModelColumns(nil, hasSeveral: false), nil)
        // Those of a run that was cut short have no end.
        for (number, objects) in stays.sorted(by: { $0.key < $1.key }) {
            for (_, event) in objects.sorted(by: { $0.key < $1.key }) { try write(event, inputs[number]!) }
        }
        try file.finish()
        return 1
    }

    func discard() { file.discard() }
}

/// The columns at the end of the table for what several models, and second models, say.
private struct ModelColumns {
    /// Whether several models answered each frame.
    let hasSeveral: Bool
    /// Names of the second models that are classifiers.
    let second: [String]

    init(_ begin: BeginRecord?, hasSeveral: Bool) {
        self.hasSeveral = hasSeveral
        second = begin?.options.then?.filter { $0.head == HeadKind.classification.rawValue }.map(\.model) ?? []
    }

    /// `model`, `colours_label`, `colours_score`.
    var titles: [String] {
        (hasSeveral ? ["model"] : [])
            + second.flatMap { name in
                let plain = name.hasSuffix(".onnx") ? String(name.dropLast(5)) : name
                return ["\(plain)_label", "\(plain)_score"]
            }
    }

    func isPart(of other: ModelColumns) -> Bool { (!hasSeveral || other.hasSeveral) && Set(second).isSubset(of: other.second) }

    /// - Parameter classes: of the object, as second models have it.
    func cells(model: String?, _ classes: [ObjectClass]?) -> [String] {
        (hasSeveral ? [model ?? ""] : [])
            + second.flatMap { name in
                // By falling probability; of a single classifier they do not name it.
                let best = classes?.first { $0.model == name || $0.model == nil && second.count == 1 }
                return best.map { [$0.label, CSVTable.number($0.score, 4)] } ?? ["", ""]
            }
    }
}
