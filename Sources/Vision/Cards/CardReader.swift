/// A key of a model card, or of another file that people write: snake_case in the file.
public protocol CardKey: CodingKey, CaseIterable, Hashable, RawRepresentable where RawValue == String {
    /// What to write under the key, for error messages.
    var expected: String { get }
    /// What messages call the whole file.
    static var file: String { get }
}

extension CardKey {
    public static var file: String { "the card" }
}

/// Reads one object of such a file strictly: every complaint names the key and what to write there.
public struct CardReader<Key: CardKey> {
    private let container: KeyedDecodingContainer<Key>
    private let path: String

    /// Throws on keys that a card does not have.
    public init(_ decoder: any Decoder) throws {
        path = decoder.codingPath.reduce("") { path, key in
            key.intValue.map { "\(path)[\($0)]" } ?? (path.isEmpty ? key.stringValue : "\(path).\(key.stringValue)")
        }
        do {
            for key in try decoder.container(keyedBy: AnyKey.self).allKeys where Key(stringValue: key.stringValue) == nil {
                throw Self.unknown(path, key.stringValue)
            }
            container = try decoder.container(keyedBy: Key.self)
        } catch let error as DecodingError {
            throw VisionError(.invalidCard, "\(path.isEmpty ? Key.file : "'\(path)'") must be a JSON object {…}", cause: error)
        }
    }

    public func has(_ key: Key) -> Bool { container.contains(key) }

    public func required<T: Decodable>(_ key: Key, where valid: (T) -> Bool = { _ in true }) throws -> T {
        guard has(key) else {
            throw VisionError(.invalidCard, "'\(name(key))' is missing: write \(key.expected)")
        }
        guard let value = try optional(key, where: valid) else { throw error(key) }
        return value
    }

    public func optional<T: Decodable>(_ key: Key, where valid: (T) -> Bool = { _ in true }) throws -> T? {
        guard has(key) else { return nil }
        do {
            let value = try container.decode(T.self, forKey: key)
            guard valid(value) else { throw error(key) }
            return value
        } catch is DecodingError {
            throw error(key)
        }
    }

    /// One number for all channels, or a list with one for each.
    func perChannel(_ key: Key, _ channels: Int, where valid: (Double) -> Bool) throws -> [Double] {
        guard let numbers: OneOrMany = try required(key) else { throw error(key) }
        let all = numbers.values.count == 1 ? [Double](repeating: numbers.values[0], count: channels) : numbers.values
        guard all.count == channels, all.allSatisfy(valid) else { throw error(key) }
        return all
    }

    public func error(_ key: Key, _ fault: String = "is not what it should be") -> VisionError {
        VisionError(.invalidCard, "'\(name(key))' \(fault): write \(key.expected)")
    }

    private func name(_ key: Key) -> String { path.isEmpty ? key.rawValue : "\(path).\(key.rawValue)" }

    private static func unknown(_ path: String, _ key: String) -> VisionError {
        let known = Key.allCases.map(\.rawValue)
        let nearest = known.min { editDistance($0, key) < editDistance($1, key) } ?? ""
        let advice =
            editDistance(nearest, key) <= max(2, key.count / 2)
            ? "did you mean '\(nearest)'?" : "known are \(known.sorted().joined(separator: ", "))"
        return VisionError(.invalidCard, "unknown key '\(path.isEmpty ? key : "\(path).\(key)")': \(advice)")
    }
}

/// A JSON number, or a list of numbers.
public struct OneOrMany: Decodable {
    public let values: [Double]

    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if let one = try? container.decode(Double.self) { values = [one] } else { values = try container.decode([Double].self) }
    }
}

private struct AnyKey: CodingKey {
    let stringValue: String
    var intValue: Int? { nil }
    init?(stringValue: String) { self.stringValue = stringValue }
    init?(intValue: Int) { nil }
}

/// Levenshtein distance in characters. O(|a|·|b|).
func editDistance(_ a: String, _ b: String) -> Int {
    let b = Array(b)
    var row = Array(0...b.count)
    for (i, character) in a.enumerated() {
        var diagonal = row[0]
        row[0] = i + 1
        for j in b.indices {
            let substituted = diagonal + (character == b[j] ? 0 : 1)
            diagonal = row[j + 1]
            row[j + 1] = min(substituted, row[j] + 1, diagonal + 1)
        }
    }
    return row[b.count]
}
