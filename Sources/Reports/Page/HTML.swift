/// Markup that is safe by construction: what is written in the program stands as it is, what is put in as a string is escaped.
///
/// ```swift
/// let cell: Markup = "<td>\(label)</td>"   // whatever the label is
/// ```
struct Markup: ExpressibleByStringInterpolation {
    private(set) var text: String

    init(stringLiteral value: String) { text = value }
    init(stringInterpolation: StringInterpolation) { text = stringInterpolation.text }

    static let none: Markup = ""

    static func + (a: Markup, b: Markup) -> Markup {
        var sum = a
        sum += b
        return sum
    }

    static func += (a: inout Markup, b: Markup) { a.text += b.text }

    struct StringInterpolation: StringInterpolationProtocol {
        var text = ""

        init(literalCapacity: Int, interpolationCount: Int) { text.reserveCapacity(literalCapacity + 16 * interpolationCount) }

        mutating func appendLiteral(_ literal: String) { text += literal }
        mutating func appendInterpolation(_ markup: Markup) { text += markup.text }
        mutating func appendInterpolation(_ value: Int) { text += "\(value)" }
        /// - Parameter limit: Unicode scalars that are shown.
        mutating func appendInterpolation(_ value: String, limit: Int = 300) { text += escaped(value, limit: limit) }
    }
}

extension Sequence<Markup> {
    func joined() -> Markup { reduce(into: Markup.none) { $0 += $1 } }
}

/// Text for an element or an attribute in double or single quotes. What XML cannot have, and what turns the direction of the
/// text around it, becomes a replacement character.
private func escaped(_ value: String, limit: Int) -> String {
    var text = ""
    var count = 0
    for scalar in value.unicodeScalars {
        count += 1
        if count > limit { return text + "…" }
        switch scalar {
        case "&": text += "&amp;"
        case "<": text += "&lt;"
        case ">": text += "&gt;"
        case "\"": text += "&quot;"
        case "'": text += "&#39;"
        case "\n", "\t", "\r": text += " "
        case "\u{00}"..."\u{1F}", "\u{7F}"..."\u{9F}", "\u{202A}"..."\u{202E}", "\u{2066}"..."\u{2069}", "\u{FFFE}", "\u{FFFF}":
            text += "\u{FFFD}"
        default: text.unicodeScalars.append(scalar)
        }
    }
    return text
}
