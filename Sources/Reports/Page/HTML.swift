import Models

/// HTML that is safe by construction: literals of the program stand as they are, interpolated strings are escaped.
///
/// ```swift
/// let cell: HTML = "<td>\(label)</td>"   // whatever characters the label has
/// ```
struct HTML: ExpressibleByStringInterpolation {
    private(set) var text: String

    init(stringLiteral value: String) { text = value }
    init(stringInterpolation: StringInterpolation) { text = stringInterpolation.text }

    static let none: HTML = ""

    static func += (a: inout HTML, b: HTML) { a.text += b.text }

    struct StringInterpolation: StringInterpolationProtocol {
        var text = ""

        init(literalCapacity: Int, interpolationCount: Int) { text.reserveCapacity(literalCapacity + 16 * interpolationCount) }

        mutating func appendLiteral(_ literal: String) { text += literal }
        mutating func appendInterpolation(_ html: HTML) { text += html.text }
        mutating func appendInterpolation(_ value: Int) { text += "\(value)" }
        /// - Parameter limit: Unicode scalars that are shown.
        mutating func appendInterpolation(_ value: String, limit: Int = 300) { text += escaped(value, limit: limit) }
    }
}

extension HTML {
    /// How a page begins, up to its body: one without anything from elsewhere, in the style of reports.
    /// - Parameters:
    ///   - command: that makes it.
    ///   - contentPolicy: what the page may load; it is not escaped.
    static func head(_ title: String, command: String, contentPolicy: String) -> HTML {
        """
        <!DOCTYPE html>
        <html xmlns="http://www.w3.org/1999/xhtml" lang="en">
        <head>
        <meta charset="utf-8"/>
        <meta name="viewport" content="width=device-width, initial-scale=1"/>
        <meta http-equiv="Content-Security-Policy" content="\(HTML(stringLiteral: contentPolicy))"/>
        <meta name="color-scheme" content="light dark"/>
        <meta name="generator" content="deepvid \(deepvidVersion)"/>
        <link rel="icon" href="data:,"/>
        <title>\(title) – deepvid \(command)</title>
        <style>\(ReportContent.style)</style>
        </head>
        """
    }

    /// A table that scrolls sideways where it is too wide. The first cell of a row is its heading.
    static func table(_ columns: [String], _ rows: [[HTML]]) -> HTML {
        let head = columns.map { "<th scope=\"col\">\($0)</th>" as HTML }.joined()
        let body = rows.map { row -> HTML in
            "<tr><th scope=\"row\">\(row[0])</th>\(row.dropFirst().map { "<td>\($0)</td>" as HTML }.joined())</tr>\n"
        }.joined()
        return """
            <div class="scroll"><table><thead><tr>\(head)</tr></thead><tbody>
            \(body)</tbody></table></div>
            """
    }

    /// Something that is shown when its title is clicked.
    static func details(_ title: String, _ content: HTML) -> HTML { "<details><summary>\(title)</summary>\(content)</details>\n" }

    /// The text of a cell; a dash where there is none.
    static func cell(_ text: String?, limit: Int = 60) -> HTML { "\(text ?? "–", limit: limit)" }
}

extension Sequence<HTML> {
    func joined(_ separator: HTML = .none) -> HTML {
        var isFirst = true
        return reduce(into: HTML.none) { text, part in
            if !isFirst { text += separator }
            text += part
            isFirst = false
        }
    }
}

extension HTML {
    /// Text for people as scripts may show it. Characters that XML does not allow, and those that change the direction of the text
    /// around them, become a replacement character.
    static func plain(_ value: String, limit: Int) -> String { cleaned(value, limit: limit) { _ in nil } }
}

/// Text for an element, or for an attribute in double or single quotes.
private func escaped(_ value: String, limit: Int) -> String {
    cleaned(value, limit: limit) { scalar in
        switch scalar {
        case "&": "&amp;"
        case "<": "&lt;"
        case ">": "&gt;"
        case "\"": "&quot;"
        case "'": "&#39;"
        default: nil
        }
    }
}

private func cleaned(_ value: String, limit: Int, _ escape: (Unicode.Scalar) -> String?) -> String {
    // As nearly all texts are.
    if value.utf8.count <= limit, value.utf8.allSatisfy({ (0x28...0x7E).contains($0) && $0 != 0x3C && $0 != 0x3E || $0 == 0x20 }) {
        return value
    }
    var text = ""
    for (count, scalar) in value.unicodeScalars.enumerated() {
        if count == limit { return text + "…" }
        if let escape = escape(scalar) {
            text += escape
            continue
        }
        switch scalar {
        case "\n", "\t", "\r": text += " "
        case "\u{00}"..."\u{1F}", "\u{7F}"..."\u{9F}", "\u{202A}"..."\u{202E}", "\u{2066}"..."\u{2069}", "\u{FFFE}", "\u{FFFF}":
            text += "\u{FFFD}"
        default: text.unicodeScalars.append(scalar)
        }
    }
    return text
}
