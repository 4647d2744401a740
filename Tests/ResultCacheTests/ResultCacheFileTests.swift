import Foundation
import Testing
import Vision

@testable import ResultCache

@Suite struct ResultCacheFileTests {
    private let folder = FileManager.default.temporaryDirectory.appendingPathComponent("deepvid-cache-\(UUID().uuidString)")
    private var path: String { folder.appendingPathComponent("answers").path }
    private let model = Self.model("one")
    private static let now = 1_700_000_000.0

    init() throws { try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true) }

    private static func model(_ name: String) -> ModelIdentity {
        let card = ModelCard(head: .embedding, input: InputCard(width: 128, height: 256, resize: .stretch))
        return ModelIdentity(sha256: name, card: card, labels: Labels(names: []))
    }

    private func cache(_ model: ModelIdentity? = nil, _ file: ResultCacheFile? = nil) throws -> ResultCache {
        ResultCache(model ?? self.model, file: try file ?? ResultCacheFile(path: path), now: Self.now)
    }

    /// Adds an answer, as after a miss.
    @discardableResult private func add(_ number: Int, to cache: ResultCache, at now: Double = now) -> CropKey {
        var dice = SeededNumbers(UInt64(number))
        let key = dice.key()
        cache.insert(.oneClass(number), for: key, after: cache.lookup(key, now: now), seconds: 0.01, now: now)
        return key
    }

    /// What a cache that is opened now finds for the key.
    private func answer(_ key: CropKey, _ cache: ResultCache) -> Answer? {
        switch cache.lookup(key, now: Self.now) {
        case .hit(let hit), .audit(let hit): hit.answer
        case .miss: nil
        }
    }

    private func remove() { try? FileManager.default.removeItem(at: folder) }

    @Test func answersStayFromRunToRun() throws {
        defer { remove() }
        let first = try cache(), keys = (1...20).map { add($0, to: first) }
        first.flush(now: Self.now)
        let second = try cache()
        for (number, key) in zip(1..., keys) { #expect(answer(key, second) == .oneClass(number)) }
        #expect(second.counts.threshold == first.counts.threshold)
        // Answers of another model are none of this one's.
        let other = try cache(Self.model("two"))
        #expect(keys.allSatisfy { answer($0, other) == nil })
    }

    /// How long answers stand is kept next to how near crops must be, and neither is taken for the other.
    @Test func agesStayFromRunToRun() throws {
        defer { remove() }
        let first = try cache()
        #expect(first.knownAges == nil)
        var ages = SimilarityThreshold(target: 0.95, first: ResultCacheConstants.Ages.first)
        for step in 1...60 { ages.learn(.init(distance: 0.02 * Float(step), isSame: true), isAudit: step.isMultiple(of: 3)) }
        first.learn(ages, audits: 20, misses: 40)
        first.flush(now: Self.now)
        let second = try cache()
        #expect(second.knownAges == ages)
        #expect(second.counts.threshold == first.counts.threshold)
        #expect(try cache(Self.model("two")).knownAges == nil)
    }

    /// Two inputs that begin with the same and end one after the other: what was known counts once.
    @Test func agesOfInputsAreJoined() throws {
        defer { remove() }
        let cache = try cache()
        var known = SimilarityThreshold(target: 0.95, first: ResultCacheConstants.Ages.first)
        for _ in 0..<10 { known.learn(.init(distance: 0.25, isSame: true), isAudit: true) }
        cache.learn(known, audits: 10, misses: 0)
        for (audits, misses) in [(2, 1), (0, 3)] {
            var own = try #require(cache.knownAges)
            for _ in 0..<audits { own.learn(.init(distance: 0.5, isSame: true), isAudit: true) }
            for _ in 0..<misses { own.learn(.init(distance: 0.75, isSame: false), isAudit: false) }
            cache.learn(own, audits: audits, misses: misses)
        }
        #expect(cache.knownAges?.audits.map(\.distance) == Array(repeating: 0.25, count: 10) + [0.5, 0.5])
        #expect(cache.knownAges?.misses.count == 4)
    }

    /// Two processes, which do not know of each other, share while they run.
    @Test func whoAddsReadsWhatOthersAdded() throws {
        defer { remove() }
        let (a, b) = (try cache(), try cache())
        let fromA = (1...5).map { add($0, to: a) }
        let fromB = (6...9).map { add($0, to: b) }
        // B has read A's when it added its own; A reads B's now.
        for (number, key) in zip(1..., fromA) { #expect(answer(key, b) == .oneClass(number)) }
        add(10, to: a)
        for (number, key) in zip(6..., fromB) { #expect(answer(key, a) == .oneClass(number)) }
    }

    /// An answer that an audit confirms is not too old a week after it was first given.
    @Test func confirmationsAreWrittenDown() throws {
        defer { remove() }
        let first = try cache(), key = add(1, to: first), day = 86_400.0
        var audits = 0
        for step in 0..<100 {
            let lookup = first.lookup(key, now: Self.now + 5 * day)
            guard case .audit = lookup else { continue }
            audits += 1
            #expect(first.insert(.oneClass(1), for: key, after: lookup, seconds: 0.01, now: Self.now + 5 * day) == true, "\(step)")
        }
        #expect(audits > 0)
        #expect(first.counts.entries == 1)
        let later = ResultCache(model, file: try ResultCacheFile(path: path), now: Self.now + 10 * day)
        if case .miss = later.lookup(key, now: Self.now + 10 * day) { Issue.record("it has gone") }
    }

    /// Two caches of one model in a process, as of two second models by the same file, are two caches of the file.
    @Test func cachesOfOneProcessShareToo() throws {
        defer { remove() }
        let file = try ResultCacheFile(path: path), (a, b) = (try cache(nil, file), try cache(nil, file))
        let (fromA, fromB) = (add(1, to: a), add(2, to: b))
        #expect(answer(fromA, b) == .oneClass(1))
        #expect(answer(fromB, a) == .oneClass(2))
        let later = try cache()
        #expect(answer(fromA, later) == .oneClass(1))
        #expect(answer(fromB, later) == .oneClass(2))
    }

    @Test func embeddingsComeBackBitForBit() throws {
        defer { remove() }
        var dice = SeededNumbers(3)
        let key = dice.key(), embedding = dice.embedding(256), first = try cache()
        first.insert(embedding, for: key, after: first.lookup(key, now: Self.now), seconds: 0.01, now: Self.now)
        #expect(answer(key, try cache()) == embedding)
    }

    /// A file that ends anywhere: every record that is whole is used, and others can be added after it.
    @Test func aKillCostsNoMoreThanTheLastEntry() throws {
        defer { remove() }
        let first = try cache(), keys = (1...6).map { add($0, to: first) }
        let whole = try [UInt8](Data(contentsOf: URL(fileURLWithPath: path)))
        let record = (whole.count - 16) / 6
        for cut in [1, record - 1, record + 5, 3 * record, 3 * record - 20] {
            try Data(whole.dropLast(cut)).write(to: URL(fileURLWithPath: path))
            let file = try ResultCacheFile(path: path), again = try cache(nil, file)
            let left = 6 - (cut + record - 1) / record
            for (number, key) in zip(1..., keys) { #expect(answer(key, again) == (number <= left ? .oneClass(number) : nil)) }
            #expect(file.takeProblems().count == (cut % record == 0 ? 0 : 1))
            let added = add(40, to: again), later = try cache()
            #expect(answer(added, later) == .oneClass(40))
            #expect(answer(keys[0], later) == .oneClass(1))
        }
    }

    /// Whatever byte is another: no crash, all other records are used, and a sentence says that something is damaged.
    @Test func damageCostsNoMoreThanItself() throws {
        defer { remove() }
        let first = try cache(), keys = (1...5).map { add($0, to: first) }
        let whole = try [UInt8](Data(contentsOf: URL(fileURLWithPath: path)))
        for at in stride(from: 16, to: whole.count, by: 37) {
            var damaged = whole
            damaged[at] ^= 0x41
            try Data(damaged).write(to: URL(fileURLWithPath: path))
            let file = try ResultCacheFile(path: path), again = try cache(nil, file)
            let right = zip(1..., keys).count { answer($1, again) == .oneClass($0) }
            #expect(right >= 4, "byte \(at)")
            let problems = file.takeProblems()
            #expect(problems.count == 1, "byte \(at)")
            #expect(problems.first?.contains("damaged") == true)
        }
    }

    @Test func filesOfAnotherKindAreLeftAsTheyAre() throws {
        defer { remove() }
        var version = Array("DVANSWER".utf8) + [2, 0, 0, 0, 0, 0, 0, 0]
        version += [UInt8](repeating: 7, count: 50)
        for (bytes, word) in [(Array("{\"schema\": 1}\n".utf8), "no file of answers"), (version, "version 2"), ([0], "no file of answers")]
        {
            try Data(bytes).write(to: URL(fileURLWithPath: path))
            let error = #expect(throws: ResultCacheError.self) { try ResultCacheFile(path: path) }
            #expect(error?.code == .unusableFile)
            #expect(error?.message.contains(word) == true, "\(error?.message ?? "")")
            #expect(try [UInt8](Data(contentsOf: URL(fileURLWithPath: path))) == bytes)
        }
        #expect(throws: ResultCacheError.self) { try ResultCacheFile(path: folder.path) }
        #expect(throws: ResultCacheError.self) { try ResultCacheFile(path: "\(folder.path)/missing/answers") }
        // A kill right after the file was made.
        try Data("DVAN".utf8).write(to: URL(fileURLWithPath: path))
        let key = add(1, to: try cache())
        #expect(answer(key, try cache()) == .oneClass(1))
    }

    /// The same answers confirmed again and again: the file is written anew, others notice, and nothing is lost.
    @Test func aFileThatGrowsIsWrittenAnew() throws {
        defer { remove() }
        let other = try cache(Self.model("two")), othersKey = add(500, to: other)
        let (a, b) = (try cache(), try cache()), keys = (1...10).map { add($0, to: a) }
        var dice = SeededNumbers(77)
        let file = try ResultCacheFile(path: path), key = dice.key(), large = dice.embedding(100_000)
        var third: ResultCache? = try cache(Self.model("three"), file)
        var largest = 0
        for step in 0..<40 {
            // The same each time: one entry.
            if let third { file.append(CacheEntry(key, large, time: Self.now + Double(step)), from: third) }
            if step == 20 { third?.flush(now: Self.now) }
            largest = max(largest, try Data(contentsOf: URL(fileURLWithPath: path)).count)
        }
        // Forty times 400 KB were added, of which one is kept.
        #expect(largest < 7 << 20)
        third = nil
        let late = add(11, to: b)
        for (number, key) in zip(1..., keys) { #expect(answer(key, b) == .oneClass(number)) }
        let again = try cache()
        for (number, key) in zip(1..., keys + [late]) { #expect(answer(key, again) == .oneClass(number)) }
        #expect(answer(othersKey, try cache(Self.model("two"))) == .oneClass(500))
    }

    @Test func aFullDiskIsSaidOnceAndTheRunGoesOn() throws {
        defer { remove() }
        let file = try ResultCacheFile(path: path), cache = try cache(nil, file)
        // Whoever removes the folder leaves no place to go on writing.
        try FileManager.default.removeItem(at: folder)
        let keys = (1...3).map { add($0, to: cache) }
        for (number, key) in zip(1..., keys) { #expect(answer(key, cache) == .oneClass(number)) }
        #expect(file.takeProblems().count == 1)
        cache.flush(now: Self.now)
        #expect(file.takeProblems().isEmpty)
    }
}
