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
        let foreign = foreignKeys[key].flatMap { known.contains($0) ? $0 : nil }
        let meant = foreign ?? closest(to: key, among: known)
        let advice = meant.map { "did you mean '\($0)'?" } ?? "known are \(known.sorted().joined(separator: ", "))"
        return VisionError(.invalidCard, "unknown key '\(path.isEmpty ? key : "\(path).\(key)")': \(advice)")
    }
}

/// What other programs that run detectors call keys of ours.
private let foreignKeys = [
    "conf": "score", "threshold": "score", "iou": "nms_iou", "max_det": "max_detections", "names": "labels", "classes": "labels",
    "nc": "num_classes", "topk": "top_k",
]

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

/// The name that was probably meant by `word`: the one with the fewest edits, if they are few; letter case costs nothing.
package func closest(to word: String, among names: [String]) -> String? {
    let best = names.map { (name: $0, distance: editDistance(word, $0)) }.min { $0.distance < $1.distance }
    guard let best, best.distance <= max(2, word.count / 3), best.distance < max(word.count, best.name.count) else { return nil }
    return best.name
}

/// Characters to insert, delete, replace or swap with their neighbor to make `a` of `b`, whatever their case. O(|a|·|b|).
package func editDistance(_ a: String, _ b: String) -> Int {
    let (a, b) = (Array(a.lowercased()), Array(b.lowercased()))
    guard !a.isEmpty, !b.isEmpty else { return max(a.count, b.count) }
    var rows = [Array(0...b.count)]
    for i in 1...a.count {
        var row = [i]
        for j in 1...b.count {
            var distance = min(rows[i - 1][j] + 1, row[j - 1] + 1, rows[i - 1][j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1))
            if i > 1, j > 1, a[i - 1] == b[j - 2], a[i - 2] == b[j - 1] { distance = min(distance, rows[i - 2][j - 2] + 1) }
            row.append(distance)
        }
        rows.append(row)
    }
    return rows[a.count][b.count]
}
