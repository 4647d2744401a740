import Models
import Glibc
import Results

/// The records of one clip out of a results file, in the order of its frames. One record is read ahead.
final class ClipRecords {
    /// Nil when the file has frame records only, as after a filter.
    let begin: BeginRecord?
    /// Nil until the records are used up, and for good when the run was cut short.
    private(set) var end: EndRecord?
    let name: String
    private let reader: RecordReader
    /// What records of this clip are tagged with, if with anything.
    private let source: String?
    /// The record for the frame at hand, and the one after it.
    private(set) var current: FrameRecord?
    private(set) var coming: FrameRecord?
    /// The line that `coming` was read from.
    private(set) var line = 0

    /// Opens a results file and finds the clip in it: by name where there are several, else the only one.
    ///
    /// - Throws: `DeepVidError` when there are no frame records, or those of several other clips.
    init(_ path: String, clip: String) throws(DeepVidError) {
        name = path == "-" ? "standard input" : path
        var found = try Self.opening(path, name)
        // What is no file cannot be read twice.
        if isOrdinaryFile(path), case .begin(let begin) = found.first, baseName(begin.source) != baseName(clip) {
            found = try Self.search(path, name, for: clip) ?? found
        }
        reader = found.reader
        switch found.first {
        case .begin(let record): (begin, source) = (record, record.source)
        case .frame(let record):
            (begin, source, coming) = (nil, record.source, record)
            line = reader.line
            return
        default: throw DeepVidError(.noRecords, "\(name): has no frame records; expected what 'deepvid infer' writes")
        }
        try advance()
        if coming == nil {
            let reason = begin?.options.records == "events" ? "results of --events have none" : "there is nothing to draw"
            throw DeepVidError(.noRecords, "\(name): has no frame records of \(source ?? clip); \(reason)")
        }
    }

    /// Moves to the record in force for a frame.
    /// - Returns: whether it is this frame's own, and not an earlier one that still holds; nil when there is none yet.
    func move(to frame: Int) throws(DeepVidError) -> Bool? {
        while let next = coming, next.frame <= frame {
            current = next
            try advance()
        }
        return current.map { $0.frame == frame }
    }

    /// Whether a frame is within what the results speak of.
    func covers(_ frame: Int) -> Bool { coming != nil || frame <= current?.frame ?? -1 || frame < end?.decoded ?? 0 }

    private func advance() throws(DeepVidError) {
        coming = nil
        while let record = try Self.next(reader, name) {
            switch record {
            case .frame(let frame) where frame.source == nil || source == nil || frame.source == source:
                if let current, frame.frame <= current.frame { throw disorder(frame, current) }
                (coming, line) = (frame, reader.line)
                return
            case .end(let record) where source == nil || record.source == source:
                end = record
                return
            // Of another run, without tags: the clip's own records are over.
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

    // MARK: - Finding the clip

    private static func opening(_ path: String, _ name: String) throws(DeepVidError) -> (reader: RecordReader, first: ReadRecord?) {
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

    /// Looks through all of a file for a clip's `begin`. Nil if the file has but one input, whatever its name.
    private static func search(
        _ path: String, _ name: String, for clip: String
    ) throws(DeepVidError) -> (reader: RecordReader, first: ReadRecord?)? {
        let reader: RecordReader
        do throws(RecordError) { reader = try RecordReader(path: path) } catch { throw DeepVidError(error, in: name) }
        var sources: [String] = []
        while true {
            // What is wrong with later lines is told when they are needed.
            guard let record = try? next(reader, name) else { break }
            guard case .begin(let begin) = record else { continue }
            if baseName(begin.source) == baseName(clip) { return (reader, record) }
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

    /// Whether the file ends within a line.
    var isCutOff: Bool { reader.isCutOff }
}

extension DeepVidError {
    init(_ error: RecordError, in name: String) {
        self.init(error.code == .unreadable ? .unreadable : .notRecords, "\(name): \(error.description)", cause: error)
    }
}

/// Whether there is a file at a path: no folder, pipe, device, nor URL.
func isOrdinaryFile(_ path: String) -> Bool {
    var status = stat()
    return !path.contains("://") && stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFREG
}

/// `/a/b.mp4` is `b.mp4`.
func baseName(_ path: String) -> Substring { path.split(separator: "/").last ?? Substring(path) }
