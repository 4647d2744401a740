import Hashing

@testable import ResultCache

/// Keys and answers by numbers that are the same in every run.
struct SeededNumbers {
    private var generator: SeededGenerator

    init(_ seed: UInt64) { generator = SeededGenerator(seed: seed) }

    mutating func int(_ count: Int) -> Int { Int(generator.next() % UInt64(count)) }

    mutating func key() -> CropKey {
        let bytes = (0..<CropKey.count).map { _ in UInt8(int(256)) }
        return CropKey(bytes: bytes)!
    }

    /// Nearly the same: each byte differs by up to `spread`.
    mutating func key(near key: CropKey, spread: Int) -> CropKey {
        CropKey(bytes: key.bytes.map { UInt8(clamping: Int($0) + int(2 * spread + 1) - spread) })!
    }

    mutating func embedding(_ count: Int = 16) -> Answer { .embedding((0..<count).map { _ in Float(int(2001) - 1000) / 1000 }) }
}

extension Answer {
    static func oneClass(_ id: Int, score: Float = 1) -> Answer { .classes([ClassScore(classID: id, score: score)]) }
}

extension CacheEntry {
    init(_ key: CropKey, _ answer: Answer, seconds: Float = 0.01, time: Double = 1000) {
        self.init(key: key, answer: answer, seconds: seconds, time: time)
    }
}
