/// A line of deepvid's output.
///
/// Every record is `Codable` so that programs in Swift can read it back; what is *written* is hand-ordered
/// by `write(to:)`, and a test holds the two together. The format is documented in deepvid-jsonl(5).
public protocol Record: Codable, Sendable, Equatable {
    /// Writes this record as one JSON object.
    func write(to json: inout JSONText)
}

/// Version of the record format, in `begin.schema`. Grows when a field changes meaning or goes;
/// new optional fields do not change it.
public let schemaVersion = 1

extension Record {
    /// The record as a JSON object on one line, without the newline.
    public var json: String {
        var text = JSONText()
        write(to: &text)
        return String(decoding: text.bytes, as: UTF8.self)
    }
}
