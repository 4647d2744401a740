import Testing

@testable import ResultCache

@Suite struct IndexRenewalTests {
    private typealias Constants = ResultCacheConstants.Index

    /// Whatever comes and goes while it is built, it is the index that is built at once.
    @Test func anIndexBuiltInStepsIsTheSame() throws {
        var dice = SeededNumbers(31), renewal = IndexRenewal(width: 400)
        let center = dice.key()
        var keys: [CropKey?] = (0..<1000).map { _ in dice.key(near: center, spread: 30) }
        var built: LSHIndex?, steps = 0
        while built == nil {
            built = renewal.step(slots: keys.count) { keys[$0] }
            steps += 1
            if built != nil { break }
            // One of the first and one of the last go; one comes into a free slot, and one at the end.
            for slot in [steps, keys.count - 5 * steps] {
                renewal.remove(slot, try #require(keys[slot]))
                keys[slot] = nil
            }
            let new = (dice.key(near: center, spread: 30), dice.key(near: center, spread: 30))
            keys[steps] = new.0
            renewal.add(steps, new.0)
            keys.append(new.1)
            renewal.add(keys.count - 1, new.1)
        }
        #expect(steps == (keys.count + Constants.stepEntries - 1) / Constants.stepEntries)
        var (index, atOnce) = (try #require(built), LSHIndex(width: 400))
        for (slot, key) in keys.enumerated() { if let key { atOnce.add(Int32(slot), key) } }
        for key in keys.prefix(200).compactMap(\.self) {
            #expect(Set(index.candidates(of: key, most: .max)) == Set(atOnce.candidates(of: key, most: .max)))
        }
    }

    /// While entries come, and so the index is built anew again and again, each is found by its own key.
    @Test func whatIsThereIsFoundAllTheTime() {
        var dice = SeededNumbers(32), pool = EntryPool(limit: 1 << 30, maximumAge: 1e9), keys: [CropKey] = []
        var (searches, found) = (0, 0)
        for number in 0..<2500 {
            keys.append(dice.key())
            pool.insert(CacheEntry(keys[number], .oneClass(number % 7)), now: 1000)
            let wanted = keys[number * 7919 % keys.count]
            searches += 1
            if pool.nearest(wanted, count: 1, now: 1000).first?.distance == 0 { found += 1 }
        }
        #expect(Double(found) / Double(searches) > 0.99, "\(found) of \(searches)")
    }

    @Test func theWidthOfManyIsMeasuredInSteps() {
        var dice = SeededNumbers(33), pool = EntryPool(limit: 1 << 30, maximumAge: 1e9)
        for _ in 0..<2048 { pool.insert(CacheEntry(dice.key(), .oneClass(1)), now: 1000) }
        var width = BucketWidth()
        let steps = (0..<4).map { _ in width.next(of: pool) }
        #expect(steps[..<3].allSatisfy { $0 == nil })
        #expect(steps[3] == BucketWidth.width(for: pool.probes.compactMap { pool.distances(from: $0) }, entries: 2048))
    }
}
