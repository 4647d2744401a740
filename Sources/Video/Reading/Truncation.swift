import CFFmpeg
import Glibc

/// Tells a regular end of an input from one that came too early.
///
/// FFmpeg reports both as "end of file" for most containers. So the places that the file's own structure names are compared with its
/// length. Numbers of frames in headers are not: AVI counts ticks, and edit lists leave frames out.
struct TruncationCheck {
    private let stream: UnsafeMutablePointer<AVStream>
    private let container: Container
    /// Whether FFmpeg's index comes from the file's header: that of AVI is at the end, Matroska's holds key frames only, and a fragmented
    /// MP4 file's what has been read so far.
    private let hasIndex: Bool

    init(container: Container, stream: UnsafeMutablePointer<AVStream>) {
        (self.container, self.stream) = (container, stream)
        hasIndex = stream.pointee.nb_frames > 0 && container.formatName != "avi"
    }

    /// Whether reading may go on after a packet that the demuxer could not make sense of.
    func mayGoOn() -> Bool { !isAtEnd && missingBytes == nil }

    private var isAtEnd: Bool { container.format?.pointee.pb.map { avio_feof($0) != 0 } ?? false }

    /// Why the stream ended early; `nil` if it ended where it should.
    func reason(readResult: Int32, lastPts: Int64?) -> VideoError? {
        func error(_ message: String) -> VideoError {
            var error = VideoError(
                .truncated, message, url: container.url, stream: Int(stream.pointee.index), pts: lastPts,
                lastLog: container.log.last)
            if readResult != dv_averror_eof {
                error.ffmpegCode = readResult
                error.ffmpegText = describe(ffmpegError: readResult)
            }
            return error
        }
        if let missing = missingBytes {
            return error("the file is truncated: at least \(missing) bytes are missing at its end")
        }
        if readResult != dv_averror_eof {
            if container.interrupt.isCancelled || container.hasTimedOut(readResult) {
                return container.error(readResult, "the input went silent", pts: lastPts)
            }
            return error("the input broke off")
        }
        return nil
    }

    /// How far the index reaches beyond the end of a regular file; without an index, how far the outermost boxes do.
    private var missingBytes: Int64? {
        guard let size = container.fileSize else { return nil }
        var furthest: Int64 = 0
        let count = avformat_index_get_entries_count(stream)
        if !hasIndex || count <= 0 { return container.missingBytes }
        // Entries are in time order; the last ones are the furthest in all but the oddest files.
        for i in max(0, count - 256)..<max(0, count) {
            guard let entry = avformat_index_get_entry(stream, i)?.pointee else { continue }
            furthest = max(furthest, entry.pos + Int64(entry.size))
        }
        return furthest > size ? furthest - size : nil
    }
}

/// How long a file says it is: the sizes that its outermost boxes announce.
///
/// FFmpeg calls the end of a cut-off Matroska, AVI or fragmented MP4 file a regular one.
enum FileStructure {
    /// Bytes that the file should have beyond its end; `nil` if none, or if the format does not say.
    /// - Complexity: a few small reads for Matroska; one for each fragment of an MP4 file.
    static func missingBytes(descriptor: Int32, size: Int64) -> Int64? {
        let head = bytes(descriptor, at: 0, count: 12)
        guard head.count == 12 else { return nil }
        let end: Int64? =
            if head.starts(with: [0x1a, 0x45, 0xdf, 0xa3]) {
                endOfSegment(descriptor)
            } else if head[4..<8].elementsEqual("ftyp".utf8) || head[4..<8].elementsEqual("styp".utf8) {
                endOfBoxes(descriptor, size: size)
            } else if head.starts(with: Array("RIFF".utf8)) {
                endOfChunks(descriptor, size: size)
            } else {
                nil
            }
        guard let end, end > size else { return nil }
        return end - size
    }

    /// Matroska: the EBML header, then one segment of known or unknown size.
    private static func endOfSegment(_ descriptor: Int32) -> Int64? {
        var offset: Int64 = 4
        guard let header = variableInteger(descriptor, at: offset) else { return nil }
        offset += header.length + header.value
        guard bytes(descriptor, at: offset, count: 4) == [0x18, 0x53, 0x80, 0x67],
            let segment = variableInteger(descriptor, at: offset + 4), !segment.isUnknown
        else { return nil }
        return offset + 4 + segment.length + segment.value
    }

    /// EBML's sizes: the leading zero bits tell the length, all ones mean "unknown".
    private static func variableInteger(
        _ descriptor: Int32, at offset: Int64
    ) -> (value: Int64, length: Int64, isUnknown: Bool)? {
        let all = bytes(descriptor, at: offset, count: 8)
        guard let first = all.first, first != 0 else { return nil }
        let length = first.leadingZeroBitCount + 1
        guard all.count >= length else { return nil }
        let mask = Int64(1) << (7 * length) - 1
        let value = all.prefix(length).reduce(Int64(0)) { $0 << 8 | Int64($1) } & mask
        // Larger than any disk means forged, and would overflow sums.
        guard value == mask || value < 1 << 50 else { return nil }
        return (value, Int64(length), value == mask)
    }

    /// MP4: boxes one after the other, each with its size.
    private static func endOfBoxes(_ descriptor: Int32, size: Int64) -> Int64? {
        var offset: Int64 = 0
        while offset + 8 <= size {
            let head = bytes(descriptor, at: offset, count: 16)
            guard head.count >= 8 else { return nil }
            var length = head[0..<4].reduce(Int64(0)) { $0 << 8 | Int64($1) }
            if length == 0 { return nil }
            if length == 1 {
                guard head.count == 16, head[8] == 0, head[9] < 4 else { return nil }
                length = head[8..<16].reduce(Int64(0)) { $0 << 8 | Int64($1) }
            }
            guard length >= 8 else { return nil }
            offset += length
        }
        return offset
    }

    /// AVI: one RIFF chunk, or several of up to a gigabyte. A writer that was cut off leaves the size at 0 or all ones.
    private static func endOfChunks(_ descriptor: Int32, size: Int64) -> Int64? {
        var offset: Int64 = 0
        while offset + 8 <= size {
            let head = bytes(descriptor, at: offset, count: 8)
            guard head.starts(with: Array("RIFF".utf8)) else { return nil }
            let length = head[4..<8].reversed().reduce(Int64(0)) { $0 << 8 | Int64($1) }
            if length == 0 || length == 0xffff_ffff { return nil }
            offset += 8 + length + length % 2
        }
        return offset == size + 1 ? size : offset
    }

    private static func bytes(_ descriptor: Int32, at offset: Int64, count: Int) -> [UInt8] {
        [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
            filled = max(0, pread(descriptor, buffer.baseAddress!, count, off_t(offset)))
        }
    }
}
