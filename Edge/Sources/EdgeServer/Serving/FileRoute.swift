import EdgeProtocol
import Hummingbird

/// Sends a bundle's file, or the part of it that is missing.
enum FileRoute {
    static func respond(_ file: ServedFile, _ headers: HTTPFields) -> Response {
        var answer: HTTPFields = [.eTag: file.tag, .acceptRanges: "bytes", .cacheControl: "no-cache"]
        if let tags = headers[.ifNoneMatch], matches(file.tag, tags) { return Response(status: .notModified, headers: answer) }
        answer[.contentType] = "application/octet-stream"
        // Of another version, the rest is of no use: then all of this one.
        let isSame = headers[.ifRange].map { $0 == file.tag } ?? true
        switch isSame ? ByteRange(headers[.range], size: file.file.size) : .whole {
        case .whole: return Response(status: .ok, headers: answer, body: body(file, 0..<file.file.size))
        case .part(let range):
            answer[.contentRange] = "bytes \(range.lowerBound)-\(range.upperBound - 1)/\(file.file.size)"
            return Response(status: .partialContent, headers: answer, body: body(file, range))
        case .unsatisfiable:
            answer[.contentRange] = "bytes */\(file.file.size)"
            return Response(status: .rangeNotSatisfiable, headers: answer)
        }
    }

    private static func matches(_ tag: String, _ list: String) -> Bool {
        list == "*"
            || list.split(separator: ",").contains {
                let one = $0.drop { $0 == " " }
                return (one.hasPrefix("W/") ? one.dropFirst(2) : one).prefix { $0 != " " } == tag
            }
    }

    /// In pieces: a device that reads slowly holds one of them, not the file.
    private static func body(_ file: ServedFile, _ range: Range<Int>) -> ResponseBody {
        ResponseBody(contentLength: range.count) { writer in
            var at = range.lowerBound
            while at < range.upperBound {
                guard let piece = file.read(at, min(1 << 17, range.upperBound - at)), piece.readableBytes > 0 else {
                    throw EdgeServerError("\(file.file.name) became shorter while it was sent")
                }
                at += piece.readableBytes
                try await writer.write(piece)
            }
            try await writer.finish(nil)
        }
    }
}
