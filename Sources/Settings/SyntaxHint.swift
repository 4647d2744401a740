/// What was probably meant by a line that is no TOML, in a sentence.
enum SyntaxHint {
    /// - Returns: nil where that cannot be told.
    static func hint(for line: some StringProtocol) -> String? {
        let line = String(line)
        if let match = line.wholeMatch(of: /\s*\[\s*camera\s*\.\s*([^\]"'\s]+(?:\s+[^\]"'\s]+)+)\s*\]\s*(?:#.*)?/) {
            let name = match.1.split(whereSeparator: \.isWhitespace).joined(separator: "-")
            return "there are no spaces in a camera's name: write [camera.\(name)]"
        }
        if let match = line.wholeMatch(of: /\s*([A-Za-z0-9_\-]+)\s*=\s*([^"'\[{#\s](?:[^"'#]*[^"'#\s])?)\s*(?:#.*)?/),
            match.2.contains(where: \.isLetter)
        {
            let word = match.2.lowercased()
            if ["true", "yes", "on"].contains(word) { return "write \(match.1) = true" }
            if ["false", "no", "off"].contains(word) { return "write \(match.1) = false" }
            return "text needs quotes: \(match.1) = \"\(match.2)\""
        }
        return nil
    }
}
