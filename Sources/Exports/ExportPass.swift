import DeepVid
import Models
import Results
import Vision

/// What a format makes of frames.
protocol ExportWriter: AnyObject {
    /// An input comes, whose model has these classes.
    func begin(labels: [String])
    func add(_ frame: ExportedFrame) throws
    /// The stay of an object, of results with events instead of frames.
    func add(_ event: EventRecord, of input: ExportedInput) throws
    /// No frame of this input follows.
    func end(_ input: ExportedInput) throws
    /// Completes the output.
    /// - Returns: how many files that are.
    func finish() throws -> Int
    /// Removes what was written.
    func discard()
    /// What of the records the output has no place for.
    var warnings: [String] { get }
}

extension ExportWriter {
    func begin(labels: [String]) {}
    /// Formats that have no room for events are never given any.
    func add(_: EventRecord, of _: ExportedInput) {}
    func end(_: ExportedInput) {}
    var warnings: [String] { [] }
}

/// An input under the name that it has in the export.
struct ExportedInput {
    let record: ResultInput
    /// Unlike that of any other input, and fit to be a file's name: `street`.
    let name: String

    /// The video's file, without folders; its name where it is none: `street.mp4`.
    var fileName: String {
        guard let source = record.source, source != "-", !source.contains("://") else { return name }
        return source.split(separator: "/").last.map(String.init) ?? name
    }

    /// The picture's name of a frame: `street/frame-000012`.
    func pictureName(_ frame: Int) -> String { "\(name)/\(frameName(frame, "frame-"))" }
    /// The frame's own number, with six digits at least.
    func frameName(_ frame: Int, _ prefix: String) -> String {
        let digits = String(frame)
        return prefix + String(repeating: "0", count: max(0, 6 - digits.count)) + digits
    }
}

/// A frame with what is left of it after `--classes` and `--score`.
struct ExportedFrame {
    let input: ExportedInput
    let record: FrameRecord
    var objects: [DetectedObject]
    var classes: [ClassScore] = []
    /// Of a semantic map; nil where the model gives none.
    var segments: [SegmentRecord]?
    /// Where several models answered, what is left of each one's answer, for formats that tell them apart (`ExportFormat.tellsModels`);
    /// else empty.
    var models: [(name: String, objects: [DetectedObject], classes: [ClassScore])] = []
    /// In pixels; 0 where the format does not ask.
    let width, height: Int
}

/// One reading of the records: checks that they can be exported, leaves out what is not wanted, counts.
struct ExportPass {
    var outcome = ExportRun.Outcome()
    private let options: ExportRun.Options
    private let format: ExportFormat
    private let writer: any ExportWriter
    private var names = InputNames()
    private var exported: [Int: ExportedInput] = [:]
    private var labels: LabelFilter
    /// Of events: objects that have not ended.
    private var stays: [Int: Set<Int>] = [:]
    private var hasFrames = false
    private var hasEvents = false
    /// Whether frames have maps, or what has a score; nil before the first.
    private var hasMaps: Bool?
    /// What objects have besides boxes and the format does not.
    private var shapes: Set<ExportFormat.Shape> = []

    init(_ options: ExportRun.Options, _ writer: any ExportWriter) {
        (self.options, format, self.writer) = (options, options.format, writer)
        labels = LabelFilter(options.classes)
    }

    mutating func add(_ record: ReadRecord, of input: ResultInput) throws {
        switch record {
        case .frame(let frame): try add(frame, of: input)
        case .event(let event): try add(event, of: input)
        case .begin: _ = try exported(input)
        case .end: try writer.end(try exported(input))
        default: break
        }
    }

    private mutating func add(_ frame: FrameRecord, of input: ResultInput) throws {
        let input = try exported(input)
        hasFrames = true
        if hasEvents { throw mixed() }
        let size = (frame.width ?? input.record.size?.width, frame.height ?? input.record.size?.height)
        guard let width = size.0, let height = size.1, width > 0, height > 0 else {
            if !format.needsSize { return try write(frame, input, 0, 0) }
            throw refused(input, "do not say how large the pictures are, which \(format.rawValue) needs: keep the begin records")
        }
        try write(frame, input, width, height)
    }

