/// A line of deepvid's output. The format is documented in deepvid-jsonl(5) and in docs/records.schema.json.
///
/// Members are written in the order of their coding keys, `type` before them, and are left out when they are nil.
public protocol Record: Codable, Sendable, Equatable {
    static var type: String { get }
}

/// Version of the record format, in `begin.schema`. Grows when a field changes meaning or goes; new optional fields do not change it.
public let schemaVersion = 3

extension Record {
    /// The record as a JSON object on one line, without the newline.
    public var json: String { jsonText(of: self, type: Self.type) }
}

/// A value as JSON on one line, with the members in the order of their coding keys.
public func jsonText(of value: some Encodable, type: String? = nil) -> String { jsonText(of: value, type: type, decimals: [:]) }

/// - Parameter decimals: most decimals of numbers, by key, where they are others than those of records.
package func jsonText(of value: some Encodable, type: String? = nil, decimals: [String: Int]) -> String {
    let encoder = OrderedEncoder(decimals: decimals)
    encoder.encode(value, type: type)
    return encoder.text.string
}

/// JSON that is no record: an object whose members are given one by one, `["kind": "model", "bytes": 12, "fps": nil]`. Those that are
/// nil are left out.
public struct JSONObject: Encodable, ExpressibleByDictionaryLiteral {
    private let members: [(name: String, value: (any Encodable)?)]

    private struct Name: CodingKey {
        let stringValue: String
        var intValue: Int? { nil }
        init(stringValue: String) { self.stringValue = stringValue }
        init?(intValue: Int) { nil }
    }

    package init(_ members: [(String, (any Encodable)?)]) { self.members = members }

    public init(dictionaryLiteral members: (String, (any Encodable)?)...) { self.members = members }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: Name.self)
        for case (let name, let value?) in members { try container.encode(value, forKey: Name(stringValue: name)) }
    }
}
