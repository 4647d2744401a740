import Hashing

/// Entries and what else is in a file, as bytes. All numbers are little-endian.
///
/// ```
/// entry      model: 32 bytes │ time f64 │ seconds f32 │ key: 176 bytes │ answer
/// answer     0 u8 │ count u32 │ class u32, score f32 …        classes
///            1 u8 │ count u32 │ f32 …                         embedding
/// threshold  model: 32 bytes │ distance f32 │ evidence: distance f32, u8 (1 the answer was the same, 2 an audit) …
/// ages       the same, of ages instead of distances
/// ```
enum EntryCoding {
    static func bytes(of answer: Answer) -> [UInt8] {
        var writer = ByteWriter()
        writer.append(answer)
        return writer.bytes
    }

    /// The first 64 bits of the SHA-256 of an entry's key and answer.
    static func digest(_ key: CropKey, _ answer: Answer) -> UInt64 { digest(key.bytes + bytes(of: answer)) }

    static func digest(_ bytes: [UInt8]) -> UInt64 {
        var sum = SHA256()
        bytes.withUnsafeBytes { sum.update($0) }
        return sum.bytes.prefix(8).reversed().reduce(0) { $0 << 8 | UInt64($1) }
    }

    /// An entry with the digest of its model.
    static func bytes(of entry: CacheEntry, model: [UInt8]) -> [UInt8] {
        var writer = ByteWriter(bytes: model)
        writer.append(entry.time.bitPattern)
        writer.append(entry.seconds.bitPattern)
        writer.bytes += entry.key.bytes
        writer.append(entry.answer)
        return writer.bytes
    }

    /// - Returns: nil for what is none.
    static func entry(_ bytes: [UInt8]) -> (model: [UInt8], entry: CacheEntry)? {
        var reader = ByteReader(bytes)
        guard let model = reader.bytes(modelBytes), let time = reader.integer(UInt64.self), let seconds = reader.integer(UInt32.self),
            let key = reader.bytes(CropKey.count).flatMap({ CropKey(bytes: $0) }), let answer = reader.answer(), reader.isAtEnd
        else { return nil }
        let entry = CacheEntry(key: key, answer: answer, seconds: Float(bitPattern: seconds), time: Double(bitPattern: time))
        return entry.time.isFinite && entry.seconds.isFinite && entry.seconds >= 0 ? (model, entry) : nil
    }

    static func bytes(of threshold: SimilarityThreshold, model: [UInt8]) -> [UInt8] {
        var writer = ByteWriter(bytes: model)
        writer.append(threshold.value.bitPattern)
        for (list, audit) in [(threshold.audits, UInt8(2)), (threshold.misses, 0)] {
            for one in list {
                writer.append(one.distance.bitPattern)
                writer.append(audit + (one.isSame ? 1 : 0))
            }
        }
        return writer.bytes
    }

    /// - Returns: nil for what is none.
    static func threshold(
        _ bytes: [UInt8], target: Double, first: Float = ResultCacheConstants.Threshold.first
    ) -> (model: [UInt8], threshold: SimilarityThreshold)? {
        var reader = ByteReader(bytes), (audits, misses) = ([SimilarityThreshold.Evidence](), [SimilarityThreshold.Evidence]())
        guard let model = reader.bytes(modelBytes), let value = reader.distance() else { return nil }
        while !reader.isAtEnd {
            guard let distance = reader.distance(), let flags = reader.integer(UInt8.self), flags < 4 else { return nil }
            let one = SimilarityThreshold.Evidence(distance: distance, isSame: flags & 1 == 1)
            if flags & 2 == 2 { audits.append(one) } else { misses.append(one) }
        }
        return (model, SimilarityThreshold(target: target, first: first, value: value, audits: audits, misses: misses))
    }

    /// Of whatever is kept in a record's payload.
    static func model(_ bytes: [UInt8]) -> [UInt8]? { bytes.count >= modelBytes ? Array(bytes[..<modelBytes]) : nil }

    private static let modelBytes = 32
}

struct ByteWriter {
    var bytes: [UInt8] = []

    mutating func append(_ value: some FixedWidthInteger) { withUnsafeBytes(of: value.littleEndian) { bytes += $0 } }

    mutating func append(_ answer: Answer) {
        switch answer {
        case .classes(let classes):
            append(UInt8(0))
            append(UInt32(classes.count))
            for one in classes {
                append(UInt32(clamping: one.classID))
                append(one.score.bitPattern)
            }
        case .embedding(let values):
            append(UInt8(1))
            append(UInt32(values.count))
            for value in values { append(value.bitPattern) }
        }
    }
}

/// Reads what `ByteWriter` wrote; nil wherever there is not as much.
struct ByteReader {
    private let all: [UInt8]
    private var at: Int

    init(_ bytes: [UInt8], from start: Int = 0) { (all, at) = (bytes, start) }

    var isAtEnd: Bool { at == all.count }

    /// Whether the number stands at `start`, or as much of it as there are bytes.
    func begins(with number: UInt32, at start: Int) -> Bool {
        (0..<min(4, all.count - start)).allSatisfy { all[start + $0] == UInt8(truncatingIfNeeded: number >> UInt32(8 * $0)) }
    }

    mutating func bytes(_ count: Int) -> [UInt8]? {
        guard count >= 0, all.count - at >= count else { return nil }
        defer { at += count }
        return Array(all[at..<at + count])
    }

    mutating func integer<T: FixedWidthInteger>(_: T.Type) -> T? {
        let size = MemoryLayout<T>.size
        guard all.count - at >= size else { return nil }
        defer { at += size }
        return all.withUnsafeBytes { T(littleEndian: $0.loadUnaligned(fromByteOffset: at, as: T.self)) }
    }

    mutating func distance() -> Float? { float().flatMap { $0.isFinite && $0 >= 0 ? $0 : nil } }

    private mutating func float() -> Float? { integer(UInt32.self).map { Float(bitPattern: $0) } }

    /// Of numbers that are none, nil as well.
    mutating func answer() -> Answer? {
        guard let kind = integer(UInt8.self), let count = integer(UInt32.self), count > 0 else { return nil }
        // Before memory is taken for it.
        guard all.count - at == Int(count) * (kind == 0 ? 8 : 4) else { return nil }
        switch kind {
        case 0:
            var classes: [Answer.ClassScore] = []
            for _ in 0..<count {
                guard let id = integer(UInt32.self), let score = float(), (0...1).contains(score) else { return nil }
                classes.append(.init(classID: Int(id), score: score))
            }
            return .classes(classes)
        case 1:
            var values: [Float] = []
            for _ in 0..<count {
                guard let value = float(), value.isFinite else { return nil }
                values.append(value)
            }
            return .embedding(values)
        default: return nil
        }
    }
}
