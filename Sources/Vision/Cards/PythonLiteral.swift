/// A value written as a Python literal, as exporters put it into a model's metadata: `{0: 'person', 1: "driver's seat"}`, `[640, 640]`.
///
/// Numbers, strings, lists, tuples, dicts, True, False and None; nothing is evaluated. O(n).
enum PythonLiteral: Sendable, Equatable {
    case number(Double), string(String), bool(Bool), none
    case list([PythonLiteral])
    /// In the order written.
    case dict([Entry])

    struct Entry: Equatable { var key, value: PythonLiteral }

    /// Nil unless the whole text is one literal.
    init?(_ text: String) {
        var scanner = Scanner(Array(text.unicodeScalars))
        guard let value = scanner.value(depth: 0), scanner.isAtEnd else { return nil }
        self = value
    }

    var list: [PythonLiteral]? { if case .list(let items) = self { items } else { nil } }
    var string: String? { if case .string(let text) = self { text } else { nil } }
    var bool: Bool? { if case .bool(let value) = self { value } else { nil } }
    /// A whole number.
    var integer: Int? { if case .number(let value) = self { Int(exactly: value) } else { nil } }
}

private struct Scanner {
    private let text: [Unicode.Scalar]
    private var at = 0

    init(_ text: [Unicode.Scalar]) { self.text = text }

    var isAtEnd: Bool {
        mutating get {
            skipBlanks()
            return at == text.count
        }
    }

    /// - Parameter depth: of nesting; limited, so that no text exhausts the stack.
    mutating func value(depth: Int) -> PythonLiteral? {
        skipBlanks()
        guard depth < 16, at < text.count else { return nil }
        switch text[at] {
        case "{": return items(until: "}", depth: depth) { scanner in scanner.entry(depth: depth + 1) }.map { .dict($0) }
        case "[": return items(until: "]", depth: depth) { scanner in scanner.value(depth: depth + 1) }.map { .list($0) }
        case "(": return items(until: ")", depth: depth) { scanner in scanner.value(depth: depth + 1) }.map { .list($0) }
        case "'", "\"": return quoted().map { .string($0) }
        default: return word()
        }
    }

    private mutating func entry(depth: Int) -> PythonLiteral.Entry? {
        guard let key = value(depth: depth), skip(":"), let value = value(depth: depth) else { return nil }
        return PythonLiteral.Entry(key: key, value: value)
    }

    /// What stands between the bracket here and `close`, separated by commas; one may end the list.
    private mutating func items<Item>(
        until close: Unicode.Scalar, depth: Int, _ next: (inout Scanner) -> Item?
    ) -> [Item]? {
        at += 1
        var items: [Item] = []
        while !skip(close) {
            guard items.isEmpty || skip(",") else { return nil }
            if !items.isEmpty, skip(close) { break }
            guard let item = next(&self) else { return nil }
            items.append(item)
        }
        return items
    }

    private mutating func quoted() -> String? {
        let quote = text[at]
        var result = String.UnicodeScalarView()
        at += 1
        while at < text.count, text[at] != quote {
            if text[at] == "\\", at + 1 < text.count {
                at += 1
                result.append(escaped())
            } else {
                result.append(text[at])
            }
            at += 1
        }
        guard at < text.count else { return nil }
        at += 1
        return String(result)
    }

    /// The character that an escape at its last letter stands for: a letter, or four hexadecimal digits as JSON has them.
    private mutating func escaped() -> Unicode.Scalar {
        if text[at] == "u", at + 4 < text.count {
            var digits = String.UnicodeScalarView()
            digits.append(contentsOf: text[(at + 1)...(at + 4)])
            if let code = UInt32(String(digits), radix: 16), let scalar = Unicode.Scalar(code) {
                at += 4
                return scalar
            }
        }
        return ["n": "\n", "t": "\t"][text[at]] ?? text[at]
    }

    private mutating func word() -> PythonLiteral? {
        let start = at
        while at < text.count, !",:]})".unicodeScalars.contains(text[at]), !text[at].properties.isWhitespace { at += 1 }
        var word = String.UnicodeScalarView()
        word.append(contentsOf: text[start..<at])
        switch String(word) {
        case "True": return .bool(true)
        case "False": return .bool(false)
        case "None": return PythonLiteral.none
        case let number: return Double(number).map { .number($0) }
        }
    }

    private mutating func skip(_ mark: Unicode.Scalar) -> Bool {
        skipBlanks()
        guard at < text.count, text[at] == mark else { return false }
        at += 1
        return true
    }

    private mutating func skipBlanks() {
        while at < text.count, text[at].properties.isWhitespace { at += 1 }
    }
}
