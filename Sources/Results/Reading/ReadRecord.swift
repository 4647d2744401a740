/// A line of deepvid's output, read back.
public enum ReadRecord: Sendable {
    case begin(BeginRecord)
    case frame(FrameRecord)
    case end(EndRecord)
    case comparison(ComparisonRecord)
    case event(EventRecord)
    case gap(GapRecord)
    /// A type that this reader has no name for: a newer version's.
    case other(OtherRecord)
}

/// A record of another type, to be decoded by those who know it.
public struct OtherRecord: Sendable {
    public let type: String
    /// The line, a JSON object.
    public let json: [UInt8]
}

/// Looks at `type` and then reads that record, from one pass over the text.
struct TypedRecord: Decodable {
    /// Nil for other types.
    let record: ReadRecord?
    let type: String

    private enum Key: String, CodingKey { case type }

    init(from decoder: any Decoder) throws {
        type = try decoder.container(keyedBy: Key.self).decode(String.self, forKey: .type)
        switch type {
        case "begin": record = .begin(try BeginRecord(from: decoder))
        case "frame": record = .frame(try FrameRecord(from: decoder))
        case "end": record = .end(try EndRecord(from: decoder))
        case "comparison": record = .comparison(try ComparisonRecord(from: decoder))
        case "event": record = .event(try EventRecord(from: decoder))
        case "gap": record = .gap(try GapRecord(from: decoder))
        default: record = nil
        }
    }
}
