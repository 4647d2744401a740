import Models
import Results

/// The frame records of one clip in a results file, in the order of its frames. One record is read ahead.
final class ClipRecords {
    /// Nil when the file has frame records only, as after a filter.
    let begin: BeginRecord?
    /// Nil until all frame records are read; stays nil when the run was cut short.
    private(set) var end: EndRecord?
    let name: String
    let reader: RecordReader
    /// The `source` that records of this clip have, if they have one.
    private let source: String?
    /// The latest record at or before the frame of the last ``advance(to:)``.
    private(set) var current: FrameRecord?
    private(set) var upcoming: FrameRecord?
    /// The line that `upcoming` was read from.
    private(set) var line = 0

    /// Opens a results file and finds the clip in it: by name where there are several, else the only one.
    ///
    /// - Throws: `DeepVidError` when there are no frame records, or those of several other clips.
    init(_ path: String, clip: String) throws(DeepVidError) {
        name = path == "-" ? "standard input" : path
        var (reader, first) = try Self.opening(path, name)
        // A pipe cannot be read twice.
        if isRegularFile(path), case .begin(let begin) = first, baseName(begin.source) != baseName(clip) {
            if let found = try Self.search(reader, name, for: clip, after: begin) {
                first = found
            } else {
                (reader, first) = try Self.opening(path, name)
            }
        }
        self.reader = reader
        if first == nil, path == "-" {
            throw DeepVidError(.noRecords, "standard input is empty; pipe into it what 'deepvid infer' writes")
        }
        switch first {
        case .begin(let record): (begin, source) = (record, record.source)
        case .frame(let record):
            (begin, source, upcoming, line) = (nil, record.source, record, reader.line)
            return
        default: throw DeepVidError(.noRecords, "\(name): has no frame records; expected what 'deepvid infer' writes")
        }
        try readNext()
        if upcoming == nil {
            let reason = begin?.options.records == "events" ? "results of --events have none" : "there is nothing to draw"
            throw DeepVidError(.noRecords, "\(name): has no frame records of \(source ?? clip); \(reason)")
        }
    }

    /// Makes `current` the latest record at or before a frame.
    /// - Returns: whether it is the frame's own record and not that of an earlier frame; nil when there is none yet.
    func advance(to frame: Int) throws(DeepVidError) -> Bool? {
        while let next = upcoming, next.frame <= frame {
            current = next
            try readNext()
        }
        return current.map { $0.frame == frame }
    }

    /// Whether a frame is before the end of the records.
    func covers(_ frame: Int) -> Bool { upcoming != nil || frame <= current?.frame ?? -1 || frame < end?.decoded ?? 0 }

    private func readNext() throws(DeepVidError) {
        upcoming = nil
        while let record = try Self.next(reader, name) {
            switch record {
            case .frame(let frame) where frame.source == nil || source == nil || frame.source == source:
                if let current, frame.frame <= current.frame { throw disorder(frame, current) }
                (upcoming, line) = (frame, reader.line)
                return
            case .end(let record) where source == nil || record.source == source:
                end = record
                return
            // Another run begins, in a file whose records do not say which clip they are of.
            case .begin: if let current, current.source == nil { return }
            default: break
            }
        }
    }

    private func disorder(_ frame: FrameRecord, _ earlier: FrameRecord) -> DeepVidError {
        DeepVidError(
            .notRecords,
            "\(name): line \(reader.line): frame \(frame.frame) comes after frame \(earlier.frame); expected the records of one run, in order"
        )
    }

    private static func opening(_ path: String, _ name: String) throws(DeepVidError) -> (RecordReader, first: ReadRecord?) {
        let reader: RecordReader
        do throws(RecordError) { reader = try RecordReader(path: path) } catch { throw DeepVidError(error, in: name) }
        while let record = try next(reader, name) {
            switch record {
            case .begin, .frame: return (reader, record)
            case .comparison:
                throw DeepVidError(
                    .noRecords, "\(name): is what 'deepvid compare' writes, without boxes; expected what 'deepvid infer' writes")
            default: continue
            }
        }
        return (reader, nil)
    }

    /// Looks through the rest of a file for the `begin` of a clip. Nil if the file has only one input, whatever its name.
    private static func search(
        _ reader: RecordReader, _ name: String, for clip: String, after begin: BeginRecord
    ) throws(DeepVidError) -> ReadRecord? {
        var sources = [begin.source]
        // Errors in later lines are reported when these are read as records.
        while let record = try? next(reader, name) {
            guard case .begin(let begin) = record else { continue }
            if baseName(begin.source) == baseName(clip) { return record }
            if sources.count < 20 { sources.append(begin.source) }
        }
        guard sources.count > 1 else { return nil }
        throw DeepVidError(
            .resultsMismatch,
            "\(name): has no records of \(clip), but of \(sources.joined(separator: ", ")); name one of these clips")
    }

    private static func next(_ reader: RecordReader, _ name: String) throws(DeepVidError) -> ReadRecord? {
        do throws(RecordError) { return try reader.next() } catch { throw DeepVidError(error, in: name) }
    }
}
