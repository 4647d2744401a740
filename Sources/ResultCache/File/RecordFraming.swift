/// How records follow each other in a file of answers, so that whatever is damaged costs no more than itself.
///
/// ```
/// marker u32 │ kind u32 │ bytes of the payload u32 │ digest of kind and payload u64 │ payload        (little-endian)
/// ```
enum RecordFraming {
    enum Kind: UInt32 {
        case entry = 1
        /// 2 was a threshold whose distances did not count doubts: it is left out.
        case threshold = 3
        /// How long answers stand along tracks, in the form of a threshold.
        case ages = 4

        /// Of what is learnt, the last record of a model counts.
        static let learnt: [Kind] = [.threshold, .ages]
    }

    struct Record {
        let kind: Kind
        let payload: [UInt8]
    }

    /// What was found in a stretch of bytes.
    struct Found {
        var records: [Record] = []
        /// Bytes that were read; what follows is the beginning of a record of which the rest is not there yet.
        var consumed = 0
        /// Bytes of those that are no record.
        var damaged = 0
    }

    static let headBytes = 20
    /// More than any record has: an embedding of a quarter of a million numbers.
    static let largestPayload = 1 << 20
    /// "DVA" and a byte that no text has.
    private static let marker: UInt32 = 0xfe41_5644

    static func bytes(_ kind: Kind, _ payload: [UInt8]) -> [UInt8] {
        var writer = ByteWriter()
        writer.append(marker)
        writer.append(kind.rawValue)
        writer.append(UInt32(payload.count))
        writer.append(digest(kind.rawValue, payload))
        return writer.bytes + payload
    }

    /// Reads records one after the other. Where there is none, it goes on at the next marker that begins a whole one.
    ///
    /// - Parameter isEnd: nothing will follow, so that an unfinished record is damage.
    static func records(in bytes: [UInt8], isEnd: Bool) -> Found {
        var found = Found()
        while found.consumed < bytes.count {
            switch record(in: bytes, at: found.consumed) {
            case .whole(let record, let length):
                if let record { found.records.append(record) }
                found.consumed += length
            case .unfinished where !isEnd: return found
            case .unfinished, .none:
                let next = nextMarker(in: bytes, after: found.consumed)
                found.damaged += next - found.consumed
                found.consumed = next
            }
        }
        return found
    }

    private enum Reading {
        /// Nil for a record of a kind that a later version has.
        case whole(Record?, length: Int)
        case unfinished
        case none
    }

    private static func record(in bytes: [UInt8], at start: Int) -> Reading {
        var reader = ByteReader(bytes, from: start)
        guard let marker = reader.integer(UInt32.self), let kind = reader.integer(UInt32.self), let count = reader.integer(UInt32.self),
            let sum = reader.integer(UInt64.self)
        else { return reader.begins(with: Self.marker, at: start) ? .unfinished : .none }
        guard marker == Self.marker, count <= largestPayload else { return .none }
        guard let payload = reader.bytes(Int(count)) else { return .unfinished }
        guard digest(kind, payload) == sum else { return .none }
        return .whole(Kind(rawValue: kind).map { Record(kind: $0, payload: payload) }, length: headBytes + Int(count))
    }

    /// The place after `start` where a marker is, or may begin at the end.
    private static func nextMarker(in bytes: [UInt8], after start: Int) -> Int {
        let first = UInt8(truncatingIfNeeded: marker)
        var at = start + 1
        while at < bytes.count {
            if bytes[at] == first, ByteReader(bytes).begins(with: marker, at: at) { return at }
            at += 1
        }
        return bytes.count
    }

    private static func digest(_ kind: UInt32, _ payload: [UInt8]) -> UInt64 {
        var writer = ByteWriter()
        writer.append(kind)
        return EntryCoding.digest(writer.bytes + payload)
    }
}
