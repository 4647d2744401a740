import FoundationEssentials

/// A line of deepvid's output, read back.
public enum ReadRecord: Sendable {
    case begin(BeginRecord)
    case frame(FrameRecord)
    case end(EndRecord)
    case comparison(ComparisonRecord)
    case event(EventRecord)
    case outage(OutageRecord)
    /// A type that this reader has no name for: a newer version's.
    case other(type: String)
}

/// Reads JSON Lines back that deepvid has written.
///
/// ```swift
/// let reader = try RecordReader(path: "seen.jsonl")
/// while let record = try reader.next() { … }
/// if reader.isCutOff { … }   // the run was killed while it wrote its last line
/// ```
/// What is packed with zstd is unpacked. One line is in memory at a time. Fields and record types that this version does not know
/// are passed over; whatever the bytes are, the outcome is a record or a `RecordError`.
///
/// Not thread-safe.
public final class RecordReader {
    private var lines: LineReader
    private let decoder = JSONDecoder()
    private var isChecked = false
    /// Whether the last line has no end and is no record: the run was killed as it wrote.
    public private(set) var isCutOff = false
    /// The `schema` of a `begin` that is newer than this reader; fields may mean something else there.
    public private(set) var newerSchema: Int?

    public init(_ stream: any ByteStream) { lines = LineReader(stream) }

    /// - Parameter path: `-` is standard input.
    /// - Throws: `RecordError` when it cannot be opened.
    public convenience init(path: String) throws(RecordError) { self.init(try FileStream(path: path)) }

    /// Number of the line that the last record came from, from 1.
    public var line: Int { lines.number }

    /// The next record; nil at the end.
    /// - Throws: `RecordError` for a line that is no record. Reading can go on with the line after it.
    /// - Complexity: O(length of the line).
    public func next() throws(RecordError) -> ReadRecord? {
        if !isChecked { try check() }
        while let (bytes, isComplete) = try lines.next() {
            // Blank lines, and those that editors of another system end with.
            guard bytes.contains(where: { ![0x20, 0x09, 0x0D].contains($0) }) else { continue }
            do throws(RecordError) {
                let record = try decode(bytes)
                if case .begin(let begin) = record, begin.schema > schemaVersion { newerSchema = begin.schema }
                return record
            } catch {
                // A first line without an end is not the end of a run but another kind of file.
                guard !isComplete, lines.number > 1 else { throw error }
                isCutOff = true
                return nil
            }
        }
        return nil
    }

    private func check() throws(RecordError) {
        isChecked = true
        if try lines.peek(4).elementsEqual([0x28, 0xB5, 0x2F, 0xFD]) {
            lines.unpack(ZstdStream.init)
        }
    }

    private func decode(_ bytes: ArraySlice<UInt8>) throws(RecordError) -> ReadRecord {
        do {
            return try decoder.decode(ReadRecord.self, from: Data(bytes))
        } catch {
            throw RecordError(error, bytes, line: lines.number)
        }
    }
}

extension ReadRecord: Decodable {
    private enum Key: String, CodingKey { case type }

    /// Looks at `type` and then reads that record, from one pass over the text.
    public init(from decoder: any Decoder) throws {
        let type = try decoder.container(keyedBy: Key.self).decode(String.self, forKey: .type)
        self =
            switch type {
            case "begin": .begin(try BeginRecord(from: decoder))
            case "frame": .frame(try FrameRecord(from: decoder))
            case "end": .end(try EndRecord(from: decoder))
            case "comparison": .comparison(try ComparisonRecord(from: decoder))
            case "event": .event(try EventRecord(from: decoder))
            case "outage": .outage(try OutageRecord(from: decoder))
            default: .other(type: type)
            }
    }
}
