import CacheNet
import Glibc
import Hashing
import Hummingbird

/// A file of a bundle as it was when the edge started: replacing it on disk does not change what is sent.
public final class ServedFile: Sendable {
    public let file: BundleFile
    private let descriptor: Int32

    /// Opens the file and checks that it is the one that the manifest names. O(bytes), about 200 MB/s.
    public init(_ file: BundleFile, in folder: String) throws(EdgeServerError) {
        let path = "\(folder)/\(file.name)"
        descriptor = open(path, O_RDONLY | O_CLOEXEC)
        self.file = file
        guard descriptor >= 0 else {
            throw EdgeServerError(
                "\(path): \(String(cString: strerror(errno))); copy the whole bundle, and check the file's owner and mode")
        }
        var (sum, at) = (SHA256(), 0)
        while at <= file.size, let buffer = read(at, 1 << 18), buffer.readableBytes > 0 {
            buffer.withUnsafeReadableBytes { sum.update($0) }
            at += buffer.readableBytes
        }
        guard at == file.size, sum.hex == file.sha256 else {
            throw EdgeServerError("\(path) is not the file that bundle.json names: another size or SHA-256; copy the bundle anew")
        }
    }

    deinit { close(descriptor) }

    var tag: String { "\"\(file.sha256)\"" }

    /// At most `count` bytes from `offset`; none at the end; nil if it cannot be read.
    func read(_ offset: Int, _ count: Int) -> ByteBuffer? {
        var buffer = ByteBuffer()
        let got = buffer.writeWithUnsafeMutableBytes(minimumWritableBytes: count) { target in
            while true {
                let got = pread(descriptor, target.baseAddress, count, off_t(offset))
                if got >= 0 || errno != EINTR { return max(got, 0) }
            }
        }
        return got > 0 || offset >= file.size ? buffer : nil
    }
}

extension ServedFile {
    /// The file, or the part of it that a request asks for.
    func response(to headers: HTTPFields) -> Response {
        var answer: HTTPFields = [.eTag: tag, .acceptRanges: "bytes", .cacheControl: "no-cache"]
        if let tags = headers[.ifNoneMatch], matches(tags) { return Response(status: .notModified, headers: answer) }
        answer[.contentType] = "application/octet-stream"
        // Of another version, the rest is of no use: then all of this one.
        let isSame = headers[.ifRange].map { $0 == tag } ?? true
        switch isSame ? ByteRange(headers[.range], size: file.size) : .whole {
        case .whole: return Response(status: .ok, headers: answer, body: body(0..<file.size))
        case .part(let range):
            answer[.contentRange] = "bytes \(range.lowerBound)-\(range.upperBound - 1)/\(file.size)"
            return Response(status: .partialContent, headers: answer, body: body(range))
        case .unsatisfiable:
            answer[.contentRange] = "bytes */\(file.size)"
            return Response(status: .rangeNotSatisfiable, headers: answer)
        }
    }

    private func matches(_ list: String) -> Bool {
        list == "*"
            || list.split(separator: ",").contains {
                let one = $0.drop { $0 == " " }
                return (one.hasPrefix("W/") ? one.dropFirst(2) : one).prefix { $0 != " " } == tag
            }
    }

    /// In pieces: a device that reads slowly holds one of them, not the file.
    private func body(_ range: Range<Int>) -> ResponseBody {
        ResponseBody(contentLength: range.count) { [self] writer in
            var at = range.lowerBound
            while at < range.upperBound {
                guard let piece = read(at, min(1 << 17, range.upperBound - at)), piece.readableBytes > 0 else {
                    throw EdgeServerError("\(file.name) became shorter while it was sent")
                }
                at += piece.readableBytes
                try await writer.write(piece)
            }
            try await writer.finish(nil)
        }
    }
}

/// What a `Range` header asks of a file (RFC 9110, 14.2).
enum ByteRange: Equatable {
    /// No range, or one that may be ignored.
    case whole
    case part(Range<Int>)
    case unsatisfiable

    /// One range of bytes; several, and other units, give the whole.
    init(_ header: String?, size: Int) {
        self = .whole
        guard let header, header.hasPrefix("bytes=") else { return }
        let ends = header.dropFirst("bytes=".count).split(separator: "-", omittingEmptySubsequences: false)
        guard ends.count == 2 else { return }
        func number(_ text: Substring) -> Int? {
            text.utf8.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) } ? Int(text) : nil
        }
        switch (number(ends[0]), number(ends[1]), ends[0].isEmpty, ends[1].isEmpty) {
        case (let first?, let last?, _, _) where first <= last:
            self = first < size ? .part(first..<min(last, size - 1) + 1) : .unsatisfiable
        case (let first?, nil, _, true): self = first < size ? .part(first..<size) : .unsatisfiable
        case (nil, let count?, true, _): self = count > 0 && size > 0 ? .part(max(0, size - count)..<size) : .unsatisfiable
        default: break
        }
    }
}
