import FoundationEssentials

/// Reads JSON Lines back that deepvid has written.
///
/// ```swift
/// let reader = try RecordReader(path: "seen.jsonl")
/// while let record = try reader.next() { … }
/// if reader.isCutOff { … }   // the run was killed while it wrote its last line
/// ```
/// What is packed with zstd is unpacked. One line is in memory at a time. Fields and record types that this version does not know are passed over; whatever the bytes
/// are, the outcome is a record or a `RecordError`.
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

    public init(_ stream: any ByteStream) {
        lines = LineReader(stream)
        // Written as null, which is put into these words before it is decoded.
        decoder.nonConformingFloatDecodingStrategy = .convertFromString(
            positiveInfinity: "Infinity", negativeInfinity: "-Infinity", nan: "NaN")
    }

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
            return try typed(Data(bytes), bytes)
        } catch {
            // A number that is not finite is written as null; everything else is left out if there is nothing to say.
            if case DecodingError.valueNotFound = error, let record = try? typed(Data(NullNumbers.named(in: bytes)), bytes) {
                return record
            }
            throw RecordError(.notRecords, DecodingTrouble.text(error, bytes), line: lines.number)
        }
    }

    private func typed(_ data: Data, _ bytes: ArraySlice<UInt8>) throws -> ReadRecord {
        let typed = try decoder.decode(TypedRecord.self, from: data)
        return typed.record ?? .other(OtherRecord(type: typed.type, json: Array(bytes)))
    }
}
