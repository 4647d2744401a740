import Testing

@testable import ResultCache

@Suite struct EntryPoolTests {
    private func pool(limit: Int = 1 << 30, maximumAge: Double = 1e9) -> EntryPool { EntryPool(limit: limit, maximumAge: maximumAge) }

    /// Groups of keys as crops of the same things are: what is found is what looking at every one finds, for nearly all.
    @Test func nearestIsWhatADirectSearchFinds() {
        var dice = SeededNumbers(6), pool = pool(), entries: [CacheEntry] = []
        for group in 0..<60 {
            let center = dice.key()
            for _ in 0..<20 { entries.append(CacheEntry(dice.key(near: center, spread: 8 + group % 6), .oneClass(group))) }
        }
        for entry in entries { pool.insert(entry, now: 1000) }
        #expect(pool.count == entries.count)
        var (found, wanted) = (0, 0)
        for entry in entries.prefix(400) {
            let key = dice.key(near: entry.key, spread: 8)
            let direct = entries.map { $0.key.distance(to: key) }.sorted().prefix(5)
            let nearest = pool.nearest(key, count: 5, now: 1000)
            #expect(nearest.map(\.distance) == nearest.map(\.distance).sorted())
            #expect(nearest.allSatisfy { $0.entry.key.distance(to: key) == $0.distance })
            wanted += direct.count
            found += nearest.filter { $0.distance <= direct.last! }.count
        }
        #expect(Double(found) / Double(wanted) > 0.85, "\(found) of \(wanted)")
    }

    @Test func theSameEntryIsOneAndIsConfirmed() {
        var dice = SeededNumbers(7), pool = pool(maximumAge: 100)
        let key = dice.key(), old = CacheEntry(key, .oneClass(1), time: 1000), new = CacheEntry(key, .oneClass(1), time: 1090)
        let isKnown = [pool.insert(old, now: 1000), pool.insert(new, now: 1090)]
        #expect(isKnown == [true, true])
        #expect(pool.count == 1)
        let times = pool.nearest(key, count: 5, now: 1150).map(\.entry.time)
        #expect(times == [1090])
        pool.insert(CacheEntry(key, .oneClass(2), time: 1090), now: 1090)
        #expect(pool.count == 2)
    }

    @Test func oldEntriesGo() {
        var dice = SeededNumbers(8), pool = pool(maximumAge: 100)
        let key = dice.key()
        let isTaken = [800.0, 950].map { time in pool.insert(CacheEntry(key, .oneClass(1), time: time), now: 1000) }
        #expect(isTaken == [false, true])
        let found = [1050.0, 1051].map { now in pool.nearest(key, count: 1, now: now).count }
        #expect(found == [1, 0])
        #expect(pool.count == 0)
        #expect(pool.bytes == 0)
        #expect(pool.expired == 1)
    }

    /// Importance is seconds × uses ÷ bytes: what is slow to compute, used and small stays.
    @Test func theLeastImportantMakesRoom() {
        var dice = SeededNumbers(9)
        let size = CacheEntry(dice.key(), .oneClass(0)).size
        var pool = pool(limit: 100 * size)
        let kept = (0..<3).map { _ in dice.key() }
        // Slow; used; neither.
        pool.insert(CacheEntry(kept[0], .oneClass(1), seconds: 1), now: 1000)
        pool.insert(CacheEntry(kept[1], .oneClass(1)), now: 1000)
        pool.insert(CacheEntry(kept[2], .oneClass(1)), now: 1000)
        for _ in 0..<50 { for neighbour in pool.nearest(kept[1], count: 1, now: 1000) { pool.use(neighbour) } }
        for _ in 0..<400 { pool.insert(CacheEntry(dice.key(), .oneClass(2)), now: 1001) }
        #expect(pool.bytes <= pool.limit)
        #expect(pool.count + pool.evicted == 403)
        let there = kept.map { key in pool.nearest(key, count: 1, now: 1001).first?.distance == 0 }
        #expect(there == [true, true, false])
        // A large answer of the same worth goes before a small one.
        var mixed = self.pool(limit: 60_000)
        let (large, small) = (dice.key(), dice.key())
        mixed.insert(CacheEntry(large, .embedding([Float](repeating: 1, count: 8000))), now: 1000)
        mixed.insert(CacheEntry(small, .oneClass(1)), now: 1000)
        for _ in 0..<100 where mixed.evicted == 0 { mixed.insert(CacheEntry(dice.key(), .oneClass(2), seconds: 0.02), now: 1000) }
        let distance = mixed.nearest(large, count: 1, now: 1000).first?.distance
        #expect(distance != 0)
        let isTaken = mixed.insert(CacheEntry(large, .embedding([Float](repeating: 1, count: 20_000))), now: 1000)
        #expect(!isTaken)
    }

    /// Whatever comes and goes, what is found is there, and counts fit.
    @Test func comingAndGoingLeavesNothingBehind() {
        var dice = SeededNumbers(10), pool = pool(limit: 40 * 600, maximumAge: 50)
        for step in 0..<2000 {
            let now = 1000 + Double(step) / 10
            let center = CropKey(bytes: [UInt8](repeating: UInt8(step % 5 * 50), count: CropKey.count))!
            pool.insert(CacheEntry(dice.key(near: center, spread: 30), .oneClass(step % 5), time: now), now: now)
            for neighbour in pool.nearest(dice.key(), count: 3, now: now) { #expect(neighbour.entry.time + 50 >= now) }
        }
        #expect(pool.bytes == pool.entries.reduce(0) { $0 + $1.size })
        #expect(pool.count == pool.entries.count)
        #expect(pool.count <= 40)
    }
}
