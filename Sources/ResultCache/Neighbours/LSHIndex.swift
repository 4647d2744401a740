import Hashing

/// Finds keys that are probably near a key, without looking at all of them: locality-sensitive hashing by p-stable projections (Datar,
/// Immorlica, Indyk and Mirrokni, 2004).
///
/// Each table has a key in the bucket that is named by several numbers h(v) = ⌊(a·v + b) / width⌋, each a normally distributed. Keys at
/// distance d share a table's bucket with a probability that depends on d / width alone: `collisionProbability`.
struct LSHIndex {
    /// In units of distance.
    let width: Float
    private let projections: Projections
    /// By table: the numbers of the keys in each bucket, in the order in which they were added.
    private var buckets: [[UInt64: [Int32]]]
    /// By number: in which query it was met last, and in how many buckets.
    private var met: [(query: UInt32, buckets: Int32)] = []
    private var query: UInt32 = 0

    init(width: Float, tables: Int = ResultCacheConstants.Index.tables, hashes: Int = ResultCacheConstants.Index.hashes, seed: UInt64 = 1) {
        self.width = max(width, 1)
        projections = Projections(tables: tables, hashes: hashes, width: self.width, seed: seed)
        buckets = Array(repeating: [:], count: tables)
    }

    /// - Complexity: O(tables × hashes × bytes of a key), as all of these.
    mutating func add(_ number: Int32, _ key: CropKey) {
        while met.count <= Int(number) { met.append((query, 0)) }
        for (table, bucket) in projections.buckets(of: key).enumerated() { buckets[table][bucket, default: []].append(number) }
    }

    mutating func remove(_ number: Int32, _ key: CropKey) {
        for (table, bucket) in projections.buckets(of: key).enumerated() {
            buckets[table][bucket]?.removeAll { $0 == number }
            if buckets[table][bucket]?.isEmpty == true { buckets[table][bucket] = nil }
        }
    }

    /// The numbers of keys that share a bucket with `key`, each once.
    ///
    /// - Parameter most: where there are more, those that share fewer buckets with it are left out, for they are probably farther away; of as
    ///   many, those that are met last, table after table and the latest of a bucket first. Of a large bucket, only the latest are met at all.
    mutating func candidates(of key: CropKey, most: Int) -> [Int32] {
        query &+= 1
        var found: [Int32] = []
        met.withUnsafeMutableBufferPointer { met in
            for (table, bucket) in projections.buckets(of: key).enumerated() {
                guard let numbers = buckets[table][bucket] else { continue }
                for number in numbers.suffix(ResultCacheConstants.Index.mostMet).reversed() {
                    if met[Int(number)].query == query {
                        met[Int(number)].buckets += 1
                    } else {
                        met[Int(number)] = (query, 1)
                        found.append(number)
                    }
                }
            }
        }
        guard found.count > most else { return found }
        let shared = found.map { Int(met[Int($0)].buckets) }
        var counts = [Int](repeating: 0, count: projections.tables + 1)
        for buckets in shared { counts[buckets] += 1 }
        // All that share more than `least`, and as many of those that share as many as there is room for.
        var least = projections.tables, room = most
        while counts[least] <= room {
            room -= counts[least]
            least -= 1
        }
        var chosen: [Int32] = []
        for (number, buckets) in zip(found, shared) {
            if buckets > least { chosen.append(number) }
            if buckets == least, room > 0 {
                chosen.append(number)
                room -= 1
            }
        }
        return chosen
    }
}

/// The hash functions of an index. Whole numbers throughout: a key has the same buckets on every machine.
private struct Projections {
    let tables: Int
    private let hashes: Int
    /// One after the other: normally distributed whole numbers.
    private let vectors: [Int8]
    private let offsets: [Int32]
    private let width: Int32
    /// Standard deviation of the vectors' numbers: a's unit.
    private static let scale: Float = 32

    init(tables: Int, hashes: Int, width: Float, seed: UInt64) {
        (self.tables, self.hashes, self.width) = (tables, hashes, Int32(width * Self.scale))
        var generator = SeededGenerator(seed: seed), vectors: [Int8] = [], offsets: [Int32] = []
        for _ in 0..<tables * hashes {
            for _ in 0..<CropKey.count { vectors.append(Self.normal(&generator)) }
            offsets.append(Int32(generator.next() >> 33) % self.width)
        }
        (self.vectors, self.offsets) = (vectors, offsets)
    }

    /// The sum of twelve uniform bytes is nearly normal, of standard deviation 256. Logarithms and cosines are not the same everywhere.
    private static func normal(_ generator: inout SeededGenerator) -> Int8 {
        var sum = 0
        for _ in 0..<2 {
            let bits = generator.next()
            for byte in 0..<6 { sum += Int(bits >> UInt64(8 * byte) & 0xFF) }
        }
        return Int8(clamping: (sum - 6 * 255) / 8)
    }

    /// One for each table.
    func buckets(of key: CropKey) -> [UInt64] {
        vectors.withUnsafeBufferPointer { vectors in
            key.bytes.withUnsafeBufferPointer { key in
                (0..<tables).map { table in
                    var name: UInt64 = 0
                    for hash in table * hashes..<(table + 1) * hashes {
                        let a = vectors.baseAddress! + hash * CropKey.count
                        var sum: Int32 = offsets[hash]
                        for i in 0..<CropKey.count { sum &+= Int32(a[i]) &* Int32(key[i]) }
                        // Rounds down, also below 0.
                        let number = sum >= 0 ? sum / width : -((width &- 1 &- sum) / width)
                        // Two buckets of one name do no harm: distances are looked at.
                        name = (name ^ UInt64(bitPattern: Int64(number))) &* 0x9e37_79b9_7f4a_7c15
                    }
                    return name ^ name >> 32
                }
            }
        }
    }
}
