import Glibc

/// Cuts a stream of bytes into lines. What is kept is one line and one piece of the stream.
struct LineReader {
    /// More than any record has; what is longer is no text file.
    static let longestLine = 16 << 20

    private var stream: any ByteStream
    private var buffer: [UInt8] = []
    private var start = 0
    private var isAtEnd = false
    /// Number of the line last given, from 1.
    private(set) var number = 0

    init(_ stream: any ByteStream) { self.stream = stream }

    /// The next line without its end, and whether it had one; nil when there are no more.
    mutating func next() throws(RecordError) -> (bytes: ArraySlice<UInt8>, isComplete: Bool)? {
        var searched = start
        while true {
            if let end = lineEnd(from: searched) {
                defer { start = end + 1 }
                number += 1
                return (buffer[start..<end], true)
            }
            searched = buffer.count
            if isAtEnd {
                guard start < buffer.count else { return nil }
                defer { start = buffer.count }
                number += 1
                return (buffer[start...], false)
            }
            guard buffer.count - start <= Self.longestLine else {
                throw RecordError(
                    .notRecords, "is longer than \(Self.longestLine >> 20) MB; expected JSON Lines as deepvid writes them", line: number + 1
                )
            }
            searched -= start
            try fill()
        }
    }

    private func lineEnd(from start: Int) -> Int? {
        buffer.withUnsafeBytes { bytes in
            guard start < bytes.count, let found = memchr(bytes.baseAddress! + start, 0x0A, bytes.count - start) else { return nil }
            return UnsafeRawPointer(found) - bytes.baseAddress!
        }
    }

    /// Drops the lines that were given and reads on.
    private mutating func fill() throws(RecordError) {
        buffer.removeFirst(start)
        start = 0
        // Longer pieces for longer lines, or a long line would be moved many times.
        let piece = max(1 << 16, buffer.count)
        let old = buffer.count
        buffer += [UInt8](repeating: 0, count: piece)
        let result = buffer.withUnsafeMutableBytes { bytes in
            Result { () throws(RecordError) in try stream.read(into: UnsafeMutableRawBufferPointer(rebasing: bytes[old...])) }
        }
        let count = try result.get()
        buffer.removeLast(piece - count)
        isAtEnd = count == 0
    }

    /// Goes on with what comes of all the bytes that were not yet taken as lines.
    mutating func unpack(_ unpacking: (_ pending: [UInt8], any ByteStream) -> any ByteStream) {
        stream = unpacking(Array(buffer[start...]), stream)
        (buffer, start, isAtEnd) = ([], 0, false)
    }

    /// The first bytes, not yet taken as a line.
    mutating func peek(_ count: Int) throws(RecordError) -> ArraySlice<UInt8> {
        while buffer.count - start < count, !isAtEnd { try fill() }
        return buffer[start...].prefix(count)
    }
}
