import FileNames
import FlyingFox
import FlyingSocks
import Foundation
import Glibc

/// A clip that is open, to be sent whole or in part.
///
/// FlyingFox's own `FileHTTPHandler` is not used: it takes names for UTF-8 text and links for what they point at, sends 4 KB at a time, and
/// traps on ranges near the largest integer.
final class ClipFile: Sendable {
    fileprivate let descriptor: Int32
    private let size: Int

    /// Nil if it is not a file that can be read.
    init?(_ path: String) {
        descriptor = open(path.fileName, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        var status = stat()
        guard descriptor >= 0 else { return nil }
        guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
            close(descriptor)
            return nil
        }
        size = status.st_size
    }

    deinit { if descriptor >= 0 { close(descriptor) } }

    /// The file, or the part of it that is asked for.
    func response(to request: HTTPRequest, type: String) -> HTTPResponse {
        var headers: HTTPHeaders = [.contentType: type, .acceptRanges: "bytes", .cacheControl: "no-cache"]
        guard let range = Self.range(request.headers[.range], size: size) else {
            headers[.contentRange] = "bytes */\(size)"
            return HTTPResponse(statusCode: .rangeNotSatisfiable, headers: headers)
        }
        let isWhole = range == 0..<size
        if !isWhole { headers[.contentRange] = "bytes \(range.lowerBound)-\(range.upperBound - 1)/\(size)" }
        let body = HTTPBodySequence(from: Piece(file: self, range: range), count: range.count, suggestedBufferSize: 1 << 17)
        return HTTPResponse(statusCode: isWhole ? .ok : .partialContent, headers: headers, body: body)
    }

    /// What a `Range` header asks of a file (RFC 9110, 14.2): one range of bytes; several, and what else it may say, give the whole. Nil if
    /// the file does not reach so far.
    static func range(_ header: String?, size: Int) -> Range<Int>? {
        guard let parts = header?.wholeMatch(of: /bytes=([0-9]{0,15})-([0-9]{0,15})/)?.output else { return 0..<size }
        switch (Int(parts.1), Int(parts.2)) {
        case (let first?, let last?) where first <= last: return first < size ? first..<min(last, size - 1) + 1 : nil
        case (let first?, nil): return first < size ? first..<size : nil
        // The last bytes.
        case (nil, let count?): return count > 0 && size > 0 ? max(0, size - count)..<size : nil
        default: return 0..<size
        }
    }
}

/// Bytes of a file, piece by piece: a browser that reads slowly holds one piece, not the file.
private struct Piece: AsyncBufferedSequence {
    typealias Element = UInt8
    let file: ClipFile
    let range: Range<Int>

    func makeAsyncIterator() -> Iterator { Iterator(file: file, at: range.lowerBound, end: range.upperBound) }

    struct Iterator: AsyncBufferedIteratorProtocol {
        let file: ClipFile
        var at: Int
        let end: Int

        mutating func next() async throws -> UInt8? { try await nextBuffer(suggested: 1)?.first }

        mutating func nextBuffer(suggested count: Int) async throws -> Data? {
            guard at < end else { return nil }
            var bytes = Data(count: Swift.min(count, end - at))
            let got = bytes.withUnsafeMutableBytes { pread(file.descriptor, $0.baseAddress, $0.count, off_t(at)) }
            // The length was promised: a file that became shorter breaks the connection.
            guard got > 0 else { throw SocketError.disconnected }
            at += got
            return bytes.prefix(got)
        }
    }
}
