import Glibc

/// How long a file says it is: the sizes that its outermost boxes announce.
///
/// FFmpeg calls the end of a cut-off Matroska or fragmented MP4 file a regular one.
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

    private static func bytes(_ descriptor: Int32, at offset: Int64, count: Int) -> [UInt8] {
        [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
            filled = max(0, pread(descriptor, buffer.baseAddress!, count, off_t(offset)))
        }
    }
}