    private mutating func write(_ record: FrameRecord, _ input: ExportedInput, _ width: Int, _ height: Int) throws {
        var frame = ExportedFrame(input: input, record: record, objects: [], width: width, height: height)
        if format.tellsModels, let models = record.models {
            try take(models, &frame)
        } else if let objects = record.objects {
            frame.objects = objects.filter { isWanted($0.label, $0.score) && $0.isWellFormed }
            if input.record.isTracked == true, format.numbersFrames {
                let all = frame.objects.count
                frame.objects.removeAll { $0.trackID == nil }
                outcome.leftOut += all - frame.objects.count
            }
        } else if let classes = record.classes {
            guard format == .csv else {
                throw refused(input, "are a classifier's, whose answers have no boxes: export them to csv")
            }
            frame.classes = classes.filter { isWanted($0.label, $0.score) }
        } else if let segments = record.segments {
            guard format == .csv else {
                throw refused(input, "are maps (segments), which have no boxes: export them to csv")
            }
            frame.segments = segments.filter { labels.isWanted($0.label) }
        } else {
            throw refused(input, "have neither boxes nor classes, so there is nothing to export")
        }
        let isMap = frame.segments != nil
        guard hasMaps ?? isMap == isMap else {
            throw DeepVidError(.cannotExport, "some records are maps and some are not: export them into tables of their own")
        }
        hasMaps = isMap
        note(frame.objects)
        outcome.frames += 1
        outcome.items += frame.objects.count + frame.classes.count + (frame.segments?.count ?? 0)
        for model in frame.models { outcome.items += model.objects.count + model.classes.count }
        try writer.add(frame)
    }

    /// Takes what each of several models says.
    private mutating func take(_ models: ByModel<ModelAnswerRecord>, _ frame: inout ExportedFrame) throws {
        guard models.values.contains(where: { $0.objects != nil || $0.classes != nil }) else {
            throw refused(frame.input, "have neither boxes nor classes, so there is nothing to export")
        }
        for (name, answer) in zip(models.names, models.values) {
            note(answer.objects ?? [])
            if answer.segments != nil { note("the maps of \(name) are left out: read models.\(name).segments from the records") }
            frame.models.append(
                (
                    name, (answer.objects ?? []).filter { isWanted($0.label, $0.score) && $0.isWellFormed },
                    (answer.classes ?? []).filter { isWanted($0.label, $0.score) }
                ))
        }
    }

    private mutating func add(_ event: EventRecord, of input: ResultInput) throws {
        let input = try exported(input)
        guard format == .csv else {
            throw refused(input, "have events and no frames (--events): export them to csv, or run infer without --events")
        }
        hasEvents = true
        if hasFrames { throw mixed() }
        guard isWanted(event.label, event.score) else { return }
        // An object is counted when its first event comes; one that ends may have begun before a filter.
        let isNew = stays[input.record.number, default: []].insert(event.trackID).inserted
        if isNew { outcome.items += 1 }
        if event.kind == .end { stays[input.record.number]?.remove(event.trackID) }
        try writer.add(event, of: input)
    }

    private mutating func isWanted(_ label: String, _ score: Double) -> Bool {
        labels.isWanted(label) && options.score.map { score >= $0 } ?? true
    }

