/// What a decoder has to say, as a sentence for the person who named the file.
enum DecodingTrouble {
    static func text(_ error: any Error, _ bytes: ArraySlice<UInt8>) -> String {
        let expected = "expected a record as deepvid-jsonl(5) describes it"
        guard let error = error as? DecodingError else { return "is no record; \(expected)" }
        return switch error {
        case .keyNotFound(let key, let context):
            context.codingPath.isEmpty && key.stringValue == "type"
                ? "has no \"type\"; \(expected)"
                : "\(path(context.codingPath + [key])) is missing; \(expected)"
        case .typeMismatch(let type, let context):
            context.codingPath.isEmpty
                ? "is no JSON object; \(expected)" : "\(path(context.codingPath)) is not \(name(of: type)); \(expected)"
        case .valueNotFound(let type, let context): "\(path(context.codingPath)) is null and not \(name(of: type)); \(expected)"
        case .dataCorrupted(let context):
            context.codingPath.isEmpty
                ? "is no JSON object (it begins with \(beginning(of: bytes))); \(expected)"
                : "\(path(context.codingPath)) has a value that cannot be; \(expected)"
        @unknown default: "is no record; \(expected)"
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
