/// Why records could not be read back.
public struct RecordError: Error, Sendable, Equatable, CustomStringConvertible {
    public enum Code: Sendable, Equatable {
        /// No such file, a folder, a failing disk.
        case unreadable
        /// Readable, and not what deepvid writes.
        case notRecords
    }

    public let code: Code
    /// What is wrong and what was expected, without the file's name.
    public let message: String
    /// Counted from 1; nil when no line is concerned.
    public let line: Int?

    init(_ code: Code, _ message: String, line: Int? = nil) { (self.code, self.message, self.line) = (code, message, line) }

    public var description: String { line.map { "line \($0): \(message)" } ?? message }
}

extension RecordError {
    /// What a decoder says about the bytes of a line, as a sentence for the person who named the file.
    init(_ error: any Error, _ bytes: ArraySlice<UInt8>, line: Int) {
        self.init(.notRecords, "\(Self.problem(error, bytes)); expected a record as deepvid-jsonl(5) describes it", line: line)
    }

    private static func problem(_ error: any Error, _ bytes: ArraySlice<UInt8>) -> String {
        switch error as? DecodingError {
        case .keyNotFound(let key, let context):
            context.codingPath.isEmpty && key.stringValue == "type" ? "has no \"type\"" : "\(path(context.codingPath + [key])) is missing"
        case .typeMismatch(let type, let context):
            context.codingPath.isEmpty ? "is no JSON object" : "\(path(context.codingPath)) is not \(name(of: type))"
        case .valueNotFound(let type, let context): "\(path(context.codingPath)) is null and not \(name(of: type))"
        case .dataCorrupted(let context):
            context.codingPath.isEmpty
                ? "is no JSON object (it begins with \(beginning(of: bytes)))" : "\(path(context.codingPath)) has a value that cannot be"
        default: "is no record"
        }
    }

    /// `objects[2].score`
    private static func path(_ keys: [any CodingKey]) -> String {
        keys.reduce(into: "") { path, key in
            if let index = key.intValue { path += "[\(index)]" } else { path += (path.isEmpty ? "" : ".") + key.stringValue }
        }
    }

    private static func name(of type: Any.Type) -> String {
        switch type {
        case is String.Type: "a string"
        case is Int.Type: "a whole number"
        case is Double.Type, is Float.Type: "a number"
        case is Bool.Type: "true or false"
        case is any Collection.Type: "a list"
        default: "an object"
        }
    }

    /// Enough to recognise a file by, and safe to print.
    private static func beginning(of bytes: ArraySlice<UInt8>) -> String {
        let text = String(decoding: bytes.prefix(24), as: UTF8.self)
        return "'" + String(text.map { $0.isASCII && ($0.asciiValue ?? 0) >= 0x20 && $0 != "\u{7F}" ? $0 : "?" }) + "'"
    }
}
