import ArgumentParser
import Foundation
import ResultCache
import Vision

/// The result cache alone, for `benchmarks/result_cache.py`, which knows what the model says of every crop.
struct Answers: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Looks up the crops read from stdin; prints how many were answered without the model, how well, and in what time.",
        discussion: """
            A crop is 32x32 pixels of 3 bytes, followed by what the model says of it as little-endian float32: an embedding, or scores of classes. \
            The crops are in the order in which they were seen.
            """)
    @Option(help: "Numbers that the model gives of a crop.") var numbers: Int
    @Flag(help: "They are scores of classes.") var classes = false
    @Option(help: "Share of hits whose answer is to be the model's own.") var target = 0.95
    @Option(help: "Seconds that the model takes for a crop.") var seconds = 0.01
    @Option(help: "Entries to time lookups among: the crops, and copies of them with noise.") var entries = 10_000

    private static let pixels = 32 * 32 * 3

    func run() throws {
        let size = Self.pixels + 4 * numbers, data = [UInt8](FileHandle.standardInput.readDataToEndOfFile())
        guard numbers > 0, !data.isEmpty, data.count.isMultiple(of: size) else {
            throw ValidationError("\(data.count) bytes are no crops of \(size) bytes")
        }
        let crops = stride(from: 0, to: data.count, by: size).map { at in
            (pixels: Array(data[at..<at + Self.pixels]), answer: answer(data[(at + Self.pixels)..<at + size]))
        }
        let clock = ContinuousClock()
        var options = ResultCache.Options()
        options.targetAgreement = target
        let card = ModelCard(head: classes ? .classification : .embedding, input: InputCard(width: 32, height: 32, resize: .stretch))
        let cache = ResultCache(ModelIdentity(sha256: "", card: card, labels: Labels(names: [])), options, now: 0)
        var (hits, right, keyTimes, lookupTimes) = (0, 0, [Duration](), [Duration]()), keys: [CropKey] = []
        for (pixels, answer) in crops {
            var key: CropKey?, lookup: Lookup?
            keyTimes.append(clock.measure { key = CropKey(pixels: pixels, width: 32, height: 32, rowBytes: 96) })
            guard let key else { continue }
            lookupTimes.append(clock.measure { lookup = cache.lookup(key, now: 0) })
            guard let lookup else { continue }
            keys.append(key)
            if case .hit(let hit) = lookup {
                hits += 1
                right += hit.answer.agrees(with: answer) ? 1 : 0
            } else {
                cache.insert(answer, for: key, after: lookup, seconds: seconds, now: 0)
            }
        }
        let counts = cache.counts, interval = counts.audits.interval
        print(
            "crops \(crops.count) answered \(share(hits, crops.count)) agreement \(share(right, hits)) audited "
                + "\(share(counts.audits.audits, crops.count)) reported \(counts.audits.agreement.map { decimals($0) } ?? "-") "
                + "(\(decimals(interval.lowerBound)) … \(decimals(interval.upperBound))) entries \(counts.entries) "
                + "threshold \(counts.threshold)")
        print("key \(median(keyTimes)) µs, lookup \(median(lookupTimes)) µs")
        timeLookups(keys, clock)
    }

    /// Among as many entries as are wanted.
    private func timeLookups(_ keys: [CropKey], _ clock: ContinuousClock) {
        var generator = SystemRandomNumberGenerator()
        func noisy(_ key: CropKey) -> CropKey {
            CropKey(bytes: key.bytes.map { UInt8(clamping: Int($0) + Int.random(in: -14...14, using: &generator)) }) ?? key
        }
        var pool = EntryPool(limit: .max, maximumAge: .infinity)
        for number in 0..<entries {
            let key = number < keys.count ? keys[number] : noisy(keys[number % keys.count])
            pool.insert(CacheEntry(key: key, answer: .embedding([1]), seconds: 1, time: 0), now: 0)
        }
        let probes = (0..<500).map { _ in noisy(keys[Int.random(in: 0..<keys.count, using: &generator)]) }
        let times = probes.map { probe in clock.measure { _ = pool.nearest(probe, count: 5, now: 0) } }
        print("lookup among \(pool.count) entries \(median(times)) µs")
    }

    private func answer(_ bytes: ArraySlice<UInt8>) -> Answer {
        let values = bytes.withUnsafeBytes { bytes in
            (0..<numbers).map { Float(bitPattern: UInt32(littleEndian: bytes.loadUnaligned(fromByteOffset: 4 * $0, as: UInt32.self))) }
        }
        guard classes else { return .embedding(values) }
        let best = values.indices.max { values[$0] < values[$1] } ?? 0
        return .classes([.init(classID: best, score: min(max(values[best], 0), 1))])
    }

    private func median(_ times: [Duration]) -> String { decimals(times.sorted()[times.count / 2] / .microseconds(1)) }
    private func share(_ part: Int, _ all: Int) -> String { decimals(Double(part) / Double(max(1, all))) }
    private func decimals(_ value: Double) -> String { String(format: "%.3f", value) }
}
