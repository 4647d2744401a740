/// Brings one file of a bundle from the edge to the disk, going on where an earlier, broken try stopped.
struct Download {
    private let file: BundleFile
    private let url: String
    private let folder: String

    init(_ file: BundleFile, url: String, folder: String) { (self.file, self.url, self.folder) = (file, url, folder) }

    /// - Throws: `EdgeError`; the final name then has what it had, and what came is kept for the next try unless it was wrong.
    func run(on handle: CurlHandle) throws(EdgeError) {
        let path = "\(folder)/\(file.name)"
        if PartFile.hash(of: path, size: file.size) == file.sha256 { return }
        let part = try PartFile(path: "\(path).part", size: file.size)
        defer { part.close() }
        // What an earlier try left may be of another version, or damaged: then once more, from the start.
        let began = part.count
        if part.count < file.size { try transfer(part, handle) }
        if part.isWhole(file.sha256) { return try part.become(path) }
        try part.clear()
        if began > 0 {
            try transfer(part, handle)
            if part.isWhole(file.sha256) { return try part.become(path) }
            try part.clear()
        }
        throw EdgeError(.invalidAnswer, "the edge sent another file as \(file.name) than its bundle names, or it was damaged on the way")
    }

    /// From where `part` ends to the end of the file.
    private func transfer(_ part: PartFile, _ handle: CurlHandle) throws(EdgeError) {
        var exchange = Exchange(url: url, limit: file.size, deadline: nil)
        // Without If-Range, an edge with another version would send the rest of that.
        if part.count > 0 { exchange.headers = ["Range: bytes=\(part.count)-", "If-Range: \"\(file.sha256)\""] }
        let sink = PartSink(part, size: file.size)
        let head = try handle.perform(exchange, into: sink)
        if let error = sink.error { throw error }
        if head.status == 416 { return try part.clear() }
        if let failure = head.failure(sink.explanation) { throw failure }
        guard head.status == 200 || head.status == 206 else {
            throw EdgeError(.invalidAnswer, "the edge answered with status \(head.status), which is no file")
        }
        guard part.count == file.size else {
            throw EdgeError(.unreachable, "\(file.name) stopped after \(part.count) of \(file.size) bytes; the next try goes on from there")
        }
    }
}

/// Takes a file's bytes, if it is the file's bytes that come.
private final class PartSink: ReplySink {
    private let part: PartFile
    private let size: Int
    private let offset: Int
    private var hasBegun = false
    private(set) var error: EdgeError?
    /// The body of a refusal.
    private(set) var explanation: [UInt8] = []

    init(_ part: PartFile, size: Int) { (self.part, self.size, offset) = (part, size, part.count) }

    func take(_ bytes: UnsafeRawBufferPointer, _ head: ReplyHead) -> Bool {
        guard head.status == 200 || head.status == 206 else {
            explanation += bytes.prefix(1000 - min(1000, explanation.count))
            return explanation.count < 1000
        }
        do throws(EdgeError) {
            if !hasBegun { try begin(head) }
            guard part.count + bytes.count <= size else {
                try part.clear()
                throw EdgeError(.invalidAnswer, "the edge sends more than the file's \(size) bytes")
            }
            try part.append(bytes)
            return true
        } catch {
            self.error = error
            return false
        }
    }

    private func begin(_ head: ReplyHead) throws(EdgeError) {
        hasBegun = true
        if head.status == 200 { return try part.clear() }
        guard offset > 0, head.headers["content-range"] == "bytes \(offset)-\(size - 1)/\(size)" else {
            throw EdgeError(.invalidAnswer, "the edge sends another part of the file than was asked for")
        }
    }
}
