import Glibc

/// How wide the index's buckets should be: so wide that neighbours share them, and no wider than that searches stay short (FoggyCache's A-LSH).
///
/// The width is a multiple of the mean distance from an entry to its k-th nearest, or less: as much as lets a search meet no more entries than it
/// has time for, by what theory says of the distances between entries. Both are measured on a sample, whenever the number of entries has
/// doubled and when searches meet much more or much less than they did.
struct BucketWidth {
    private typealias Constants = ResultCacheConstants.Index
    private var width = Constants.firstWidth
    /// When it was measured: entries, and the share of them that a search met then.
    private var entries = 0
    private var share: Double?
    /// Since then, or since the last look: searches, and the sum of the shares that they met.
    private var searches = 0
    private var shares = 0.0
    /// While it is measured: the entries whose neighbours are still to be looked for, and what was found.
    private var probes: [Int] = []
    private var distances: [[Float]] = []

    /// Takes note of a search.
    mutating func record(candidates: Int, entries: Int) {
        guard entries > 0 else { return }
        searches += 1
        shares += Double(candidates) / Double(entries)
    }

    /// The index has the width from now on: searches before do not tell what it finds.
    mutating func begin() { (share, searches, shares) = (nil, 0, 0) }

    /// Looks whether it should be measured, or goes on with that: a few probes at a time, so that no crop waits for all of them.
    ///
    /// - Returns: another width, if the index should be built anew.
    /// - Complexity: O(n log n) for n entries, and at most `Index.stepDistances` distances where there are no more entries than that.
    mutating func next(of pool: EntryPool) -> Float? {
        if probes.isEmpty {
            guard pool.count >= Constants.leastEntries, pool.count >= 2 * entries || hasMoved() else { return nil }
            (probes, distances) = (pool.probes, [])
        }
        let now = probes.prefix(max(1, Constants.stepDistances / pool.count))
        distances += now.compactMap { pool.distances(from: $0) }
        probes.removeFirst(now.count)
        guard probes.isEmpty else { return nil }
        let measured = Self.width(for: distances, entries: pool.count)
        (entries, share, searches, shares, distances) = (pool.count, nil, 0, 0, [])
        guard abs(measured / width - 1) > Constants.tolerance else { return nil }
        width = measured
        return measured
    }

    /// Whether searches meet much more or much less of the entries than right after the width was measured.
    private mutating func hasMoved() -> Bool {
        guard searches >= Constants.searches else { return false }
        let mean = shares / Double(searches)
        (searches, shares) = (0, 0)
        guard let first = share else {
            share = mean
            return false
        }
        return max(mean, Constants.leastShare) > 2 * first || 2 * max(mean, Constants.leastShare) < first
    }

    /// - Parameter distances: from some entries to all others, each list by rising distance.
    static func width(for distances: [[Float]], entries: Int) -> Float {
        let neighbours = distances.compactMap { $0.isEmpty ? nil : $0[min(Constants.neighbour, $0.count) - 1] }
        let all = distances.joined(), step = max(1, all.count / Constants.mostDistances)
        let sample = all.enumerated().lazy.filter { $0.offset % step == 0 }.map { Double($0.element) }
        guard !neighbours.isEmpty else { return Constants.firstWidth }
        let wanted = Constants.widthRatio * neighbours.reduce(0, +) / Float(neighbours.count)
        // Wider means more: halving finds where it is as much as there is time for.
        let distances = Array(sample), allowed = Double(Constants.metEntries) / Double(entries)
        var (low, high) = (Float(1), max(wanted, 1))
        if meetingShare(distances, Double(high)) <= allowed { return high }
        for _ in 0..<16 {
            let middle = (low + high) / 2
            if meetingShare(distances, Double(middle)) <= allowed { low = middle } else { high = middle }
        }
        return low
    }

    /// The share of entries at these distances that are met in at least one table.
    private static func meetingShare(_ distances: [Double], _ width: Double) -> Double {
        let sum = distances.reduce(0) { sum, distance in
            let inTable = pow(collisionProbability(width / max(distance, 1e-3)), Double(Constants.hashes))
            return sum + 1 - pow(1 - inTable, Double(Constants.tables))
        }
        return sum / Double(max(1, distances.count))
    }

    /// Probability that two keys share one hash, at c = width / distance (Datar and others, section 3.2).
    static func collisionProbability(_ c: Double) -> Double {
        erf(c / 2.0.squareRoot()) - 2 / ((2 * .pi).squareRoot() * c) * (1 - exp(-c * c / 2))
    }
}
