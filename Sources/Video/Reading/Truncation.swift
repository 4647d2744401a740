import CFFmpeg
import Glibc

/// Tells a regular end of an input from one that came too early.
///
/// FFmpeg reports both as "end of file" for most containers. So the places that the file's own structure names are compared with its
/// length. Numbers of frames in headers are not: AVI counts ticks, and edit lists leave frames out.
extension StreamDecoder {
    /// Whether reading may go on after a packet that the demuxer could not make sense of.
    var mayGoOn: Bool { container.format?.pointee.pb.map { avio_feof($0) == 0 } ?? true && missingBytes == nil }

    /// Why the stream ended early; `nil` if it ended where it should.
    func truncation(readResult: Int32) -> VideoError? {
        let code = readResult == dv_averror_eof ? nil : readResult
        func error(_ message: String) -> VideoError {
            VideoError(.truncated, message, url: container.url, ffmpegCode: code, lastLog: container.log.last)
        }
        if let missing = missingBytes { return error("the file is truncated: at least \(missing) bytes are missing at its end") }
        guard let code else { return nil }
        return container.interrupt.isCancelled || container.hasTimedOut(code)
            ? container.error(code, "the input went silent") : error("the input broke off")
    }

    /// How far the index reaches beyond the end of a regular file; without an index, how far the outermost boxes do.
    private var missingBytes: Int64? {
        guard let size = container.fileSize else { return nil }
        let count = Int(avformat_index_get_entries_count(stream))
        if !hasIndex || count <= 0 { return container.source?.missingBytes }
        // Entries are in time order; the last ones are the furthest in all but the oddest files.
        let entries = (max(0, count - 256)..<count).compactMap { avformat_index_get_entry(stream, Int32($0))?.pointee }
        let missing = (entries.map { $0.pos + Int64($0.size) }.max() ?? 0) - size
        return missing > 0 ? missing : nil
    }
}

/// FFmpeg calls the end of a cut-off Matroska, AVI or fragmented MP4 file a regular one.
extension ByteSource {
    /// Bytes that the file should have beyond its end, by the sizes that its outermost boxes announce; `nil` if none, or if the format
    /// does not say.
    /// - Complexity: a few small reads for Matroska; one for each fragment of an MP4 file.
    var missingBytes: Int64? {
        let head = bytes(at: 0, count: 12)
        guard let size, head.count == 12 else { return nil }
        let end: Int64? =
            if head.starts(with: [0x1a, 0x45, 0xdf, 0xa3]) {
                endOfSegment()
            } else if head[4..<8].elementsEqual("ftyp".utf8) || head[4..<8].elementsEqual("styp".utf8) {
                endOfParts(size, lengthOfBox)
            } else if head.starts(with: Array("RIFF".utf8)) {
                // An odd chunk is padded, but not always at the end.
                endOfParts(size, lengthOfChunk).map { $0 == size + 1 ? size : $0 }
            } else {
                nil
            }
        guard let end, end > size else { return nil }
        return end - size
    }

    /// Matroska: the EBML header, then one segment of known or unknown size.
    private func endOfSegment() -> Int64? {
        var offset: Int64 = 4
        guard let header = variableInteger(at: offset) else { return nil }
        offset += header.length + header.value
        guard bytes(at: offset, count: 4) == [0x18, 0x53, 0x80, 0x67],
            let segment = variableInteger(at: offset + 4), !segment.isUnknown
        else { return nil }
        return offset + 4 + segment.length + segment.value
    }

    /// EBML's sizes: the leading zero bits tell the length, all ones mean "unknown".
    private func variableInteger(at offset: Int64) -> (value: Int64, length: Int64, isUnknown: Bool)? {
        let all = bytes(at: offset, count: 8)
        guard let first = all.first, first != 0 else { return nil }
        let length = first.leadingZeroBitCount + 1
        guard all.count >= length else { return nil }
        let mask = Int64(1) << (7 * length) - 1
        let value = Int64(bigEndian: all.prefix(length)) & mask
        // Larger than any disk means forged, and would overflow sums.
        guard value == mask || value < 1 << 50 else { return nil }
        return (value, Int64(length), value == mask)
    }

    /// The end of parts that lie one after the other, by the length that each says at its head; `nil` where one does not say it.
    private func endOfParts(_ size: Int64, _ length: ([UInt8]) -> Int64?) -> Int64? {
        var offset: Int64 = 0
        while offset + 8 <= size {
            let head = bytes(at: offset, count: 16)
            guard head.count >= 8, let length = length(head) else { return nil }
            offset += length
        }
        return offset
    }

    /// MP4: boxes.
    private func lengthOfBox(_ head: [UInt8]) -> Int64? {
        var length = Int64(bigEndian: head[0..<4])
        if length == 1 {
            guard head.count == 16, head[8] == 0, head[9] < 4 else { return nil }
            length = Int64(bigEndian: head[8..<16])
        }
        return length >= 8 ? length : nil
    }

    /// AVI: one RIFF chunk, or several of up to a gigabyte. A writer that was cut off leaves the size at 0 or all ones.
    private func lengthOfChunk(_ head: [UInt8]) -> Int64? {
        let length = Int64(bigEndian: head[4..<8].reversed())
        guard head.starts(with: Array("RIFF".utf8)), length != 0, length != 0xffff_ffff else { return nil }
        return 8 + length + length % 2
    }

    private func bytes(at offset: Int64, count: Int) -> [UInt8] {
        [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
            filled = max(0, pread(descriptor, buffer.baseAddress!, count, off_t(offset)))
        }
    }
}

extension Int64 {
    init(bigEndian bytes: some Sequence<UInt8>) { self = bytes.reduce(0) { $0 << 8 | Int64($1) } }
}
