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
