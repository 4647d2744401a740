import Foundation
import Hashing
import Testing

@testable import ResultCache

@Suite struct LSHIndexTests {
    /// How often keys at a distance fall into the same bucket is what theory says, for one hash and for six.
    @Test(arguments: [1, 6]) func collisionsFollowTheory(hashes: Int) {
        var dice = SeededNumbers(1)
        for width: Float in [150, 400] {
            let (tables, pairs) = (40, 50)
            var (together, expected) = (0, 0.0)
            var indices = (0..<tables).map { LSHIndex(width: width, tables: 1, hashes: hashes, seed: UInt64($0)) }
            for _ in 0..<pairs {
                let a = dice.key(), b = dice.key(near: a, spread: 14)
                expected += pow(BucketWidth.collisionProbability(Double(width / a.distance(to: b))), Double(hashes))
                for table in indices.indices {
                    indices[table].add(0, a)
                    together += indices[table].candidates(of: b, most: 10).count
                    indices[table].remove(0, a)
                }
            }
            let seen = Double(together) / Double(tables * pairs), wanted = expected / Double(pairs)
            // Tables are shared by all pairs: as many trials as tables, and a little for numbers that are rounded.
            #expect(abs(seen - wanted) < 0.02 + 3 * (wanted * (1 - wanted) / Double(tables * pairs)).squareRoot(), "\(seen) \(wanted)")
        }
    }

    @Test func candidatesAreThoseOfAllTablesOnce() {
        var dice = SeededNumbers(2), index = LSHIndex(width: 300, seed: 5)
        let center = dice.key(), keys = (0..<60).map { _ in dice.key(near: center, spread: 12) }
        for (number, key) in keys.enumerated() { index.add(Int32(number), key) }
        var byTable: Set<Int32> = []
        // The same index, one table at a time: what shares a bucket in any of them.
        for key in keys { byTable.formUnion(index.candidates(of: key, most: .max)) }
        #expect(byTable == Set(0..<60))
        for (number, key) in keys.enumerated() {
            let found = index.candidates(of: key, most: .max)
            #expect(found.contains(Int32(number)))
            #expect(Set(found).count == found.count)
            let few = index.candidates(of: key, most: 3)
            #expect(few.count == 3)
        }
        for (number, key) in keys.enumerated() where number != 7 { index.remove(Int32(number), key) }
        let left = index.candidates(of: keys[7], most: .max)
        #expect(left == [7])
    }

    /// The probability by counting: of normally distributed differences and uniform offsets.
    @Test func theCollisionProbabilityIsWhatCountingGives() {
        var generator = SeededGenerator(seed: 3)
        func uniform() -> Double { Double.random(in: 0..<1, using: &generator) }
        for c in [0.5, 1, 2, 4] {
            let trials = 40_000
            let together = (0..<trials).count { _ in
                let difference = (-2 * log(max(uniform(), 1e-12))).squareRoot() * cos(2 * .pi * uniform()), place = uniform() * c
                return (0..<c).contains(place + difference)
            }
            #expect(abs(Double(together) / Double(trials) - BucketWidth.collisionProbability(c)) < 0.01)
        }
    }

    /// Few entries: a multiple of the distance to the k-th nearest. Many: no wider than searches have time for.
    @Test func theWidthFollowsTheEntries() {
        let distances = (0..<8).map { _ in (1...400).map { Float($0) } }
        typealias Constants = ResultCacheConstants.Index
        #expect(BucketWidth.width(for: distances, entries: 400) == Constants.widthRatio * Float(Constants.neighbour))
        let far = (0..<8).map { _ in (0..<400).map { 200 + Float($0) / 4 } }
        let widths = [400, 4000, 40_000, 400_000].map { BucketWidth.width(for: far, entries: $0) }
        #expect(widths == widths.sorted(by: >))
        #expect(widths[0] > 4 * widths[3])
    }
}
