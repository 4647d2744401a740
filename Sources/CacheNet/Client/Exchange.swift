/// What is asked of the edge in one HTTP request.
struct Exchange {
    var url: String
    /// A POST; nil is a GET.
    var body: [UInt8]?
    var headers: [String] = []
    /// For all of it, from the name's resolution to the last byte; nil: as long as bytes come.
    var deadline: Duration?
}

/// The head of what the edge answered.
struct ReplyHead {
    var status = 0
    /// By lower-case names, the last of each.
    var headers: [String: String] = [:]
    /// The first bytes of the body of a refusal.
    var explanation: [UInt8] = []

    /// A line of the head, as it comes. A status line begins anew: what came before was 100 Continue.
    mutating func take(_ line: String) {
        if line.hasPrefix("HTTP/") {
            self = ReplyHead()
            status = line.split(separator: " ").dropFirst().first.flatMap { Int($0) } ?? 0
        } else if let colon = line.firstIndex(of: ":"), headers.count < 64 {
            headers[line[..<colon].lowercased()] = Self.trimmed(line[line.index(after: colon)...])
        }
    }

    /// - Throws: what the status says to a device, if it is none of those expected.
    func check(_ expected: Int...) throws(EdgeError) {
        if expected.contains(status) { return }
        // The edge's own sentence: printable, and short.
        let sentence = String(decoding: explanation.prefix(300), as: UTF8.self).unicodeScalars.filter { $0.value >= 32 && $0.value != 127 }
        let reason = sentence.isEmpty ? "" : ": \(String(String.UnicodeScalarView(sentence)))"
        switch status {
        case 401, 403: throw EdgeError(.unauthorized, "the edge refuses the token (\(status)): check --token-file on both sides")
        case 503:
            let seconds = headers["retry-after"].flatMap { Int($0) }.map { min(max($0, 0), 3600) }
            throw EdgeError(.busy, "the edge is busy\(reason)", retryAfter: seconds.map { .seconds($0) })
        default: throw EdgeError(.invalidAnswer, "the edge answered with status \(status)\(reason)")
        }
    }

    private static func trimmed(_ text: Substring) -> String {
        let isSpace: (Character) -> Bool = { $0 == " " || $0 == "\t" || $0 == "\r" || $0 == "\n" || $0 == "\r\n" }
        var text = text.drop(while: isSpace)
        while let last = text.last, isSpace(last) { text.removeLast() }
        return String(text)
    }
}
