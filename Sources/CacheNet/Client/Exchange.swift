/// What is asked of the edge in one HTTP request.
struct Exchange {
    var url: String
    /// A POST; nil is a GET.
    var body: [UInt8]?
    var headers: [String] = []
    /// Bytes of the response's body that are taken at most.
    var limit: Int
    /// For all of it, from the name's resolution to the last byte; nil: as long as bytes come.
    var deadline: Duration?
}

/// The head of what the edge answered.
struct ReplyHead {
    var status = 0
    /// By lower-case names, the last of each.
    var headers: [String: String] = [:]

    /// A line of the head, as it comes. A status line begins anew: what came before was 100 Continue.
    mutating func take(_ line: String) {
        if line.hasPrefix("HTTP/") {
            self = ReplyHead()
            status = line.split(separator: " ").dropFirst().first.flatMap { Int($0) } ?? 0
        } else if let colon = line.firstIndex(of: ":"), headers.count < 64 {
            headers[line[..<colon].lowercased()] = Self.trimmed(line[line.index(after: colon)...])
        }
    }

    /// What the status says to a device, if it is not one of success.
    func failure(_ body: [UInt8]) -> EdgeError? {
        if (200..<300).contains(status) { return nil }
        // The edge's own sentence: printable, and short.
        let sentence = String(decoding: body.prefix(300), as: UTF8.self).unicodeScalars.filter { $0.value >= 32 && $0.value != 127 }
        let reason = sentence.isEmpty ? "" : ": \(String(String.UnicodeScalarView(sentence)))"
        switch status {
        case 401, 403: return EdgeError(.unauthorized, "the edge refuses the token (\(status)): check --token-file on both sides")
        case 503:
            let seconds = headers["retry-after"].flatMap { Int($0) }.map { min(max($0, 0), 3600) }
            return EdgeError(.busy, "the edge is busy\(reason)", retryAfter: seconds.map { .seconds($0) })
        default: return EdgeError(.invalidAnswer, "the edge answered with status \(status)\(reason)")
        }
    }

    private static func trimmed(_ text: Substring) -> String {
        let isSpace: (Character) -> Bool = { $0 == " " || $0 == "\t" || $0 == "\r" || $0 == "\n" || $0 == "\r\n" }
        var text = text.drop(while: isSpace)
        while let last = text.last, isSpace(last) { text.removeLast() }
        return String(text)
    }
}

/// Takes the body of a response as it comes.
protocol ReplySink: AnyObject {
    /// - Returns: whether to go on.
    func take(_ bytes: UnsafeRawBufferPointer, _ head: ReplyHead) -> Bool
}

/// A body in memory, up to a limit.
final class MemorySink: ReplySink {
    private let limit: Int
    private(set) var bytes: [UInt8] = []
    private(set) var isOver = false

    init(limit: Int) { self.limit = limit }

    func take(_ more: UnsafeRawBufferPointer, _ head: ReplyHead) -> Bool {
        isOver = bytes.count + more.count > limit
        if !isOver { bytes += more }
        return !isOver
    }
}