    private mutating func exported(_ input: ResultInput) throws -> ExportedInput {
        if let known = exported[input.number] { return known }
        let isStream = input.source?.contains("://") == true
        let new = ExportedInput(record: input, name: names.name(for: (isStream ? input.begin?.camera : nil) ?? input.source ?? input.file))
        exported[input.number] = new
        outcome.inputs += 1
        if let labels = input.begin?.model.labels { writer.begin(labels: labels) }
        labels.know(input.begin?.model.labels ?? [])
        let given = input.begin?.options
        noteLeftOut(input.begin)
        if given?.records == "changes" {
            outcome.warnings.append("\(input.name): has records of changes only, so the frames between them are not exported")
        }
        if format.numbersFrames, let start = given?.startS, start > 0 {
            outcome.warnings.append(
                "\(input.name): frames are counted from --start \(numberText(start, decimals: 3)), and not from the video's beginning")
        }
        return new
    }

    /// Notes answers that the format has no place for, once for all inputs that have the same models.
    private mutating func noteLeftOut(_ begin: BeginRecord?) {
        guard let begin else { return }
        let then = begin.options.then ?? []
        let classifiers = then.filter { $0.head == HeadKind.classification.rawValue }.map(\.model)
        let others = then.filter { $0.head != HeadKind.classification.rawValue }.map(\.model)
        if !others.isEmpty {
            note(
                "the embeddings of --then \(others.joined(separator: ", ")) are left out: no format has a place for them; read "
                    + "objects[].embedding from the records")
        }
        if format.tellsModels { return }
        if !classifiers.isEmpty {
            note("what --then \(classifiers.joined(separator: ", ")) says is left out: --to csv has columns for it")
        }
        if let models = begin.models {
            let followed = models.names.first { models[$0] == begin.model } ?? begin.model.name
            let rest = models.names.filter { $0 != followed }.joined(separator: ", ")
            note("of several models, \(followed) is exported and \(rest) left out: --to csv has rows of all")
        }
    }

    /// Notes what is said once for all inputs of which it is so.
    private mutating func note(_ text: String) { if !outcome.warnings.contains(text) { outcome.warnings.append(text) } }

    private mutating func note(_ objects: [DetectedObject]) {
        for object in objects {
            if object.mask != nil { note(.masks) }
            if object.keypoints?.isEmpty == false { note(.keypoints) }
            if object.corners != nil { note(.corners) }
        }
    }

    private mutating func note(_ shape: ExportFormat.Shape) {
        if !shape.formats.contains(format) { shapes.insert(shape) }
    }

    mutating func complete(_ reader: ResultsReader) {
        outcome.warnings += shapes.map(\.warning).sorted() + writer.warnings + reader.warnings + reader.failures.warnings
        if !hasFrames, !hasEvents { outcome.warnings.append("the records have no frames: there was nothing to export") }
        outcome.warnings += [labels.warning].compactMap(\.self)
        outcome.problems = reader.problems
    }

    private func refused(_ input: ExportedInput, _ reason: String) -> DeepVidError {
        DeepVidError(.cannotExport, "\(input.record.name): the records \(reason)")
    }

    private func mixed() -> DeepVidError {
        DeepVidError(.cannotExport, "some records are of frames and some of events (--events): export them into tables of their own")
    }
}

extension DetectedObject {
    /// A file may contain any list as a box, and numbers that are not finite.
    fileprivate var isWellFormed: Bool { box.count == 4 && box.allSatisfy { $0.isFinite && abs($0) < 1e9 } }
    /// Four corners, if it is a turned box that can be drawn.
    var turnedCorners: [[Double]]? {
        corners.flatMap { $0.count == 4 && $0.allSatisfy { $0.count == 2 && $0.allSatisfy(\.isFinite) } ? $0 : nil }
    }
}

/// Gives every input a name of its own that can stand in a file's name.
package struct InputNames {
    private var used: Set<String> = []

    package init() {}

    /// `street` of `clips/street.mp4`, `gate.local-1` of `rtsp://user:***@gate.local/1`; a second one gets `-2`.
    package mutating func name(for source: String) -> String {
        let name = plainName(of: source)
        var unique = name, number = 2
        while !used.insert(unique.lowercased()).inserted {
            unique = "\(name)-\(number)"
            number += 1
        }
        return unique
    }
}
